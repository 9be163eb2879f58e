BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest

    # The answer to a fetch as the service gives it, with other members in it.
    function New-Answer([string] $Status, [string] $JobId, [string] $Members = '') {
        [Luma.Sandbox.SandboxFault]::Reply(200, 'application/json', ("{`"status`":`"$Status`",`"message`":null,`"jobId`":`"$JobId`"," +
            "`"data`":{`"jobId`":`"$JobId`"$Members}}"))
    }
}

AfterAll { Exit-LumaTest }

Describe 'Get-LumaJob' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $job = New-LumaVideo 'a red car' -AspectRatio 16:9 -Loop
        $second = New-LumaVideo 'a blue car'
    }

    BeforeEach { $before = $sandbox.RequestCount }

    It 'asks the service with a GET' {
        $found = Get-LumaJob $job.JobId
        $sandbox.RequestCount | Should -Be ($before + 1)
        $sandbox.Requests[-1].Method | Should -BeExactly 'GET'
        $sandbox.Requests[-1].Path | Should -BeExactly '/luma/v1/fetch'
        $sandbox.Requests[-1].Query | Should -BeExactly "jobId=$($job.JobId)"
        $found | Should -BeOfType Luma.LumaJob
        $found.Status | Should -BeExactly 'Succeeded'
        $found.VideoUrl | Should -BeExactly $sandbox.VideoUrlFor($job.JobId)
        $found.Prompt | Should -BeExactly 'a red car'
        $found.Quota | Should -Be 25
        $found.Width | Should -BeGreaterThan $found.Height
    }

    It 'asks with a POST where GET is not allowed' {
        $sandbox.Misbehave('Fetch', [Luma.Sandbox.SandboxFault]::Status(405, 'no'))
        (Get-LumaJob $job.JobId).Status | Should -BeExactly 'Succeeded'
        $sandbox.Requests[-1].Method | Should -BeExactly 'POST'
        $sandbox.Requests[-1].Body | Should -BeExactly "{`"jobId`":`"$($job.JobId)`"}"
    }

    It 'takes <Form>' -ForEach @(
        @{ Form = 'several ids'; Script = { Get-LumaJob -JobId $job.JobId, $second.JobId } }
        @{ Form = 'text'; Script = { $job.JobId, $second.JobId | Get-LumaJob } }
        @{ Form = 'Guids'; Script = { [guid]$job.JobId, [guid]$second.JobId | Get-LumaJob } }
        @{ Form = 'jobs'; Script = { $job, $second | Get-LumaJob } }
        @{ Form = 'jobs as an argument'; Script = { Get-LumaJob $job, $second } }
        @{ Form = 'jobs from JSON'; Script = { $job, $second | ConvertTo-Json | ConvertFrom-Json | Get-LumaJob } }
        @{ Form = 'rows of a CSV file'; Script = { "jobId`n$($job.JobId)`n$($second.JobId)" | ConvertFrom-Csv | Get-LumaJob } }
    ) {
        $found = & $Script
        $found.JobId | Sort-Object | Should -Be ($job.JobId, $second.JobId | Sort-Object)
        $found.Status | Should -Be 'Succeeded', 'Succeeded'
    }

    It 'keeps what the job knew and the service does not tell' {
        $found = $job | Get-LumaJob
        $found.Loop | Should -BeTrue
        $found.AspectRatio | Should -BeExactly '16:9'
        $found.SubmittedAt | Should -Be $job.SubmittedAt
        $found.Id | Should -BeExactly $job.Id
    }

    It 'reads <Told> as <Status>' -ForEach @(
        @{ Told = 'PENDING_QUEUE'; Status = 'Pending' }
        @{ Told = 'ON_QUEUE'; Status = 'Running' }
        @{ Told = 'something new'; Status = 'Running' }
        @{ Told = 'SUCCESS without a link'; Status = 'Running' }
        @{ Told = 'FAILED'; Status = 'Failed' }
    ) {
        $job = New-LumaVideo 'told' # One the journal knows nothing more of.
        $sandbox.Misbehave('Fetch', (New-Answer $Told.Split(' ')[0] $job.JobId))
        (Get-LumaJob $job.JobId).Status | Should -BeExactly $Status
    }

    It 'reads numbers written as text and as numbers, and bears what is null or new' {
        $sandbox.Misbehave('Fetch', (New-Answer 'SUCCESS' $job.JobId (',"width":"1280","height":720,"quota":"12.5","imageUrl":null,' +
            '"new":{"a":[1]},"videoUrl":"https://example.test/v.mp4?a=1&b=%20"')))
        $found = Get-LumaJob $job.JobId
        $found.Width | Should -Be 1280
        $found.Height | Should -Be 720
        $found.Quota | Should -Be 12.5
        $found.VideoUrl | Should -BeExactly 'https://example.test/v.mp4?a=1&b=%20'
        $found.Status | Should -BeExactly 'Succeeded'
    }

    It 'refuses <Case> before anything is sent' -ForEach @(
        @{ Case = 'a malformed jobId'; Script = { Get-LumaJob 'ed1a1b01' } }
        @{ Case = 'a prompt'; Script = { 'a red car' | Get-LumaJob } }
        @{ Case = 'a FileInfo'; Script = { Get-Item $PSCommandPath | Get-LumaJob } }
        @{ Case = 'a job of another service'; Script = { [Luma.LumaJob]@{ JobId = $job.JobId; Service = 'api.ttapi.io' } | Get-LumaJob } }
    ) {
        $result = Invoke-Luma $Script
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.GetLumaJobCommand'
        $result.Output | Should -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be $before
    }

    It 'goes on after a bad one' {
        $result = Invoke-Luma { 'nonsense', $job.JobId, '00000000-0000-0000-0000-000000000000', $second.JobId | Get-LumaJob }
        $result.Output.JobId | Sort-Object | Should -Be ($job.JobId, $second.JobId | Sort-Object)
        $result.Errors.FullyQualifiedErrorId | Sort-Object |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.GetLumaJobCommand', 'LumaJobNotFound,LumaPS.Commands.GetLumaJobCommand'
        $result.Errors.Where({ $_.FullyQualifiedErrorId -like 'LumaJobNotFound*' }).TargetObject |
            Should -Be '00000000-0000-0000-0000-000000000000'
    }
}

Describe 'What Get-LumaJob says of an answer' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $elsewhere = Start-TestSandbox
        $sandbox | Connect-Luma -MaximumRetryCount 0
        $job = New-LumaVideo 'a red car'
    }

    BeforeEach {
        $sandbox.Behave()
        $before = $sandbox.RequestCount
    }

    It '<Case>: <ErrorId>, and nothing about the job' -ForEach @(
        @{
            Case = '400'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(400, 'no') }
            ErrorId = 'LumaBadRequest'
            Category = 'InvalidOperation'
        }
        @{
            Case = '401'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(401, 'no') }
            ErrorId = 'LumaUnauthorized'
            Category = 'AuthenticationError'
        }
        @{
            Case = '402'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(402, 'no') }
            ErrorId = 'LumaQuotaExhausted'
            Category = 'QuotaExceeded'
        }
        @{
            Case = '403'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(403, 'no') }
            ErrorId = 'LumaAccountBlocked'
            Category = 'PermissionDenied'
        }
        @{
            Case = '404'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(404, 'no') }
            ErrorId = 'LumaJobNotFound'
            Category = 'ObjectNotFound'
        }
        @{
            Case = '429'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(429, 'no') }
            ErrorId = 'LumaRateLimited'
            Category = 'LimitsExceeded'
        }
        @{ Case = '429 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(429) }; ErrorId = 'LumaRateLimited'; Category = 'LimitsExceeded' }
        @{ Case = '499'; Fault = { [Luma.Sandbox.SandboxFault]::Status(499, 'no') }; ErrorId = 'LumaQueueFull'; Category = 'ResourceBusy' }
        @{
            Case = '500'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(500, 'no') }
            ErrorId = 'LumaServiceError'
            Category = 'ProtocolError'
        }
        @{ Case = '502 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(502) }; ErrorId = 'LumaServiceError'; Category = 'ProtocolError' }
        @{ Case = '403 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(403) }; ErrorId = 'LumaServiceError'; Category = 'ProtocolError' }
        @{ Case = '404 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(404) }; ErrorId = 'LumaServiceError'; Category = 'ProtocolError' }
        @{ Case = '200 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(200) }; ErrorId = 'LumaServiceError'; Category = 'ProtocolError' }
        @{
            Case = '200 FAILED without a jobId'
            Fault = { [Luma.Sandbox.SandboxFault]::Reply(200, 'application/json', '{"status":"FAILED","message":"no","data":null}') }
            ErrorId = 'LumaBadRequest'
            Category = 'InvalidOperation'
        }
        @{
            Case = 'FAILED of another job'
            Fault = { New-Answer 'FAILED' 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3' }
            ErrorId = 'LumaServiceError'
            Category = 'ProtocolError'
        }
        @{
            Case = '307'
            Fault = { [Luma.Sandbox.SandboxFault]::Redirect(307, "$($elsewhere.BaseUri)luma/v1/fetch?jobId=$($job.JobId)") }
            ErrorId = 'LumaServiceError'
            Category = 'ProtocolError'
        }
        @{
            Case = 'a cut before the answer'
            Fault = { [Luma.Sandbox.SandboxFault]::CloseWithoutReply() }
            ErrorId = 'LumaNetworkError'
            Category = 'ConnectionError'
        }
        @{
            Case = 'a cut in the answer'
            Fault = { [Luma.Sandbox.SandboxFault]::TruncateBody(20) }
            ErrorId = 'LumaNetworkError'
            Category = 'ConnectionError'
        }
    ) {
        $sandbox.MisbehaveAlways('Fetch', (& $Fault))
        $result = Invoke-Luma { $job | Get-LumaJob }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly "$ErrorId,LumaPS.Commands.GetLumaJobCommand"
        $result.Errors[0].CategoryInfo.Category | Should -Be $Category
        $result.Errors[0].TargetObject | Should -Be $job.JobId
        $result.Errors[0].Exception.Message | Should -Match 'says nothing about'
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be ($before + 1)
        $elsewhere.RequestCount | Should -Be 0
    }

    It 'asks again after what may pass, as often as -MaximumRetryCount says' {
        $connection = New-TestConnection $sandbox @{ MaximumRetryCount = 3 }
        $now = [ValueTuple[string, string]]::new('Retry-After', '0')
        $sandbox.Misbehave('Fetch', @(
                [Luma.Sandbox.SandboxFault]::Status(503, 'no', @($now))
                [Luma.Sandbox.SandboxFault]::Status(429, 'no', @($now))
                [Luma.Sandbox.SandboxFault]::Html(502, 'x', @($now))))
        (Get-LumaJob $job.JobId -Connection $connection).Status | Should -BeExactly 'Succeeded'
        $sandbox.RequestCount | Should -Be ($before + 4)
    }
}

Describe 'Get-LumaJob -Path' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $folder = New-TestFolder
        $known = New-LumaVideo 'known by the journal' | Wait-LumaJob
        $described = New-LumaVideo 'described beside it' -Model ray-v2 | Wait-LumaJob
        $knownFile = $known | Save-LumaVideo (Join-Path $folder 'known [1].mp4')
        $describedFile = $described | Save-LumaVideo (Join-Path $folder 'described.mp4') -Metadata
        $stranger = Join-Path $folder 'stranger.mp4'
        Copy-Item -LiteralPath $knownFile.FullName -Destination $stranger
        Add-Content -LiteralPath $stranger 'x' -NoNewline
        $before = $sandbox.RequestCount + $sandbox.VideoRequestCount
    }

    AfterEach { $sandbox.RequestCount + $sandbox.VideoRequestCount | Should -Be $before }

    It 'gives the jobs of saved videos as the journal knows them, and asks nobody' {
        $job = Get-LumaJob -Path $knownFile.FullName
        $job.Id, $job.JobId, $job.SavedPath | Should -BeExactly $known.Id, $known.JobId, $knownFile.FullName
        (Get-LumaJob -Path $describedFile.FullName).Id | Should -BeExactly $described.Id
        (Get-Item -LiteralPath $knownFile.FullName, $describedFile.FullName | Get-LumaJob).JobId |
            Should -BeExactly $known.JobId, $described.JobId
    }

    It 'takes wildcards, and a name with brackets literally' {
        Push-Location -LiteralPath $folder
        try {
            (Get-LumaJob -Path './d*.mp4').JobId | Should -BeExactly $described.JobId
            (Get-LumaJob -Path 'known [1].mp4').JobId | Should -BeExactly $known.JobId
            $result = Invoke-Luma { Get-LumaJob -Path nothing*.mp4 }
            $result.Output | Should -BeNullOrEmpty
            $result.Errors | Should -BeNullOrEmpty
        }
        finally { Pop-Location }
    }

    It 'refuses <Case>' -ForEach @(
        @{ Case = 'a video that nobody knows'; Path = { $stranger }; ErrorId = 'LumaJobNotFound' }
        @{ Case = 'a file that is not there'; Path = { Join-Path $folder 'nothing.mp4' }; ErrorId = 'LumaInvalidValue' }
        @{ Case = 'a folder'; Path = { $folder }; ErrorId = 'LumaInvalidValue' }
    ) {
        $path = & $Path
        $result = Invoke-Luma { Get-LumaJob -Path $path, $knownFile.FullName }
        $result.Output.JobId | Should -BeExactly $known.JobId
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly "$ErrorId,LumaPS.Commands.GetLumaJobCommand"
        $result.Errors[0].TargetObject | Should -Be $path
        "$($result.Errors[0])" | Should -Match ([regex]::Escape((Split-Path $path -Leaf)))
    }

    It 'reads the metadata beside a video where the journal does not know it' {
        $journal = $env:LUMAPS_HOME
        Use-NewJournal
        try {
            $moved = New-Item -ItemType Directory (Join-Path $folder moved)
            Copy-Item -Path (Join-Path $folder 'described*') -Destination $moved
            $job = Get-LumaJob -Path (Join-Path $moved described.mp4)
            $job | Should -BeOfType Luma.LumaJob
            $job.JobId, $job.Prompt, $job.Model, $job.Status |
                Should -BeExactly $described.JobId, 'described beside it', 'ray-v2', 'Succeeded'
            $job.Id | Should -BeNullOrEmpty
            $job.SavedPath | Should -BeExactly (Join-Path $moved described.mp4)
            (Invoke-Luma { Get-LumaJob -Path $knownFile.FullName }).Errors.FullyQualifiedErrorId |
                Should -BeExactly 'LumaJobNotFound,LumaPS.Commands.GetLumaJobCommand'
        }
        finally { $env:LUMAPS_HOME = $journal }
    }
}

Describe 'Get-LumaJob -Name of a job that is not there' {
    BeforeAll {
        Use-NewJournal
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $null = New-LumaVideo a -Name there
    }

    It 'is an error without a wildcard, as of Get-Process, and the rest comes' {
        $result = Invoke-Luma { Get-LumaJob -Name nope, there, nope2 }
        $result.Output.Name | Should -BeExactly 'there'
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (, 'LumaJobNotFound,LumaPS.Commands.GetLumaJobCommand' * 2)
        $result.Errors[0].Exception.Message | Should -BeLike "*'nope'*"
        $result.Errors.TargetObject | Should -BeExactly 'nope', 'nope2'
    }

    It 'is none with one, or where another filter leaves it out' {
        (Invoke-Luma { Get-LumaJob -Name 'nope*' }).Errors | Should -BeNullOrEmpty
        (Invoke-Luma { Get-LumaJob -Name there -Status Failed }).Errors | Should -BeNullOrEmpty
    }
}

Describe 'Get-LumaJob -First, -Last and -AllServices' {
    BeforeAll {
        Use-NewJournal
        $ended = Start-TestSandbox
        $ended | Connect-Luma
        $old = New-LumaVideo 'of a sandbox that has ended' -Name old | Wait-LumaJob
        $ended.Dispose()
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $jobs = foreach ($number in 1..5) { New-LumaVideo "video $number" -Name "n$number" | Wait-LumaJob }
        $before = $sandbox.RequestCount
    }

    It 'lists <Case>' -ForEach @(
        @{ Case = 'the oldest'; Script = { Get-LumaJob -First 2 }; Names = 'n1', 'n2' }
        @{ Case = 'the newest, the newest at the end'; Script = { Get-LumaJob -Last 2 }; Names = 'n4', 'n5' }
        @{ Case = 'both ends, nothing twice'; Script = { Get-LumaJob -First 4 -Last 3 }; Names = 'n1', 'n2', 'n3', 'n4', 'n5' }
        @{ Case = 'the newest of a state and a pattern'; Script = { Get-LumaJob -Last 1 -Status Succeeded -Name 'n[1-3]' }; Names = 'n3' }
        @{ Case = 'all where there are fewer'; Script = { Get-LumaJob -Last 50 }; Names = 'n1', 'n2', 'n3', 'n4', 'n5' }
        @{ Case = 'none'; Script = { Get-LumaJob -First 0 }; Names = @() }
    ) {
        @(& $Script).ForEach('Name') | Should -BeExactly $Names
        $sandbox.RequestCount | Should -Be $before
    }

    It 'refuses a negative number' {
        $result = Invoke-Luma { Get-LumaJob -Last -1 }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.GetLumaJobCommand'
        "$($result.Errors)" | Should -Match '-Last'
    }

    It 'lists the records of sandboxes that have ended, and Remove-LumaJob purges them' {
        (Get-LumaJob).Name | Should -Not -Contain 'old'
        $all = Get-LumaJob -AllServices
        $all | Should -HaveCount 6
        $all.Where({ $_.Name -eq 'old' }).Service | Should -BeExactly $old.Service
        Get-LumaJob -AllServices | Where-Object Service -EQ $old.Service | Remove-LumaJob
        (Get-LumaJob -AllServices).Name | Should -BeExactly 'n1', 'n2', 'n3', 'n4', 'n5'
    }
}

Describe 'A short jobId' {
    BeforeAll {
        Use-NewJournal
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $null = New-Item -ItemType Directory (Join-Path $env:LUMAPS_HOME journal) -Force
        $probe = New-LumaVideo 'the name of the service' | Wait-LumaJob
        $service = $probe.Service
        function Add-Job([string] $JobId, [string] $Of = $service) {
            $time = [datetime]::UtcNow.ToString('o')
            @{ v = 1; event = 'intent'; id = $JobId; at = $time; service = $Of; kind = 'Generation'; prompt = 'x'; submittedAt = $time },
            @{ v = 1; event = 'accepted'; id = $JobId; at = $time; jobId = $JobId; submittedAt = $time },
            @{ v = 1; event = 'status'; id = $JobId; at = $time; status = 'Succeeded'; quota = 25 } |
                ForEach-Object { $_ | ConvertTo-Json -Compress } | Add-Content (Join-Path $env:LUMAPS_HOME 'journal/test.jsonl')
        }
        Add-Job '0123e567-0000-4000-8000-000000000001'
        Add-Job '0123e568-0000-4000-8000-000000000002'
        Add-Job 'abcdef01-0000-4000-8000-000000000003' 'elsewhere.example'
        $short = $probe.JobId.Substring(0, 13)
    }

    It 'stands for the one job of the journal: <Case>' -ForEach @(
        @{ Case = 'Get-LumaJob'; Script = { Get-LumaJob $short } }
        @{ Case = 'Get-LumaJob from the pipeline'; Script = { $short | Get-LumaJob } }
        @{ Case = 'as the table shows it, in capitals'; Script = { Get-LumaJob "$($short.ToUpperInvariant())…" } }
        @{ Case = 'Wait-LumaJob'; Script = { Wait-LumaJob $short } }
        @{ Case = 'Wait-LumaJob -JobId'; Script = { Wait-LumaJob -JobId $short } }
    ) {
        (& $Script).JobId | Should -BeExactly $probe.JobId
        $sandbox.Requests[-1].Query | Should -BeExactly "jobId=$($probe.JobId)"
    }

    It 'of Save-LumaVideo and Add-LumaExtension' {
        (Save-LumaVideo -JobId $short -Destination $TestDrive/short).Name | Should -BeExactly "$($probe.JobId).mp4"
        (Add-LumaExtension more -JobId $short).ParentJobId | Should -BeExactly $probe.JobId
        (Get-Submit $sandbox)[-1].jobId | Should -BeExactly $probe.JobId
    }

    It 'is one also where PowerShell takes it for a number' {
        # 0123e567 is a number without an end; only the text says which job.
        (Invoke-Luma { Get-LumaJob 0123e567 }).Errors.TargetObject | Should -Be '0123e567-0000-4000-8000-000000000001'
        $sandbox.Requests[-1].Query | Should -BeExactly 'jobId=0123e567-0000-4000-8000-000000000001'
    }

    It 'is refused where <Case>, and nothing is sent' -ForEach @(
        @{
            Case = 'several jobIds begin so'
            Script = { Get-LumaJob 0123e56 }
            Says = '0123e567-0000-4000-8000-000000000001.*0123e568|0123e568-0000-4000-8000-000000000002.*0123e567'
        }
        @{ Case = 'several, of Remove-LumaJob'; Script = { Remove-LumaJob -JobId 0123 }; Says = '2 jobIds begin with it' }
        @{ Case = 'no jobId begins so'; Script = { Wait-LumaJob dead }; Says = 'in the journal begins with it' }
        @{ Case = 'only one of another service begins so'; Script = { Get-LumaJob abcdef01 }; Says = 'in the journal begins with it' }
        @{ Case = 'no parent begins so'; Script = { Add-LumaExtension more -JobId dead0 }; Says = 'in the journal begins with it' }
        @{ Case = 'it is too short'; Script = { Save-LumaVideo -JobId 012 }; Says = 'at least 4 characters' }
    ) {
        $requests = $sandbox.RequestCount
        $result = Invoke-Luma $Script
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -Match '^LumaInvalidValue,'
        "$($result.Errors)" | Should -Match $Says
        $sandbox.RequestCount | Should -Be $requests
        (Get-LumaJob -AllServices).JobId | Should -Contain '0123e567-0000-4000-8000-000000000001'
    }

    It 'of Remove-LumaJob removes that one, and the others of the call too' {
        $result = Invoke-Luma { Remove-LumaJob -JobId '0123', '0123e567-0', '0123e568' }
        $result.Errors.Count | Should -Be 1
        (Get-LumaJob).JobId | Should -Not -Contain '0123e567-0000-4000-8000-000000000001'
        (Get-LumaJob).JobId | Should -Not -Contain '0123e568-0000-4000-8000-000000000002'
    }
}
