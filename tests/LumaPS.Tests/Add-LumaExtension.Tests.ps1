BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
}

AfterAll { Exit-LumaTest }

Describe 'What Add-LumaExtension sends' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $parent = New-LumaVideo 'the old prompt' -Model ray-v1 -HookUrl http://127.0.0.1:9/old -AspectRatio 1:1 -Loop
    }

    AfterEach { $sandbox.Dispose() }

    It 'is the jobId, the prompt and nothing of the old job: a job after <Way>' -ForEach @(
        @{ Way = 'New-LumaVideo'; Store = { $_ } }
        @{ Way = 'Wait-LumaJob'; Store = { $_.JobId | Wait-LumaJob } }
        @{ Way = 'Select-Object'; Store = { $_ | Select-Object * } }
        @{ Way = 'Export-Clixml'; Store = { $_ | Export-Clixml TestDrive:/job.xml; Import-Clixml TestDrive:/job.xml } }
        @{ Way = 'ConvertTo-Json'; Store = { $_ | ConvertTo-Json | ConvertFrom-Json } }
        @{ Way = 'Export-Csv'; Store = { $_ | Export-Csv TestDrive:/job.csv; Import-Csv TestDrive:/job.csv } }
        @{ Way = 'being made text'; Store = { "$_" } }
        @{ Way = 'being made a Guid'; Store = { [guid]$_.JobId } }
    ) {
        $stored = $parent | ForEach-Object $Store
        $job = $stored | Add-LumaExtension 'more'
        $sandbox.Requests[-1].Path | Should -BeExactly '/luma/v1/extend'
        $sandbox.Requests[-1].Body | Should -BeExactly "{`"jobId`":`"$($parent.JobId)`",`"userPrompt`":`"more`"}"
        $job | Should -BeOfType Luma.LumaJob
        $job.JobId | Should -Be $sandbox.Jobs[-1].JobId
        $job.ParentJobId | Should -Be $parent.JobId
        $job.Kind | Should -BeExactly 'Extension'
        $job.Prompt | Should -BeExactly 'more'
        $job.Model, $job.HookUrl, $job.AspectRatio, $job.Loop | Should -Be $null, $null, $null, $null
    }

    It 'has all four fields, under both names' {
        $parent | Add-LumaExtension -Prompt 'more' -Model ray-v3 -HookUrl http://127.0.0.1:9/new | Out-Null
        Add-LumaExtension -JobId $parent.JobId -UserPrompt 'more' -ModelName ray-v3 -HookUrl http://127.0.0.1:9/new | Out-Null
        $sandbox.Requests[1, 2].Body | Should -BeExactly (, ("{`"jobId`":`"$($parent.JobId)`",`"userPrompt`":`"more`"," +
            "`"modelName`":`"ray-v3`",`"hookUrl`":`"http://127.0.0.1:9/new`"}") * 2)
    }

    It 'is what the rows of a CSV file say' {
        $rows = ("no,jobId,userPrompt,modelName,hookUrl`n1,$($parent.JobId),it turns left,ray-v2,`n2,$($parent.JobId),it turns right,," +
            "http://127.0.0.1:9/new") | ConvertFrom-Csv
        $jobs = $rows | Add-LumaExtension -ThrottleLimit 1
        $jobs.Prompt | Should -BeExactly 'it turns left', 'it turns right'
        $sandbox.Requests[1, 2].Body | Should -BeExactly @(
            "{`"jobId`":`"$($parent.JobId)`",`"userPrompt`":`"it turns left`",`"modelName`":`"ray-v2`"}"
            "{`"jobId`":`"$($parent.JobId)`",`"userPrompt`":`"it turns right`",`"hookUrl`":`"http://127.0.0.1:9/new`"}")
    }

    It 'does not let one row leak into the next' {
        $rows = [pscustomobject]@{ JobId = $parent.JobId; Model = 'ray-v1'; Prompt = 'a' },
            [pscustomobject]@{ JobId = $parent.JobId; Prompt = 'b' }, $parent
        $result = Invoke-Luma { $rows | Add-LumaExtension -ThrottleLimit 1 }
        $result.Output.Prompt | Should -BeExactly 'a', 'b'
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.AddLumaExtensionCommand'
        (Get-Submit $sandbox)[2].Keys | Sort-Object | Should -BeExactly 'jobId', 'userPrompt'
    }

    It 'is nothing with -WhatIf' {
        Receive-LumaScript (Start-LumaScript 'param($job) $job | Add-LumaExtension more -WhatIf' $parent) | Should -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be 1
    }
}

Describe 'What Add-LumaExtension refuses before anything is sent' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $id = 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3'
    }

    It '<Case>' -ForEach @(
        @{ Case = 'no job'; Script = { Add-LumaExtension 'more' } }
        @{ Case = 'no prompt'; Script = { $id | Add-LumaExtension } }
        @{ Case = 'the old prompt of a job'; Script = { [Luma.LumaJob]@{ JobId = $id; Prompt = 'old' } | Add-LumaExtension } }
        @{ Case = 'an empty prompt'; Script = { $id | Add-LumaExtension '' } }
        @{ Case = 'a malformed jobId'; Script = { Add-LumaExtension 'more' -JobId 'ed1a1b01' } }
        @{ Case = 'an empty jobId'; Script = { Add-LumaExtension 'more' -JobId '' } }
        @{ Case = 'a piped malformed jobId'; Script = { 'a red car' | Add-LumaExtension 'more' } }
        @{ Case = 'a job that was never confirmed'; Script = { [Luma.LumaJob]::new() | Add-LumaExtension 'more' } }
        @{ Case = '$null'; Script = { $null | Add-LumaExtension 'more' } }
        @{ Case = 'a FileInfo'; Script = { Get-Item $PSCommandPath | Add-LumaExtension 'more' } }
        @{ Case = 'a hook that is no link'; Script = { $id | Add-LumaExtension 'more' -HookUrl 'ftp://example.test/' } }
        @{
            Case = 'a job of another service'
            Script = { [Luma.LumaJob]@{ JobId = $id; Service = 'api.ttapi.io' } | Add-LumaExtension 'more' }
        }
    ) {
        $result = Invoke-Luma $Script
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.AddLumaExtensionCommand'
        $result.Output | Should -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be 0
    }
}

Describe 'What Add-LumaExtension says of an answer' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma -MaximumRetryCount 0
        $parent = New-LumaVideo 'a red car'
    }

    AfterEach { $sandbox.Dispose() }

    It '<Case>: <ErrorId>' -ForEach @(
        @{ Case = '400'; Fault = { [Luma.Sandbox.SandboxFault]::Status(400, 'no') }; ErrorId = 'LumaBadRequest' }
        @{ Case = '402'; Fault = { [Luma.Sandbox.SandboxFault]::Status(402, 'no') }; ErrorId = 'LumaQuotaExhausted' }
        @{ Case = '404'; Fault = { [Luma.Sandbox.SandboxFault]::Status(404, 'no') }; ErrorId = 'LumaJobNotFound' }
        @{ Case = '429'; Fault = { [Luma.Sandbox.SandboxFault]::Status(429, 'no') }; ErrorId = 'LumaRateLimited' }
        @{ Case = '500'; Fault = { [Luma.Sandbox.SandboxFault]::Status(500, 'no') }; ErrorId = 'LumaSubmitUnconfirmed' }
        @{ Case = 'HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(403) }; ErrorId = 'LumaSubmitUnconfirmed' }
        @{ Case = 'a cut'; Fault = { [Luma.Sandbox.SandboxFault]::CloseWithoutReply() }; ErrorId = 'LumaSubmitUnconfirmed' }
    ) {
        $sandbox.MisbehaveAlways('Extend', (& $Fault))
        $result = Invoke-Luma { $parent | Add-LumaExtension 'more' }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly "$ErrorId,LumaPS.Commands.AddLumaExtensionCommand"
        $sandbox.SubmitCount | Should -Be 2
    }

    It 'has a bad item''s error in its place, and goes on' {
        $all = 'nonsense', $parent.JobId, '00000000-0000-0000-0000-000000000000', $parent | Add-LumaExtension 'more' -ThrottleLimit 1 2>&1
        $all.ForEach({ $_ -is [Luma.LumaJob] ? 'job' : $_.FullyQualifiedErrorId.Split(',')[0] }) -join ' ' |
            Should -BeExactly 'LumaInvalidValue job LumaBadRequest job'
        $all[2].TargetObject | Should -Be '00000000-0000-0000-0000-000000000000'
    }

    It 'sends nothing more of this input after 401, 402 and 403' {
        $sandbox.Misbehave('Extend', [Luma.Sandbox.SandboxFault]::Status(402, 'no'))
        $result = Invoke-Luma { $parent, $parent, $parent | Add-LumaExtension 'more' -ThrottleLimit 1 }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (, 'LumaQuotaExhausted,LumaPS.Commands.AddLumaExtensionCommand' * 2)
        $sandbox.SubmitCount | Should -Be 2
    }
}

Describe 'What Add-LumaExtension knows of the job to extend' {
    BeforeAll {
        Use-NewJournal
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $sandbox.FailPercent = 100
        $failed = New-LumaVideo 'a blue car' -Name blue | Wait-LumaJob -ErrorAction SilentlyContinue
        $sandbox.FailPercent = 0
        $done = New-LumaVideo 'a red car' | Wait-LumaJob
        $sandbox.JobSeconds = 600
        $open = New-LumaVideo 'a paper boat' -Name boat
        $submits = $sandbox.SubmitCount
    }

    It 'refuses one that failed before it is charged: <Way>' -ForEach @(
        @{ Way = 'the job'; Script = { $failed | Add-LumaExtension more } }
        @{ Way = 'its jobId'; Script = { Add-LumaExtension more -JobId $failed.JobId } }
        @{ Way = 'a piped jobId'; Script = { $failed.JobId | Add-LumaExtension more } }
        @{ Way = 'a stored job'; Script = { $failed | ConvertTo-Json | ConvertFrom-Json | Add-LumaExtension more } }
        @{ Way = 'a job as it was before'; Script = { [Luma.LumaJob]@{ JobId = $failed.JobId; Id = $failed.Id } | Add-LumaExtension more } }
    ) {
        $result = Invoke-Luma $Script
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.AddLumaExtensionCommand'
        $result.Errors[0].Exception.Message | Should -BeLike "*$($failed.JobId) ('blue')*ended without a video*Nothing was sent.*"
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*-Force*'
        $sandbox.SubmitCount | Should -Be $submits
    }

    It 'submits it with -Force' {
        ($failed | Add-LumaExtension more -Force).ParentJobId | Should -Be $failed.JobId
        $script:submits = $sandbox.SubmitCount
    }

    It 'warns of one that has not ended, once, and submits' {
        $result = Invoke-Luma { $open, $open | Add-LumaExtension more }
        $result.Output | Should -HaveCount 2
        $result.Warning.Message | Should -BeLike "*$($open.JobId) ('boat')*has not ended*Wait-LumaJob*"
    }

    It 'says nothing of one that is done, or that this journal does not know' {
        (Invoke-Luma { $done | Add-LumaExtension more }).Warning | Should -BeNullOrEmpty
        (Invoke-Luma { [Luma.LumaJob]@{ JobId = $done.JobId; Id = $done.Id } | Add-LumaExtension more }).Warning |
            Should -BeNullOrEmpty -Because 'the journal knows that it has ended'
        Use-NewJournal
        (Invoke-Luma { $done.JobId | Add-LumaExtension more }).Warning | Should -BeNullOrEmpty
    }
}

Describe 'What Add-LumaExtension misses' {
    It 'is the job, in its own parameters: <Case>' -ForEach @(
        @{ Case = '$null'; Script = { $null | Add-LumaExtension x }; Says = '*-JobId is missing. The object in the pipeline is $null.*' }
        @{
            Case = 'a file'
            Script = { Get-Item $PSCommandPath | Add-LumaExtension x }
            Says = "*-JobId 'System.IO.FileInfo' cannot be used. It has no JobId*"
        }
    ) {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        (Invoke-Luma $Script).Errors[0].Exception.Message | Should -BeLike $Says
    }
}
