BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    Use-NewJournal
    $sandbox = Start-TestSandbox
    $key = $sandbox.ApiKey

    # A port on which nobody listens.
    function Get-ClosedAddress {
        $listener = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        "http://$($listener.LocalEndpoint)/"
        $listener.Stop()
    }
}

AfterAll { Exit-LumaTest }

Describe 'Test-LumaConnection' {
    BeforeEach {
        $sandbox.Behave()
        $sandbox.LatencyMilliseconds = 0
        Clear-LumaConnection
        $sandbox | Connect-Luma
    }

    It 'tells that all is well, and submits nothing' {
        $before = $sandbox.RequestCount
        $test = Test-LumaConnection
        $test | Should -BeOfType Luma.LumaConnectionTest
        $test.Problems | Should -BeNullOrEmpty
        $test.Reachable, $test.KeyAccepted, $test.JournalWritable, $test.Ready | Should -Be @($true, $true, $true, $true)
        $test.BaseUri | Should -Be $sandbox.BaseUri
        $test.Service | Should -Be (Get-LumaConnection).Service
        $test.Latency.TotalMilliseconds | Should -BeGreaterThan 0
        $test.Proxy | Should -BeNullOrEmpty
        $test.ClockDifference | Should -Be ([timespan]::Zero)
        $test.Journal, $test.JournalStore | Should -Be @((Join-Path $env:LUMAPS_HOME journal), 'Files')
        $test.ModuleVersion | Should -Be (Get-Module LumaPS).Version.ToString()
        $test.NewerVersion | Should -BeNullOrEmpty
        $sandbox.SubmitCount | Should -Be 0
        $sandbox.RequestCount - $before | Should -BeLessOrEqual 2
    }

    It 'leaves nothing in the journal' {
        $null = Test-LumaConnection
        Get-ChildItem (Join-Path $env:LUMAPS_HOME journal) -Recurse -File | Where-Object Extension -NE .lock | Should -BeNullOrEmpty
        Get-LumaJob | Should -BeNullOrEmpty
    }

    It 'gives a Boolean with -Quiet' {
        Test-LumaConnection -Quiet | Should -BeExactly $true
        $sandbox | Connect-Luma -Name good -Scope None
        Connect-Luma -ApiKey made-up-key-of-nobody -BaseUri $sandbox.BaseUri -Name bad -Scope None
        Get-LumaConnection good, bad | Test-LumaConnection -Quiet | Should -BeExactly $true, $false
        (Test-LumaConnection -Connection bad).Name | Should -Be bad
        Disconnect-Luma good
        Disconnect-Luma bad
    }

    It 'tells of a wrong key, and shows no key' {
        Connect-Luma -ApiKey made-up-key-of-nobody -BaseUri $sandbox.BaseUri
        $test = Test-LumaConnection
        $test.Reachable, $test.KeyAccepted, $test.Ready | Should -Be @($true, $false, $false)
        $test.Problems | Should -BeLike '*HTTP 401*Connect-Luma*'
        ($test | ConvertTo-Json) + ($test | Out-String) | Should -Not -Match 'made-up-key'
    }

    It 'tests without a key whether the service answers, and sends none' {
        Clear-LumaConnection
        $env:TTAPI_BASE_URI = $sandbox.BaseUri
        $test = Test-LumaConnection
        $test.Reachable, $test.KeyAccepted, $test.Ready | Should -Be @($true, $null, $false)
        $test.Latency | Should -Not -BeNullOrEmpty
        $test.Problems | Should -BeLike '*no API key*TTAPI_KEY*'
        "$($test.Problems)" | Should -Not -Match 'Nothing was sent'
        $sandbox.Requests[-1].Headers.ContainsKey('TT-API-KEY') | Should -BeFalse
    }

    It 'sends nothing after a Connect-Luma that did not succeed, and still tests the journal' {
        { Connect-Luma -ApiKey '' } | Should -Throw
        $before = $sandbox.RequestCount
        $test = Test-LumaConnection
        $test.Reachable, $test.BaseUri, $test.JournalWritable | Should -Be @($false, $null, $true)
        $test.Problems | Should -BeLike '*Connect-Luma did not succeed*'
        $sandbox.RequestCount | Should -Be $before
    }

    It 'tells of a service that is not there, at once' {
        Connect-Luma -ApiKey made-up-key-of-nobody -BaseUri (Get-ClosedAddress)
        $result = Invoke-Luma { Test-LumaConnection }
        $result.Errors | Should -BeNullOrEmpty
        $result.Output.Reachable, $result.Output.KeyAccepted, $result.Output.Latency, $result.Output.Ready |
            Should -Be @($false, $null, $null, $false)
        $result.Output.Problems | Should -BeLike 'The service could not be reached: *refused*'
    }

    It 'tells of a sandbox that was stopped' {
        $gone = Start-LumaSandbox
        $gone | Connect-Luma
        Stop-LumaSandbox
        (Test-LumaConnection).Problems | Should -BeLike "The sandbox at $($gone.BaseUri) was stopped.*"
    }

    It 'does not wait longer than it is told to' {
        $sandbox.MisbehaveAlways('Fetch', [Luma.Sandbox.SandboxFault]::Hang())
        $test = Test-LumaConnection -TimeoutSec 1
        $test.Reachable | Should -BeFalse
        $test.Problems | Should -BeLike '*no complete answer within 1 s.'
        (Invoke-Luma { Test-LumaConnection -TimeoutSec 0 }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.TestLumaConnectionCommand'
    }

    It 'stops at once when it is stopped' {
        $sandbox.MisbehaveAlways('Fetch', [Luma.Sandbox.SandboxFault]::Hang())
        $before = $sandbox.RequestCount
        $running = Start-LumaScript 'Test-LumaConnection -TimeoutSec 3600'
        Wait-Until { $sandbox.RequestCount -gt $before }
        $null = Stop-LumaScript $running
    }

    It 'takes the page of a gateway for no answer of the service: <Code>' -ForEach @{ Code = 502 }, @{ Code = 403 }, @{ Code = 200 } {
        $sandbox.MisbehaveAlways('Fetch', [Luma.Sandbox.SandboxFault]::Html($Code))
        $test = Test-LumaConnection
        $test.Reachable, $test.KeyAccepted, $test.ClockDifference | Should -Be @($false, $null, $null)
        $test.Problems | Should -BeLike "*an HTML page, from a proxy, a firewall*HTTP $Code*nothing about the key*"
    }

    It 'draws no conclusion about the key from an answer that anybody gets: <Case>' -ForEach @(
        @{ Case = 'too many requests'; Fault = { [Luma.Sandbox.SandboxFault]::Status(429, 'slow down') }; Says = '*HTTP 429*' }
        @{
            Case = 'an error of the service'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(500, 'no') }
            Says = '*HTTP 500*nothing about the key*'
        }
        @{
            Case = 'an address where nothing is'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(404, 'nothing here') }
            Says = '*HTTP 404 with the key and HTTP 404 without one*Check the address.'
        }
    ) {
        $sandbox.MisbehaveAlways('Fetch', (& $Fault))
        $test = Test-LumaConnection
        $test.Reachable, $test.KeyAccepted, $test.Ready | Should -Be @($true, $null, $false)
        $test.Problems | Should -BeLike $Says
    }

    It 'tells of an account that is blocked, and of one without quota' {
        $sandbox.Misbehave('Fetch', [Luma.Sandbox.SandboxFault]::Status(403, 'blocked'), [Luma.Sandbox.SandboxFault]::Status(402, 'empty'))
        $blocked, $empty = (Test-LumaConnection), (Test-LumaConnection)
        $blocked.KeyAccepted, $empty.KeyAccepted | Should -Be @($false, $true)
        $blocked.Problems | Should -BeLike '*account is blocked*'
        $empty.Problems | Should -BeLike '*quota is used up*'
    }

    It 'names the proxy on the way, without its user and password' {
        $proxy = Start-TestSandbox # It answers for nobody else, and says so.
        Connect-Luma -ApiKey $key -BaseUri $sandbox.BaseUri -Proxy "http://alice:p%40ss-made-up@127.0.0.1:$($proxy.Port)"
        $before = $sandbox.RequestCount
        $test = Test-LumaConnection
        $test.Proxy | Should -Be "http://127.0.0.1:$($proxy.Port)/"
        $proxy.RequestCount | Should -BeGreaterThan 0
        $sandbox.RequestCount | Should -Be $before
        $test | ConvertTo-Json -Depth 4 | Should -Not -Match 'alice|p@ss|p%40ss'
    }

    It 'says that a proxy wants a user' {
        $sandbox.MisbehaveAlways('Fetch', [Luma.Sandbox.SandboxFault]::Html(407))
        $test = Test-LumaConnection
        $test.Reachable | Should -BeFalse
        $test.Problems | Should -BeLike '*proxy*HTTP 407*-ProxyCredential.'
    }

    It 'tells of a journal that cannot be written: <Case>' -ForEach @(
        @{ Case = 'a file in its place'; Place = { Set-Content $TestDrive/file x; "$TestDrive/file" } }
        @{ Case = 'a path that is not absolute'; Place = { 'somewhere' } }
    ) {
        $before = $env:LUMAPS_HOME
        $env:LUMAPS_HOME = & $Place
        try { $test = Test-LumaConnection } finally { $env:LUMAPS_HOME = $before }
        $test.Reachable, $test.KeyAccepted, $test.JournalWritable, $test.Ready | Should -Be @($true, $true, $false, $false)
        "$($test.Problems)" | Should -Match 'LUMAPS_HOME'
    }

    It 'says that no repository is known where the module came from none' {
        $test = Test-LumaConnection -CheckForUpdate
        $test.NewerVersion | Should -BeNullOrEmpty
        $test.Problems | Should -BeLike 'It is not known whether there is a newer version*'
        $test.Ready | Should -BeTrue
    }

    It 'tells of its requests under -Verbose' {
        $result = Invoke-Luma { Test-LumaConnection -Verbose }
        $result.Verbose.Message | Should -Match '^GET /\w+/luma/v1/fetch: 40[14] in '
        "$($result.Verbose)" | Should -Not -Match $key
    }

    It 'is a list that fits 80 columns' {
        $lines = Test-LumaConnection | Out-String -Width 80 -Stream | Where-Object { $_ }
        $lines -match '^(\w+) +:' -replace ' .*' | Should -Be 'BaseUri', 'Reachable', 'KeyAccepted', 'Latency', 'Proxy', 'ClockDifference',
            'Journal', 'JournalWritable', 'ModuleVersion', 'Problems'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
    }
}
