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
    @{ Id = 'LumaUnauthorized'; Fault = 'Generations', 401; Script = { New-LumaVideo a }; Says = 'HTTP 401', 'nothing was paid'; Do = 'Connect-Luma' }
    @{ Id = 'LumaQuotaExhausted'; Fault = 'Generations', 402; Script = { New-LumaVideo a }; Says = 'HTTP 402', 'nothing was paid'; Do = 'Top up' }
    @{ Id = 'LumaAccountBlocked'; Fault = 'Generations', 403; Script = { New-LumaVideo a }; Says = 'HTTP 403', 'nothing was paid'; Do = 'support' }
    @{ Id = 'LumaBadRequest'; Fault = 'Generations', 400; Script = { New-LumaVideo a }; Says = 'HTTP 400', 'The service says: no\.', 'nothing was paid'; Do = 'Change' }
    @{ Id = 'LumaRateLimited'; Fault = 'Generations', 429; Script = { New-LumaVideo a }; Says = 'HTTP 429', 'nothing was paid'; Do = 'Wait' }
    @{ Id = 'LumaSubmitUnconfirmed'; Fault = 'Generations', 500; Script = { New-LumaVideo a }; Says = "'a' was sent", 'may have been made and paid', 'not sent again'; Do = 'Ask the provider' }
    @{ Id = 'LumaServiceError'; Fault = 'Fetch', 500; Script = { $open | Get-LumaJob }; Says = 'HTTP 500', 'says nothing about the job'; OfJob = $true; Do = 'Get-LumaJob' }
    @{ Id = 'LumaJobNotFound'; Fault = 'Fetch', 404; Script = { $open | Get-LumaJob }; Says = 'HTTP 404', 'does not know the job'; OfJob = $true; Do = 'Check the jobId' }
    @{ Id = 'LumaQueueFull'; Fault = 'Fetch', 499; Script = { $open | Get-LumaJob }; Says = 'HTTP 499', 'queue is full'; OfJob = $true; Do = 'Wait until' }
    @{ Id = 'LumaKeyMissing'; Script = { Connect-Luma -ApiKey '' }; Says = 'no API key', 'Nothing was sent'; Do = 'TTAPI_KEY' }
    @{ Id = 'LumaInsecureEndpoint'; Script = { Connect-Luma -ApiKey k -BaseUri http://example.test }; Says = 'plain http', 'Nothing was sent'; Do = 'https://example.test' }
    @{ Id = 'LumaInvalidValue'; Script = { New-LumaVideo a -Duration 10 -Resolution 1080p }; Says = "-Duration '10s' cannot be used", 'Take -Duration 5s', 'Nothing was sent' }
    @{ Id = 'LumaInvalidValue'; Script = { New-LumaVideo }; Says = '^-Prompt is missing\.', 'Nothing was sent' }
    @{ Id = 'LumaNameConflict'; Script = { New-LumaVideo 'a blue car' -Name car }; Says = "Prompt was 'a red car' and is now 'a blue car'", 'Nothing was sent'; OfJob = $true; Do = '-Force' }
    @{ Id = 'LumaJobNotFound'; Script = { Remove-LumaJob -Name nobody }; Says = "Name 'nobody'", 'Nothing was removed'; Do = 'Get-LumaJob' }
    @{ Id = 'LumaJobFailed'; Before = { $sandbox.FailPercent = 100 }; Script = { New-LumaVideo a | Wait-LumaJob }; Says = 'failed', 'The service says: .+\. The provider does not say whether a failed job is charged'; Do = 'new job' }
    @{ Id = 'LumaNoVideo'; Before = { $sandbox.JobSeconds = 600 }; Script = { New-LumaVideo a | Save-LumaVideo $TestDrive/none }; Says = 'no video yet', 'nothing is lost'; Do = 'Wait-LumaJob' }
    @{ Id = 'LumaWaitTimeout'; Before = { $sandbox.JobSeconds = 600 }; Script = { New-LumaVideo a | Wait-LumaJob -Timeout 0 }; Says = 'has not ended', 'nothing is lost'; Do = 'Wait-LumaJob' }
    @{ Id = 'LumaDownloadFailed'; Fault = 'Video', 500; Script = { $job | Save-LumaVideo $TestDrive/none }; Says = 'was not saved', 'is paid and stays'; OfJob = $true; Do = 'Save-LumaVideo' }
    @{ Id = 'LumaFileExists'; Before = { Set-Content $TestDrive/there.mp4 x }; Script = { $job | Save-LumaVideo $TestDrive/there.mp4 }; Says = 'there\.mp4 exists', 'is paid and stays'; OfJob = $true; Do = '-Force' }
    @{ Id = 'LumaNetworkError'; Script = { New-LumaVideo a -Connection (New-TestConnection ([pscustomobject]@{ ApiKey = 'k'; BaseUri = 'http://127.0.0.1:1' }) @{ MaximumRetryCount = 0 }) }; Says = 'did not get through to http://127\.0\.0\.1:1', 'not sent and nothing was paid'; Do = 'Check the network' }
    @{ Id = 'LumaJournalError'; Before = { Set-Content $TestDrive/file x; $env:LUMAPS_HOME = "$TestDrive/file" }; Script = { New-LumaVideo a }; Says = 'journal', 'not sent, and nothing was paid'; Do = 'LUMAPS_HOME' }
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
        $tried = [regex]::Matches((Get-Content -LiteralPath $PSCommandPath -Raw), "Id = '(Luma\w+)'").ForEach({ $_.Groups[1].Value }) | Sort-Object -Unique
        $tried | Should -Be ([Luma.LumaErrorId].GetEnumNames() | Sort-Object)
    }
}
