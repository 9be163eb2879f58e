# Errors read like a colleague: what happened, to which job, what it cost, what to do now.
BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $environment = $env:LUMAPS_HOME
    # Not in TestDrive: Pester takes away after each block what came in it.
    $env:LUMAPS_HOME = $journalHome = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    $sandbox = Start-TestSandbox
    $sandbox | Connect-Luma -MaximumRetryCount 0
    $job = New-LumaVideo 'a red car' -Name car | Wait-LumaJob
    $open = [Luma.LumaJob]@{ JobId = $job.JobId }
    $no = { param($code) [Luma.Sandbox.SandboxFault]::Status($code, 'no') }
}

AfterAll {
    $env:LUMAPS_HOME = $environment
    Exit-LumaTest
    Remove-Item -LiteralPath $journalHome -Recurse -ErrorAction Ignore
}

Describe 'The error <Id>' -ForEach @(
    @{
        Id = 'LumaUnauthorized'
        Fault = 'Generations', 401
        Script = { New-LumaVideo a }
        Says = 'HTTP 401', 'nothing was charged'
        Do = 'Connect-Luma'
    }
    @{
        Id = 'LumaQuotaExhausted'
        Fault = 'Generations', 402
        Script = { New-LumaVideo a }
        Says = 'HTTP 402', 'nothing was charged'
        Do = 'Top up'
    }
    @{
        Id = 'LumaAccountBlocked'
        Fault = 'Generations', 403
        Script = { New-LumaVideo a }
        Says = 'HTTP 403', 'nothing was charged'
        Do = 'support'
    }
    @{
        Id = 'LumaBadRequest'
        Fault = 'Generations', 400
        Script = { New-LumaVideo a }
        Says = 'HTTP 400', 'The service reports: no\.', 'nothing was charged'
        Do = 'Change'
    }
    @{
        Id = 'LumaRateLimited'
        Fault = 'Generations', 429
        Script = { New-LumaVideo a }
        Says = 'HTTP 429', 'nothing was charged'
        Do = 'Wait'
    }
    @{
        Id = 'LumaSubmitUnconfirmed'
        Fault = 'Generations', 500
        Script = { New-LumaVideo a }
        Says = "'a' was sent", 'may have been created and charged', 'not sent again'
        Do = 'Ask the provider'
    }
    @{
        Id = 'LumaServiceError'
        Fault = 'Fetch', 500
        Script = { $open | Get-LumaJob }
        Says = 'HTTP 500', 'says nothing about the job'
        OfJob = $true
        Do = 'Get-LumaJob'
    }
    @{
        Id = 'LumaJobNotFound'
        Fault = 'Fetch', 404
        Script = { $open | Get-LumaJob }
        Says = 'HTTP 404', 'does not know the job'
        OfJob = $true
        Do = 'Check the jobId'
    }
    @{
        Id = 'LumaQueueFull'
        Fault = 'Fetch', 499
        Script = { $open | Get-LumaJob }
        Says = 'HTTP 499', 'queue is full'
        OfJob = $true
        Do = 'Wait until'
    }
    @{ Id = 'LumaKeyMissing'; Script = { Connect-Luma -ApiKey '' }; Says = 'no API key', 'Nothing was sent'; Do = 'TTAPI_KEY' }
    @{
        Id = 'LumaInsecureEndpoint'
        Script = { Connect-Luma -ApiKey k -BaseUri http://example.test }
        Says = 'plain http', 'Nothing was sent'
        Do = 'https://example.test'
    }
    @{
        Id = 'LumaInvalidValue'
        Script = { New-LumaVideo a -Duration 10 -Resolution 1080p }
        Says = "-Duration '10s' cannot be used", 'Use -Duration 5s', 'Nothing was sent'
    }
    @{ Id = 'LumaInvalidValue'; Script = { New-LumaVideo }; Says = '^-Prompt is missing\.', 'Nothing was sent' }
    @{
        Id = 'LumaNameConflict'
        Script = { New-LumaVideo 'a blue car' -Name car }
        Says = "Prompt was 'a red car' and is now 'a blue car'", 'Nothing was sent'
        OfJob = $true
        Do = '-Force'
    }
    @{ Id = 'LumaJobNotFound'; Script = { Remove-LumaJob -Name nobody }; Says = "Name 'nobody'", 'Nothing was removed'; Do = 'Get-LumaJob' }
    @{
        Id = 'LumaJobFailed'
        Before = { $sandbox.FailPercent = 100 }
        Script = { New-LumaVideo a | Wait-LumaJob }
        Says = 'failed', 'The service reports: .+\. The provider does not say whether a failed job is charged'
        Do = 'new job'
    }
    @{
        Id = 'LumaNoVideo'
        Before = { $sandbox.JobSeconds = 600 }
        Script = { New-LumaVideo a | Save-LumaVideo $TestDrive/none }
        Says = 'no video yet', 'nothing is lost'
        Do = 'Wait-LumaJob'
    }
    @{
        Id = 'LumaWaitTimeout'
        Before = { $sandbox.JobSeconds = 600 }
        Script = { New-LumaVideo a | Wait-LumaJob -Timeout 0 }
        Says = 'has not ended', 'nothing is lost'
        Do = 'Wait-LumaJob'
    }
    @{
        Id = 'LumaDownloadFailed'
        Fault = 'Video', 500
        Script = { $job | Save-LumaVideo $TestDrive/none }
        Says = 'was not saved', 'The job and its cost are not affected'
        OfJob = $true
        Do = 'Save-LumaVideo'
    }
    @{
        Id = 'LumaFileExists'
        Before = { Set-Content $TestDrive/there.mp4 x }
        Script = { $job | Save-LumaVideo $TestDrive/there.mp4 }
        Says = 'there\.mp4 exists', 'The job and its cost are not affected'
        OfJob = $true
        Do = '-Force'
    }
    @{
        Id = 'LumaNetworkError'
        Script = {
            New-LumaVideo a -Connection (
                New-TestConnection ([pscustomobject]@{ ApiKey = 'k'; BaseUri = 'http://127.0.0.1:1' }) @{ MaximumRetryCount = 0 })
        }
        Says = 'did not reach http://127\.0\.0\.1:1', 'not sent and nothing was charged'
        Do = 'Check the network'
    }
    @{
        Id = 'LumaBudgetExceeded'
        Script = { New-LumaVideo a -MaximumQuota 1 }
        Says = "'a' was not sent, so it cost nothing", '-MaximumQuota 1'
        Do = 'Measure-LumaRequest'
    }
    @{
        Id = 'LumaJournalError'
        Before = { Set-Content $TestDrive/file x; $env:LUMAPS_HOME = "$TestDrive/file" }
        Script = { New-LumaVideo a }
        Says = 'journal', 'not sent, and nothing was charged'
        Do = 'LUMAPS_HOME'
    }
) {
    BeforeAll {
        if ($Before) { & $Before }
        if ($Fault) { $sandbox.MisbehaveAlways($Fault[0], (& $no $Fault[1])) }
        $result = Invoke-Luma $Script
        $problem = $result.Errors[-1]
        $sandbox.Behave()
        $sandbox.FailPercent = $sandbox.JobSeconds = 0
        $env:LUMAPS_HOME = $journalHome
        $sandbox | Connect-Luma -MaximumRetryCount 0
    }

    It 'comes alone, with its id' {
        $result.Errors | Should -HaveCount 1
        $problem.FullyQualifiedErrorId | Should -BeLike "$Id,LumaPS.Commands.*Command"
        $problem.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
    }

    It 'says what happened and what it cost, in sentences' {
        foreach ($part in $Says) { $problem.Exception.Message | Should -Match $part }
        $problem.Exception.Message | Should -Match '^(-|[A-Z'']).*\.$'
        $problem.Exception.Message | Should -Not -Match '\.\.|: \.|  '
        if ($OfJob) { $problem.TargetObject | Should -Be $job.JobId }
    }

    It 'says what to do, and says it once' {
        if (-not $Do) { $problem.ErrorDetails | Should -BeNullOrEmpty; return }
        $problem.ErrorDetails.RecommendedAction | Should -Match $Do
        $problem.Exception.Message.Contains($problem.ErrorDetails.RecommendedAction.TrimEnd('.')) | Should -BeFalse
        $problem.ErrorDetails.Message | Should -BeExactly $problem.Exception.Message
    }

    It 'is useful in Get-Error' {
        $text = Get-Error -InputObject $problem | Out-String -Width 500
        $text | Should -Match "ErrorId +: $Id"
    }
}

Describe 'Every error id' {
    It 'is tried above' {
        $tried = [regex]::Matches((Get-Content -LiteralPath $PSCommandPath -Raw), "Id = '(Luma\w+)'").ForEach({ $_.Groups[1].Value }) |
            Sort-Object -Unique
        $tried | Should -Be ([Luma.LumaErrorId].GetEnumNames() | Sort-Object)
    }
}

Describe 'An error about a row' {
    BeforeAll { $sandbox | Connect-Luma -MaximumRetryCount 0 }

    It 'names the row: its Name, or its number, also of a text file and of jobs' {
        $rows = 'Name,userPrompt,imageUrl', 'row-a,a,', 'row-b,b,nowhere.png', ',c,nowhere.png', ',,', ',d,nowhere.png' | ConvertFrom-Csv
        $result = Invoke-Luma { $rows | New-LumaVideo }
        $result.Errors.Exception.Message -replace "(-ImageUrl).*", '$1' |
            Should -BeExactly "'row-b': -ImageUrl", 'Row 3: -ImageUrl', 'Row 5: -ImageUrl'
        (Invoke-Luma { 'x', 'y' | New-LumaVideo -ImageUrl nowhere.png }).Errors[1].Exception.Message | Should -BeLike 'Line 2: -ImageUrl*'
        (Invoke-Luma { $job, $job | Add-LumaExtension }).Errors[1].Exception.Message | Should -BeLike 'Job 2: -Prompt is missing*'
        (Invoke-Luma { New-LumaVideo x -ImageUrl nowhere.png }).Errors[0].Exception.Message | Should -BeLike '-ImageUrl*'
    }

    It 'names the row also when the service refuses it' {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::Status(400, 'no'), [Luma.Sandbox.SandboxFault]::Status(400, 'no'))
        $result = Invoke-Luma { 'Name,userPrompt', 'row-x,x', ',y' | ConvertFrom-Csv | New-LumaVideo -ThrottleLimit 1 }
        $result.Errors.Exception.Message -replace "The request.*", '' | Should -BeExactly "'row-x': ", 'Row 2: '
    }

    It 'has a target with a text, which is the row itself' {
        $result = Invoke-Luma { 'Name,userPrompt,imageUrl', 'row-b,b,nowhere.png' | ConvertFrom-Csv | New-LumaVideo }
        "$($result.Errors[0].TargetObject)" | Should -BeExactly '@{Name=row-b; userPrompt=b; imageUrl=nowhere.png}'
        $result.Errors[0].CategoryInfo.TargetName | Should -BeLike '*row-b*'
        $result.Errors[0].TargetObject.imageUrl | Should -BeExactly 'nowhere.png'
    }

    It 'names the job that failed' {
        $sandbox.FailPercent = 100
        try { $result = Invoke-Luma { New-LumaVideo 'a blue car' -Name blue | Wait-LumaJob } }
        finally { $sandbox.FailPercent = 0 }
        $result.Errors[0].Exception.Message | Should -BeLike "Job * ('blue') failed*"
    }

    It 'does not end the pipeline when a script property throws: <Case>' -ForEach @(
        @{ Case = 'New-LumaVideo'; Property = 'userPrompt'; Script = { $good, $bad, $good | New-LumaVideo -ThrottleLimit 1 } }
        @{
            Case = 'Add-LumaExtension'
            Property = 'jobId'
            Script = { $good, $bad, $good | Add-LumaExtension more -WarningAction SilentlyContinue }
        }
        @{ Case = 'Wait-LumaJob'; Property = 'JobId'; Script = { $good, $bad, $good | Wait-LumaJob } }
        @{ Case = 'Get-LumaJob'; Property = 'JobId'; Script = { $good, $bad, $good | Get-LumaJob } }
        @{
            Case = 'Measure-LumaUsage'
            Property = 'Status'
            Script = { $good, ($bad | Add-Member -PassThru JobId $job.JobId), $good | Measure-LumaUsage }
        }
        @{
            Case = 'Export-LumaGallery'
            Property = 'Id'
            Script = { $good, ($bad | Add-Member -PassThru JobId $job.JobId), $good | Export-LumaGallery -Destination $TestDrive/page.html }
        }
        @{
            Case = 'Save-LumaVideo'
            Property = 'JobId'
            Script = { $good, $bad, $good | Save-LumaVideo $TestDrive/throwing -Force -FileName '{JobId}.mp4' }
        }
    ) {
        $good = [pscustomobject]@{ userPrompt = 'x'; JobId = $job.JobId }
        $bad = [pscustomobject]@{ no = 1 } | Add-Member -PassThru ScriptProperty $Property { throw 'boom' }
        $result = Invoke-Luma $Script
        $result.Terminated | Should -BeFalse
        $result.Output.Count | Should -BeGreaterOrEqual 1
        $result.Errors.Where({ "$_" -like '*boom*' }) | Should -HaveCount 1
    }

    It 'does not end the pipeline when Remove-LumaJob cannot ask' {
        $sandbox.JobSeconds = 600
        try { $open = New-LumaVideo 'still running' }
        finally { $sandbox.JobSeconds = 0 }
        $done = New-LumaVideo 'done' | Wait-LumaJob
        $bad = [pscustomobject]@{ no = 1 } | Add-Member -PassThru ScriptProperty Id { throw 'boom' }
        $result = Invoke-Luma { $open, $bad, $done | Remove-LumaJob }
        $result.Terminated | Should -BeFalse
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (, 'LumaInvalidValue,LumaPS.Commands.RemoveLumaJobCommand' * 2)
        $result.Errors[0].Exception.Message | Should -BeLike "*$($open.JobId)*was not removed*"
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*-Confirm:$false*'
        (Get-LumaJob).JobId | Should -Contain $open.JobId
        (Get-LumaJob).JobId | Should -Not -Contain $done.JobId
    }
}

Describe 'What holds for the whole input' {
    It 'is said once, with a count: no key' {
        Clear-LumaConnection
        try { $result = Invoke-Luma { 1..5 | ForEach-Object { "prompt $_" } | New-LumaVideo } }
        finally { $sandbox | Connect-Luma -MaximumRetryCount 0 }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (, 'LumaKeyMissing,LumaPS.Commands.NewLumaVideoCommand' * 2)
        $result.Errors[1].Exception.Message |
            Should -BeExactly '4 more of this input (Line 2 to Line 5) were not submitted and cost nothing, for the same reason as Line 1.'
        $result.Errors[1].TargetObject | Should -BeExactly 'prompt 2', 'prompt 3', 'prompt 4', 'prompt 5'
        $result.Errors[1].ErrorDetails.RecommendedAction | Should -Match 'Connect-Luma'
    }

    It 'is said once, with a count: a wrong key, however many were sent at the same time' {
        $wrong = New-TestConnection ([pscustomobject]@{ ApiKey = 'wrong'; BaseUri = $sandbox.BaseUri })
        $sandbox | Connect-Luma -MaximumRetryCount 0
        $result = Invoke-Luma { 1..20 | ForEach-Object { "prompt $_" } | New-LumaVideo -Connection $wrong }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (, 'LumaUnauthorized,LumaPS.Commands.NewLumaVideoCommand' * 2)
        $result.Errors[1].Exception.Message | Should -BeLike '19 more of this input (Line 2 to Line 20)*'
    }

    It 'is said once, with a count: the wrong delimiter, also with a typed prompt' {
        $requests = $sandbox.RequestCount
        $rows = 'Name;userPrompt;useMode', 'a;x;fast', 'b;y;fast', 'c;z;fast' | ConvertFrom-Csv
        foreach ($script in { $rows | New-LumaVideo }, { $rows | New-LumaVideo 'typed' }) {
            $result = Invoke-Luma $script
            $result.Errors | Should -HaveCount 2
            $result.Errors[0].Exception.Message |
                Should -BeLike "-Prompt 'Name;userPrompt;useMode' cannot be used. *Import-Csv -Delimiter ';'*"
            $result.Errors[1].Exception.Message | Should -BeLike '2 more of this input (Row 2 to Row 3)*'
        }
        (Invoke-Luma { "userPrompt`tuseMode", "x`tfast" | ConvertFrom-Csv | New-LumaVideo }).Errors[0].Exception.Message |
            Should -Match '-Delimiter "`t"'
        (Invoke-Luma { 'userPrompt,useMode', 'x,fast' | ConvertFrom-Csv -Delimiter ';' | New-LumaVideo }).Errors[0].Exception.Message |
            Should -BeLike "*-Delimiter ','*"
        $sandbox.RequestCount | Should -Be $requests
    }

    It 'is one error for one item' {
        (Invoke-Luma { 'Name;userPrompt', 'a;x' | ConvertFrom-Csv | New-LumaVideo }).Errors | Should -HaveCount 1
    }
}
