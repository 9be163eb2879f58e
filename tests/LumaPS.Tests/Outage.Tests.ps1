BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    Use-NewJournal
    $port = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
    $port.Start()
    $address = "http://$($port.LocalEndpoint)"
    $port.Stop() # Nobody listens there any more.
}

AfterAll { Exit-LumaTest }

Describe 'New-LumaVideo without a service' {
    It 'ends forty rows with one reason and a count, and the rest is not sent' {
        $connection = Connect-Luma -ApiKey (
            ConvertTo-SecureString 'a-made-up-key' -AsPlainText -Force) -BaseUri $address -MaximumRetryCount 1 -PassThru
        $result = Invoke-Luma { 1..40 | ForEach-Object { "shot $_" } | New-LumaVideo -Connection $connection -Verbose }
        $result.Output | Should -BeNullOrEmpty
        @($result.Verbose.Message -like 'POST *').Count | Should -BeIn (5..12) -Because 'four go at a time, one of them once more'
        $failures = $result.Errors
        $failures.Count | Should -Be 2
        $failures.ForEach({ $_.FullyQualifiedErrorId }) | Select-Object -Unique |
            Should -Be 'LumaNetworkError,LumaPS.Commands.NewLumaVideoCommand'
        "$($failures[0])" | Should -Match 'did not reach'
        "$($failures[1])" | Should -Match '^39 more of this input'
        $failures[1].TargetObject.Count | Should -Be 39
    }

    It 'says at once that the sandbox was stopped' {
        $sandbox = Start-LumaSandbox
        $sandbox | Connect-Luma
        $sandbox | Stop-LumaSandbox
        $null = New-LumaVideo 'a car' -ErrorVariable failures -ErrorAction SilentlyContinue
        "$($failures[0])" | Should -Match 'The sandbox at .+ was stopped.+nothing was charged'
    }
}

Describe 'Jobs of a sandbox that was stopped' {
    BeforeAll {
        $sandbox = Start-LumaSandbox -JobSeconds 600
        $sandbox | Connect-Luma
        $job = New-LumaVideo 'a car'
    }

    It 'end a wait that is under way, and every later question, at once' {
        $running = Start-LumaScript '$args[0] | Wait-LumaJob -PollingInterval 1' $job
        Wait-Until { $sandbox.RequestCount -gt 1 }
        $sandbox | Stop-LumaSandbox
        $null = Receive-LumaScript $running
        $running.Errors.Exception.Message | Should -BeLike "The sandbox at $($sandbox.BaseUri) was stopped*$($job.JobId)*"
        foreach ($script in { $job | Wait-LumaJob }, { $job | Get-LumaJob }, { Get-LumaJob -Refresh },
            { $job | Save-LumaVideo $TestDrive }) {
            $result = Invoke-Luma $script
            $result.Errors.FullyQualifiedErrorId | Should -BeLike 'LumaNetworkError,*'
            "$($result.Errors)" | Should -BeLike '*was stopped*'
            $result.Errors[0].TargetObject | Should -Be $job.JobId
        }
    }
}
