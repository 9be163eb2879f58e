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
        $connection = Connect-Luma -ApiKey (ConvertTo-SecureString 'a-made-up-key' -AsPlainText -Force) -BaseUri $address -MaximumRetryCount 1 -PassThru
        $jobs = 1..40 | ForEach-Object { "shot $_" } | New-LumaVideo -Connection $connection -ErrorVariable failures -ErrorAction SilentlyContinue
        $jobs | Should -BeNullOrEmpty
        $failures.Count | Should -Be 2
        $failures.ForEach({ $_.FullyQualifiedErrorId }) | Select-Object -Unique | Should -Be 'LumaNetworkError,LumaPS.Commands.NewLumaVideoCommand'
        "$($failures[0])" | Should -Match 'did not get through'
        "$($failures[1])" | Should -Match '^39 more of this input'
        $failures[1].TargetObject.Count | Should -Be 39
    }

    It 'says at once that the sandbox was stopped' {
        $sandbox = Start-LumaSandbox
        $sandbox | Connect-Luma
        $sandbox | Stop-LumaSandbox
        $null = New-LumaVideo 'a car' -ErrorVariable failures -ErrorAction SilentlyContinue
        "$($failures[0])" | Should -Match 'The sandbox at .+ was stopped.+nothing was paid'
    }
}
