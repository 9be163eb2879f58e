BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest

    # What takes long goes on beside the other tests.
    $clocked = Start-TestSandbox
    Set-JobSecondsByPrompt $clocked
    $nineOneFour = Start-LumaScript ('param($connection) "9 s", "1 s", "4 s" | New-LumaVideo -Connection $connection | ' +
        'Wait-LumaJob') (New-TestConnection $clocked)

    $sandbox = Start-TestSandbox
    $sandbox | Connect-Luma
    $job = New-LumaVideo 'done'
    $second = New-LumaVideo 'done as well'
    $sandbox.JobSeconds = 600
    $running = New-LumaVideo 'takes long'
    $sandbox.JobSeconds = 0
}

AfterAll { Exit-LumaTest }

Describe 'Wait-LumaJob' {
    BeforeEach {
        $sandbox.Behave()
        $before = $sandbox.RequestCount
    }

    It 'takes <Form>, and asks at once where the age is not known' -ForEach @(
        @{ Form = 'text'; Script = { $job.JobId, $second.JobId | Wait-LumaJob } }
        @{ Form = 'Guids'; Script = { [guid]$job.JobId, [guid]$second.JobId | Wait-LumaJob } }
        @{ Form = '-JobId'; Script = { Wait-LumaJob -JobId $job.JobId, $second.JobId } }
        @{ Form = 'an argument'; Script = { Wait-LumaJob $job.JobId, $second.JobId } }
        @{ Form = 'objects with a JobId'; Script = { $job, $second | Select-Object JobId | Wait-LumaJob } }
        @{
            Form = 'JSON'
            Script = { $job, $second | ConvertTo-Json | ConvertFrom-Json | Select-Object * -ExcludeProperty SubmittedAt | Wait-LumaJob }
        }
        @{ Form = 'rows of a CSV file'; Script = { "jobId,note`n$($job.JobId),x`n$($second.JobId),y" | ConvertFrom-Csv | Wait-LumaJob } }
    ) {
        Use-NewJournal
        $result = Invoke-Luma $Script
        $result.Errors | Should -BeNullOrEmpty
        $result.Output | Should -BeOfType Luma.LumaJob
        $result.Output.JobId | Sort-Object | Should -Be ($job.JobId, $second.JobId | Sort-Object)
        $result.Output.Status | Should -Be 'Succeeded', 'Succeeded'
        $result.Output.VideoUrl | Should -Not -BeNullOrEmpty
        $result.Seconds | Should -BeLessThan 2.9 # A new one is asked about at an age of 3.
        $sandbox.RequestCount | Should -Be ($before + 2)
    }

    It 'asks the service about a stored job, whatever the file says of its state' {
        $running | Export-Clixml TestDrive:/job.xml
        (Get-Content TestDrive:/job.xml -Raw).Replace('Pending', 'Succeeded') | Set-Content TestDrive:/job.xml
        (Import-Clixml TestDrive:/job.xml).Status | Should -Be 'Succeeded'
        $result = Invoke-Luma { Import-Clixml TestDrive:/job.xml | Wait-LumaJob -Timeout 0 }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaWaitTimeout,LumaPS.Commands.WaitLumaJobCommand'
    }

    It 'lets a job that has ended out without asking again' {
        $ended = $job | Get-LumaJob
        $before = $sandbox.RequestCount
        ($ended | Wait-LumaJob).JobId | Should -Be $job.JobId
        $sandbox.RequestCount | Should -Be $before
    }

    It 'asks about a new job after -PollingInterval, not before' {
        $result = Invoke-Luma { New-LumaVideo 'new' | Wait-LumaJob -PollingInterval 1 }
        $result.Output.Status | Should -Be 'Succeeded'
        $result.Seconds | Should -BeGreaterThan 0.95
        $result.Seconds | Should -BeLessThan 2.9 # Else it is 3.
        $sandbox.RequestCount | Should -Be ($before + 2)
    }

    It 'lets a failed job out, and then writes the error' {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::FailJob('a banned word'))
        $failed = New-LumaVideo 'fails'
        $all = $failed.JobId, $job.JobId | Wait-LumaJob 2>&1
        $all.Count | Should -Be 3
        $index = [Array]::IndexOf($all.ForEach({ $_ -is [Luma.LumaJob] ? $_.Status : 'error' }), 'Failed')
        $all[$index].JobId | Should -Be $failed.JobId
        $all[$index].Message | Should -BeExactly 'a banned word'
        $record = $all[$index + 1]
        $record.FullyQualifiedErrorId | Should -BeExactly 'LumaJobFailed,LumaPS.Commands.WaitLumaJobCommand'
        $record.CategoryInfo.Category | Should -Be 'OperationStopped'
        $record.TargetObject | Should -Be $failed.JobId
        $record.Exception.Message | Should -BeLike '*a banned word*'

        $result = Invoke-Luma { $failed.JobId | Wait-LumaJob -ErrorAction Stop }
        $result.Output.Status | Should -Be 'Failed'
        $result.Terminated | Should -BeTrue
    }

    It 'says why a job failed and what to do about it: <Message>' -ForEach @(
        @{
            Message = 'Frame moderation failed'
            Kind = 'Moderation'
            Says = '*did not pass moderation*'
            Do = 'Change the prompt or the pictures*'
        }
        @{
            Message = 'Failed to read user input frames'
            Kind = 'InvalidInput'
            Says = '*cannot work as it is*'
            Do = 'Correct what the reason names*'
        }
        @{ Message = 'Job Timeout'; Kind = 'Service'; Says = '*fault of the service*'; Do = 'Submit the same request again*' }
        @{ Message = 'the weather'; Kind = 'Unknown'; Says = '*the weather. The provider*'; Do = 'Change what the reason names, if*' }
    ) {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::FailJob($Message))
        $failed = New-LumaVideo 'fails'
        $failed.FailureKind | Should -BeNullOrEmpty
        $result = Invoke-Luma { $failed.JobId | Wait-LumaJob }
        $result.Output.FailureKind | Should -BeExactly $Kind
        $result.Errors[0].Exception.Message | Should -BeLike $Says
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -BeLike $Do
        (Get-LumaJob -Status Failed | Where-Object JobId -EQ $failed.JobId).FailureKind |
            Should -BeExactly $Kind -Because 'the journal tells it as well'
    }

    It 'gives up after -Timeout <Given>, with the jobId and the way on' -ForEach @(
        @{ Given = 1; Seconds = 1 }
        @{ Given = 1.5; Seconds = 1.5 }
        @{ Given = '0.5'; Seconds = 0.5 }
        @{ Given = [timespan]::FromSeconds(0.7); Seconds = 0.7 }
        @{ Given = '00:00:01'; Seconds = 1 }
        @{ Given = 0; Seconds = 0 }
    ) {
        $result = Invoke-Luma { $running.JobId | Wait-LumaJob -Timeout $Given }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaWaitTimeout,LumaPS.Commands.WaitLumaJobCommand'
        $result.Errors[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        $result.Errors[0].TargetObject | Should -Be $running.JobId
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -BeLike "*$($running.JobId)*"
        $result.Seconds | Should -BeGreaterOrEqual ($Seconds - 0.05)
        $result.Seconds | Should -BeLessThan ($Seconds + 2.9)
        $sandbox.RequestCount | Should -Be ($before + 1)
    }

    It 'says after -Timeout what came last, and warns of a hook listener that is not running' {
        $sandbox.MisbehaveAlways('Fetch', [Luma.Sandbox.SandboxFault]::Html(502))
        $listener = Start-LumaHookListener
        $listener | Stop-LumaHookListener
        $result = Invoke-Luma { $running.JobId | Wait-LumaJob -Timeout 0 -HookListener $listener }
        $result.Errors[0].Exception.Message | Should -BeLike '*(the last poll got HTTP 502, an HTML page)*'
        $result.Warning | Should -HaveCount 1
        $result.Warning[0] | Should -BeLike '*hook listener is not running*'
    }

    It 'asks about every job once, also with -TimeoutSec 0' {
        $new = New-LumaVideo 'new'
        Use-NewJournal
        $before = $sandbox.RequestCount
        $result = Invoke-Luma { $running, $job.JobId, $new | Wait-LumaJob -TimeoutSec 0 }
        $result.Output.JobId | Sort-Object | Should -Be ($job.JobId, $new.JobId | Sort-Object)
        $result.Errors.TargetObject | Should -Be $running.JobId
        $sandbox.RequestCount | Should -Be ($before + 3)
        $result.Seconds | Should -BeLessThan 2.9 # A new one is asked about at an age of 3.
    }

    It 'is content with the first with -Any' {
        Use-NewJournal
        $result = Invoke-Luma { $running.JobId, $job.JobId, $running | Wait-LumaJob -Any }
        $result.Output.JobId | Should -Be $job.JobId
        $result.Errors | Should -BeNullOrEmpty
        $result.Seconds | Should -BeLessThan 2.9 # A new one is asked about at an age of 3.
    }

    It 'refuses <Case>' -ForEach @(
        @{ Case = '-PollingInterval 0.9'; Settings = @{ PollingInterval = 0.9 } }
        @{ Case = '-Timeout -1'; Settings = @{ Timeout = -1 } }
    ) {
        $result = Invoke-Luma { $job.JobId | Wait-LumaJob @Settings }
        $result.Terminated | Should -BeTrue
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.WaitLumaJobCommand'
        $sandbox.RequestCount | Should -Be $before
    }

    It 'writes an error for <Case> alone, and waits for the others' -ForEach @(
        @{
            Case = 'a job of another service'
            Other = { [Luma.LumaJob]@{ JobId = 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3'; Service = 'api.ttapi.io' } }
        }
        @{ Case = 'a malformed jobId'; Other = { 'ed1a1b01' } }
        @{ Case = 'an object without a JobId'; Other = { Get-Item $PSCommandPath } }
    ) {
        Use-NewJournal
        $result = Invoke-Luma { $job.JobId, (& $Other), $second.JobId | Wait-LumaJob }
        $result.Output.JobId | Sort-Object | Should -Be ($job.JobId, $second.JobId | Sort-Object)
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.WaitLumaJobCommand'
        $sandbox.RequestCount | Should -Be ($before + 2)
    }

    It 'asks each job''s own service' {
        $other = Start-TestSandbox
        $foreign = New-LumaVideo 'elsewhere' -Connection (New-TestConnection $other)
        $sandbox | Connect-Luma
        $result = Invoke-Luma { $job.JobId, $foreign | Wait-LumaJob -PollingInterval 1 }
        $result.Output.JobId | Should -Be $job.JobId, $foreign.JobId
        $result.Errors | Should -BeNullOrEmpty
        $other.RequestCount | Should -Be 2
    }
}

Describe 'What an answer does to a wait' {
    BeforeEach {
        $sandbox.Behave()
        $before = $sandbox.RequestCount
    }

    It 'nothing, where it decides nothing about the job' {
        $id = $job.JobId
        $faults = @(
            [Luma.Sandbox.SandboxFault]::Html(401)
            [Luma.Sandbox.SandboxFault]::Html(402)
            [Luma.Sandbox.SandboxFault]::Html(403)
            [Luma.Sandbox.SandboxFault]::Html(404)
            [Luma.Sandbox.SandboxFault]::Html(200)
            [Luma.Sandbox.SandboxFault]::Html(502)
            [Luma.Sandbox.SandboxFault]::Status(404, 'not yet')
            [Luma.Sandbox.SandboxFault]::Status(500, 'no')
            [Luma.Sandbox.SandboxFault]::Reply(200, 'application/json', '{"status":"FAILED","message":"no","data":null}')
            [Luma.Sandbox.SandboxFault]::Reply(200, 'application/json', ('{"status":"FAILED",' +
                '"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}'))
            [Luma.Sandbox.SandboxFault]::Reply(429, 'application/json', "{`"status`":`"FAILED`",`"jobId`":`"$id`"}")
            [Luma.Sandbox.SandboxFault]::Reply(500, 'application/json', "{`"status`":`"FAILED`",`"jobId`":`"$id`"}")
            [Luma.Sandbox.SandboxFault]::NoVideoUrl()
            [Luma.Sandbox.SandboxFault]::CloseWithoutReply()
            [Luma.Sandbox.SandboxFault]::TruncateBody(30)
            [Luma.Sandbox.SandboxFault]::Redirect(307, 'http://127.0.0.1:9/'))
        $sandbox.Misbehave('Fetch', $faults)
        $result = Invoke-Luma { , $id * $faults.Count | Wait-LumaJob -PollingInterval 1 }
        $result.Errors | Should -BeNullOrEmpty
        $result.Output.Status | Should -Be (, 'Succeeded' * $faults.Count)
        $sandbox.RequestCount | Should -Be ($before + 2 * $faults.Count)
    }

    It 'the end as an error about the request, and the job stays what it was: <Code>' -ForEach @(
        @{ Code = 401; ErrorId = 'LumaUnauthorized' }
        @{ Code = 402; ErrorId = 'LumaQuotaExhausted' }
        @{ Code = 403; ErrorId = 'LumaAccountBlocked' }
    ) {
        $sandbox.Misbehave('Fetch', [Luma.Sandbox.SandboxFault]::Status($Code, 'no'))
        $result = Invoke-Luma { $running | Wait-LumaJob -Timeout 0 }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly "$ErrorId,LumaPS.Commands.WaitLumaJobCommand"
        $result.Errors[0].TargetObject | Should -Be $running.JobId
        $running.Status | Should -Be 'Pending'
    }

    It 'the end where a job older than two minutes is not known' {
        $old = [pscustomobject]@{ JobId = '00000000-0000-0000-0000-000000000000'; SubmittedAt = [datetime]::Now.AddMinutes(-3) }
        $result = Invoke-Luma { $old | Wait-LumaJob }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaJobNotFound,LumaPS.Commands.WaitLumaJobCommand'
        $result.Errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $result.Seconds | Should -BeLessThan 2.9 # A new one is asked about at an age of 3.
        $sandbox.RequestCount | Should -Be ($before + 1)
    }
}

Describe 'When a job comes out of Wait-LumaJob' {
    It 'is within a second, where it is ready and older than 3 s' {
        Wait-Until { [datetime]::Now - $job.SubmittedAt -gt '0:0:3' }
        $result = Invoke-Luma { $job | Wait-LumaJob }
        $result.Output.Status | Should -Be 'Succeeded'
        $result.Seconds | Should -BeLessThan 1
    }

    It 'is as soon as it has ended: of 9, 1 and 4 s in the order 1, 4, 9' {
        $jobs = Receive-LumaScript $nineOneFour
        $jobs.Prompt | Should -BeExactly '1 s', '4 s', '9 s'
        $jobs.Status | Should -Be 'Succeeded', 'Succeeded', 'Succeeded'
        $lateness = $jobs | ForEach-Object { ($_.CompletedAt - $_.SubmittedAt).TotalSeconds - $_.Prompt.Split(' ')[0] }
        $lateness | Should -BeGreaterThan 0
        $lateness | Should -BeLessThan 6
    }
}

Describe 'What -Timeout takes' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $sandbox.JobSeconds = 600
        $open = New-LumaVideo 'a paper boat'
    }

    It '<Given> as <Meant>' -ForEach @(
        @{ Given = { 0 }; Meant = '00:00:00' }
        @{ Given = { '0.5s' }; Meant = '00:00:00.5' }
        @{ Given = { '90s' }; Meant = '00:01:30' }
        @{ Given = { '10m' }; Meant = '00:10:00' }
        @{ Given = { '1h30m' }; Meant = '01:30:00' }
        @{ Given = { '2 hours' }; Meant = '02:00:00' }
        @{ Given = { '1d' }; Meant = '1.00:00:00' }
        @{ Given = { '0:10:00' }; Meant = '00:10:00' }
        @{ Given = { [timespan]'0:10:00' }; Meant = '00:10:00' }
        @{ Given = { 90 }; Meant = '00:01:30' }
    ) {
        $attribute = (Get-Command Wait-LumaJob).Parameters['Timeout'].Attributes.Where(
            { $_ -is [Management.Automation.ArgumentTransformationAttribute] })[0]
        $made = $attribute.Transform($ExecutionContext, (& $Given))
        [timespan]$made | Should -Be ([timespan]$Meant)
    }

    It 'and refuses anything else in words' {
        $result = Invoke-Luma { $open | Wait-LumaJob -Timeout 'ten minutes' }
        $result.Errors[0].Exception.Message | Should -BeLike "*'ten minutes' is not a length of time.*10m*"
    }

    It 'as it is typed' {
        (Invoke-Luma { $open | Wait-LumaJob -Timeout 0m }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaWaitTimeout,LumaPS.Commands.WaitLumaJobCommand'
    }
}
