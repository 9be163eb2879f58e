BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $sandbox = Start-TestSandbox
    $other = Start-TestSandbox
}

AfterAll { Exit-LumaTest }

Describe 'Connect-Luma' {
    BeforeEach {
        Clear-LumaConnection
        $before = $sandbox.RequestCount
        $otherBefore = $other.RequestCount
    }

    AfterAll { Clear-LumaConnection }

    It 'takes the key as text, and gives nothing' {
        Connect-Luma -ApiKey $sandbox.ApiKey -BaseUri $sandbox.BaseUri | Should -BeNullOrEmpty
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'is waited for by what begins in another runspace meanwhile' {
        $connection = New-TestConnection $sandbox
        $job = New-LumaVideo 'beside it' -Connection $connection
        $begun, $gate = [Threading.ManualResetEventSlim]::new(), [Threading.ManualResetEventSlim]::new()
        $connecting = Start-LumaScript -Arguments $begun, $gate, $other -Script '
            param($begun, $gate, $other)
            & { $begun.Set(); $gate.Wait(); $other } | Connect-Luma'
        $begun.Wait(30000) | Should -BeTrue
        $beside = Start-LumaScript -Arguments $job -Script '$args[0] | Wait-LumaJob'
        $beside.Result.AsyncWaitHandle.WaitOne(500) | Should -BeFalse -Because 'whoever connects is about to succeed'
        $gate.Set()
        (Receive-LumaScript $beside).Status | Should -BeExactly Succeeded
        $beside.Errors | Should -BeNullOrEmpty
        $null = Receive-LumaScript $connecting
    }

    It 'takes the key as a SecureString' {
        $secret = [securestring]::new()
        $sandbox.ApiKey.ToCharArray().ForEach({ $secret.AppendChar($_) })
        Connect-Luma $secret -BaseUri $sandbox.BaseUri
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'takes the password of a PSCredential, as secret stores return it' {
        Connect-Luma ([pscredential]::new('TTAPI', (ConvertTo-SecureString $sandbox.ApiKey -AsPlainText -Force))) -BaseUri $sandbox.BaseUri
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'takes a key without the line end it has in a file' {
        Connect-Luma "$($sandbox.ApiKey)`r`n" -BaseUri $sandbox.BaseUri
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
        $env:TTAPI_KEY = "$($sandbox.ApiKey)`n"
        $env:TTAPI_BASE_URI = $sandbox.BaseUri
        Disconnect-Luma
        (New-LumaVideo 'a blue car').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'names the environment variable where the key came from there' {
        $env:TTAPI_KEY = 'made up'
        (Invoke-Luma { New-LumaVideo 'a red car' }).Errors[0].Exception.Message |
            Should -BeLike 'The environment variable TTAPI_KEY contains a space*'
    }

    It 'takes user and password out of a -Proxy, and shows them nowhere' -ForEach 'http://alice:p%40ss-made-up@127.0.0.1:1',
        'http://alice:p@ss-made-up@127.0.0.1:1' {
        $connection = Connect-Luma -ApiKey $sandbox.ApiKey -BaseUri $sandbox.BaseUri -Proxy $_ -MaximumRetryCount 0 -PassThru
        $connection.Proxy.OriginalString | Should -Be 'http://127.0.0.1:1'
        $result = Invoke-Luma { New-LumaVideo 'a red car' -Verbose }
        $shown = "$($result.Errors) $($result.Errors.Exception) $($result.Verbose) $($connection | Format-List * -Force | Out-String)"
        $shown | Should -Match '127.0.0.1:1'
        $shown | Should -Not -Match 'ss-made-up|alice'
    }

    It 'is at the proxy whoever a -Proxy names, and shows it nowhere there either' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $running = Start-LumaScript @'
                param($proxy)
                $connection = Connect-Luma -ApiKey made-up-key -BaseUri https://service.example -Proxy $proxy -MaximumRetryCount 0 -PassThru
                $VerbosePreference = 'Continue'
                Get-LumaJob ed1a1b01-7d64-4c8a-acaa-71185d23a2f3 -Connection $connection *>&1
'@ "http://alice:p%40ss@127.0.0.1:$($listener.LocalEndpoint.Port)"
            $heads = [Collections.Generic.List[string]]::new()
            foreach ($try in 1, 2) {
                $accepting = $listener.AcceptTcpClientAsync()
                if (-not $accepting.Wait(20000)) { break } # It went away without a second try.
                $client = $accepting.Result
                $reader = [IO.StreamReader]::new($client.GetStream())
                $lines = while ($line = $reader.ReadLine()) { $line }
                $heads.Add($lines -join "`n")
                $answer = [Text.Encoding]::ASCII.GetBytes(("HTTP/1.1 $($try -eq 1 ? 407 : 503) No`r`nProxy-Authenticate: Basic " +
                    "realm=""x""`r`nConnection: close`r`nContent-Length: 0`r`n`r`n"))
                $client.GetStream().Write($answer)
                $client.Dispose()
            }
            $output = Receive-LumaScript $running
        }
        finally {
            $listener.Stop()
            Clear-LumaConnection
        }
        $heads | Should -HaveCount 2
        $heads[0] | Should -Match '^CONNECT service.example:443'
        $heads[1] | Should -Match "Proxy-Authorization: Basic $([Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes('alice:p@ss')))"
        $shown = $output | ForEach-Object { "$_ $($_ | Format-List * -Force | Out-String) $($_.Exception)" } | Out-String
        $shown | Should -Match '503'
        $shown | Should -Not -Match 'alice|p@ss|p%40ss'
    }

    It 'shows user and password of HTTPS_PROXY nowhere, and tells of a proxy that .NET skips, once' {
        $said = Invoke-NewProcess @'
            if (-not $IsWindows) {
                'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy' |
                    ForEach-Object { Remove-Item env:$_ -ErrorAction Ignore }
            }
            Import-Module $env:LUMAPS_TEST_MODULE
            $VerbosePreference = 'Continue'
            $connection = Connect-Luma -ApiKey made-up-key -BaseUri https://service.example -MaximumRetryCount 0 -PassThru
            & {
                try { Get-LumaJob ed1a1b01-7d64-4c8a-acaa-71185d23a2f3 -ErrorAction Stop }
                catch { "$_ $($_.Exception) $($_ | Format-List * -Force | Out-String)" }
            } *>&1 | Out-String
            $connection | Format-List * -Force | Out-String
            $env:HTTPS_PROXY = 'socks5h://alice:s3cret@127.0.0.1:1'
            $env:TTAPI_KEY = 'made-up-key'
            $env:TTAPI_BASE_URI = 'http://127.0.0.1:1'
            Disconnect-Luma
            1..2 | ForEach-Object { Get-LumaJob ed1a1b01-7d64-4c8a-acaa-71185d23a2f3 -ErrorAction SilentlyContinue 3>&1 }
'@ @{ HTTPS_PROXY = 'http://alice:s3cret@127.0.0.1:1'; LUMAPS_HOME = $env:LUMAPS_HOME }
        $said | Should -Match '127.0.0.1:1'
        $said | Should -Not -Match 's3cret|alice'
        [regex]::Matches($said, 'HTTPS_PROXY is socks5h://127.0.0.1:1').Count | Should -Be 1
    }

    It 'tells of a socks5h proxy in the environment, which .NET skips' {
        $env:ALL_PROXY = 'socks5h://me:secret-in-here@proxy.test:1080'
        try { Connect-Luma -ApiKey made-up-key -WarningVariable warnings -WarningAction SilentlyContinue }
        finally { $env:ALL_PROXY = $null }
        "$warnings" | Should -BeLike '*ALL_PROXY is socks5h://proxy.test:1080*without a proxy*'
    }

    It 'makes a connection beside that of the process with -Scope None, known by its name' {
        $sandbox | Connect-Luma
        $mine = $other | Connect-Luma -Name 'the other one' -Scope None -PassThru
        (Get-LumaConnection).BaseUri | Should -Be $sandbox.BaseUri
        (Get-LumaConnection -Name 'the*').BaseUri | Should -Be $mine.BaseUri
        (New-LumaVideo 'a red car' -Connection 'the other one').JobId | Should -Be $other.Jobs[-1].JobId
        { New-LumaVideo 'a red car' -Connection 'no such one' } | Should -Throw "*'no such one'*Known are the other one*"
        Disconnect-Luma -Name 'the other one'
        Get-LumaConnection -Name * | Should -BeNullOrEmpty
        (Get-LumaConnection).BaseUri | Should -Be $sandbox.BaseUri
        (Invoke-Luma { Get-LumaConnection -Name 'the other one' }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.GetLumaConnectionCommand'
    }

    It 'takes a sandbox from the pipeline' {
        $sandbox | Connect-Luma
        (Get-LumaConnection).BaseUri | Should -Be $sandbox.BaseUri
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'takes key and address from the environment' {
        $env:TTAPI_KEY = $sandbox.ApiKey
        $env:TTAPI_BASE_URI = $sandbox.BaseUri
        Connect-Luma
        $env:TTAPI_KEY = $env:TTAPI_BASE_URI = $null
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'goes to the real service unless told otherwise' {
        $env:TTAPI_KEY = $sandbox.ApiKey
        (Connect-Luma -PassThru).BaseUri | Should -Be 'https://api.ttapi.io/'
        Disconnect-Luma
        (Get-LumaConnection).BaseUri | Should -Be 'https://api.ttapi.io/'
    }

    It 'sends nothing itself' {
        Connect-Luma -ApiKey 'wrong' -BaseUri $sandbox.BaseUri
        $sandbox.RequestCount | Should -Be $before
    }

    It 'gives the connection with -PassThru, with what was set' {
        $service = @{ ApiKey = $sandbox.ApiKey; BaseUri = $sandbox.BaseUri }
        $connection = Connect-Luma @service -TimeoutSec 7 -MaximumRetryCount 2 -Proxy 'http://127.0.0.1:1' -PassThru
        $connection | Should -BeOfType Luma.LumaConnection
        $connection.TimeoutSec | Should -Be 7
        $connection.MaximumRetryCount | Should -Be 2
        $connection.Proxy | Should -Be 'http://127.0.0.1:1/'
        (Connect-Luma -ApiKey made-up-key -NoProxy -PassThru).NoProxy | Should -BeTrue
    }

    It 'refuses <Case>' -ForEach @(
        @{ Case = 'no key'; Settings = @{ BaseUri = 'https://example.test' }; ErrorId = 'LumaKeyMissing'; Category = 'AuthenticationError' }
        @{ Case = 'an empty key'; Settings = @{ ApiKey = '' }; ErrorId = 'LumaKeyMissing'; Category = 'AuthenticationError' }
        @{ Case = 'a $null key'; Settings = @{ ApiKey = $null }; ErrorId = 'LumaKeyMissing'; Category = 'AuthenticationError' }
        @{
            Case = 'a key of an array'
            Settings = @{ ApiKey = @('secret-in-here', 'b') }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = 'a key of a hashtable'
            Settings = @{ ApiKey = @{ Key = 'secret-in-here' } }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{ Case = 'a key of bytes'; Settings = @{ ApiKey = [byte[]](1, 2, 3) }; ErrorId = 'LumaInvalidValue'; Category = 'InvalidArgument' }
        @{ Case = 'a key of $true'; Settings = @{ ApiKey = $true }; ErrorId = 'LumaInvalidValue'; Category = 'InvalidArgument' }
        @{
            Case = 'a key of seven characters for a service that is not here'
            Settings = @{ ApiKey = 'seven77' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-ProxyCredential that nobody can be asked for'
            Settings = @{ ApiKey = 'made-up-key'; ProxyCredential = 'someone' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-Proxy with two addresses'
            Settings = @{ ApiKey = 'made-up-key'; Proxy = @('http://a.test', 'http://b.test') }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-Proxy socks5h, which .NET skips'
            Settings = @{ ApiKey = 'made-up-key'; Proxy = 'socks5h://me:secret-in-here@proxy.test:1080' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-Scope that there is not'
            Settings = @{ ApiKey = 'made-up-key'; Scope = 'Machine' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-Scope None that nobody could use'
            Settings = @{ ApiKey = 'made-up-key'; Scope = 'None' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = 'a key with a line break'
            Settings = @{ ApiKey = "secret-in-here`r`nX-Header: 1" }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = 'plain http to another machine'
            Settings = @{ ApiKey = 'made-up-key'; BaseUri = 'http://example.test' }
            ErrorId = 'LumaInsecureEndpoint'
            Category = 'SecurityError'
        }
        @{
            Case = 'what is not an address'
            Settings = @{ ApiKey = 'made-up-key'; BaseUri = 'api.ttapi.io' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = 'an address with a user'
            Settings = @{ ApiKey = 'made-up-key'; BaseUri = 'https://me:secret-in-here@example.test' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = 'an address with a query'
            Settings = @{ ApiKey = 'made-up-key'; BaseUri = 'https://example.test/?a=1' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-TimeoutSec 0'
            Settings = @{ ApiKey = 'made-up-key'; TimeoutSec = 0 }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-MaximumRetryCount -1'
            Settings = @{ ApiKey = 'made-up-key'; MaximumRetryCount = -1 }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-TimeoutSec 30s'
            Settings = @{ ApiKey = 'made-up-key'; TimeoutSec = '30s' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-MaximumRetryCount many'
            Settings = @{ ApiKey = 'made-up-key'; MaximumRetryCount = 'many' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-Proxy that is not an address'
            Settings = @{ ApiKey = 'made-up-key'; Proxy = 'proxy.test:8080:1' }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
        @{
            Case = '-Proxy with -NoProxy'
            Settings = @{ ApiKey = 'made-up-key'; Proxy = 'http://proxy.test'; NoProxy = $true }
            ErrorId = 'LumaInvalidValue'
            Category = 'InvalidArgument'
        }
    ) {
        $result = Invoke-Luma { Connect-Luma @Settings -ErrorAction SilentlyContinue }
        $result.Terminated | Should -BeTrue
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly "$ErrorId,LumaPS.Commands.ConnectLumaCommand"
        $result.Errors.CategoryInfo.Category | Should -Be $Category
        $result.Errors[0].Exception.Message | Should -Not -Match 'secret-in-here'
    }

    It 'takes plain http to this machine as <_>' -ForEach 'http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1' {
        (Connect-Luma -ApiKey made-up-key -BaseUri $_ -PassThru).NoProxy | Should -BeTrue
    }

    Context 'when it fails' {
        It 'has forgotten the old connection, and blocks the key of the environment' {
            $env:TTAPI_KEY = $other.ApiKey
            $env:TTAPI_BASE_URI = $other.BaseUri
            $sandbox | Connect-Luma
            { Connect-Luma -ApiKey made-up-key -BaseUri 'http://example.test' } |
                Should -Throw -ErrorId 'LumaInsecureEndpoint,LumaPS.Commands.ConnectLumaCommand'
            Get-LumaConnection | Should -BeNullOrEmpty
            $result = Invoke-Luma {
                New-LumaVideo 'a red car'
                'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3' | Add-LumaExtension 'more'
                Get-LumaJob ed1a1b01-7d64-4c8a-acaa-71185d23a2f3
                Wait-LumaJob ed1a1b01-7d64-4c8a-acaa-71185d23a2f3
                Save-LumaVideo -JobId ed1a1b01-7d64-4c8a-acaa-71185d23a2f3 TestDrive:/none
            }
            $result.Output | Should -BeNullOrEmpty
            $result.Errors.FullyQualifiedErrorId -join ' ' |
                Should -Be (('NewLumaVideo', 'AddLumaExtension', 'GetLumaJob', 'WaitLumaJob', 'SaveLumaVideo').ForEach(
                { "LumaKeyMissing,LumaPS.Commands.$($_)Command" }) -join ' ')
            $sandbox.RequestCount | Should -Be $before
            $other.RequestCount | Should -Be $otherBefore
        }

        It 'pays nothing after a sandbox that failed to start' {
            $env:TTAPI_KEY = $other.ApiKey
            $env:TTAPI_BASE_URI = $other.BaseUri
            $sandbox | Connect-Luma
            $result = Invoke-Luma { Start-LumaSandbox -Port $sandbox.Port | Connect-Luma }
            $result.Errors[-1].FullyQualifiedErrorId | Should -BeExactly 'LumaNetworkError,LumaPS.Commands.StartLumaSandboxCommand'
            (Invoke-Luma { New-LumaVideo 'a red car' }).Errors.FullyQualifiedErrorId |
                Should -BeExactly 'LumaKeyMissing,LumaPS.Commands.NewLumaVideoCommand'
            $sandbox.RequestCount | Should -Be $before
            $other.RequestCount | Should -Be $otherBefore
        }

        It 'pays nothing after a pipeline that gave nothing, $null or something else to connect to' {
            $env:TTAPI_KEY = $other.ApiKey
            $env:TTAPI_BASE_URI = $other.BaseUri
            foreach ($script in { @() | Connect-Luma }, { $null | Connect-Luma }, { Get-Date | Connect-Luma }) {
                $sandbox | Connect-Luma
                $result = Invoke-Luma $script
                $result.Errors.Count | Should -BeGreaterThan 0
                (Invoke-Luma { New-LumaVideo 'a red car' }).Errors.FullyQualifiedErrorId |
                    Should -BeExactly 'LumaKeyMissing,LumaPS.Commands.NewLumaVideoCommand' -Because "$script gave nothing"
            }
            $sandbox.RequestCount | Should -Be $before
            $other.RequestCount | Should -Be $otherBefore
        }

        It 'pays nothing after <Name> <Value>, which is no value of that kind' -ForEach @(
            @{ Name = 'TimeoutSec'; Value = '30s' }
            @{ Name = 'MaximumRetryCount'; Value = 'many' }
            @{ Name = 'Proxy'; Value = 'http://[' }
            @{ Name = 'Proxy'; Value = @('a', 'b') }
            @{ Name = 'ProxyCredential'; Value = 'someone' }
        ) {
            $env:TTAPI_KEY = $other.ApiKey
            $env:TTAPI_BASE_URI = $other.BaseUri
            $sandbox | Connect-Luma
            $settings = @{ ApiKey = 'made-up-key'; BaseUri = 'https://example.test'; $Name = $Value }
            { Connect-Luma @settings } | Should -Throw -ErrorId 'LumaInvalidValue,LumaPS.Commands.ConnectLumaCommand'
            (Invoke-Luma { New-LumaVideo 'a red car' }).Errors.FullyQualifiedErrorId |
                Should -BeExactly 'LumaKeyMissing,LumaPS.Commands.NewLumaVideoCommand'
            $sandbox.RequestCount | Should -Be $before
            $other.RequestCount | Should -Be $otherBefore
        }

        It 'pays nothing after a switch that is neither true nor false' {
            $env:TTAPI_KEY = $other.ApiKey
            $env:TTAPI_BASE_URI = $other.BaseUri
            $sandbox | Connect-Luma
            { Connect-Luma -ApiKey made-up-key -BaseUri https://example.test -NoProxy:perhaps } | Should -Throw '*neither*'
            (Invoke-Luma { New-LumaVideo 'a red car' }).Errors.FullyQualifiedErrorId |
                Should -BeExactly 'LumaKeyMissing,LumaPS.Commands.NewLumaVideoCommand'
            $sandbox.RequestCount | Should -Be $before
            $other.RequestCount | Should -Be $otherBefore
        }

        It 'sends nothing for a job that came over the old connection either' {
            $sandbox | Connect-Luma
            $job = New-LumaVideo 'a red car'
            $requests = $sandbox.RequestCount
            { Connect-Luma -ApiKey '' } | Should -Throw
            $result = Invoke-Luma {
                $job | Add-LumaExtension 'more'
                $job | Get-LumaJob
                $job | Wait-LumaJob
                $job | Save-LumaVideo TestDrive:/none
            }
            $result.Output | Should -BeNullOrEmpty
            $result.Errors.FullyQualifiedErrorId -join ' ' |
                Should -Be (('AddLumaExtension', 'GetLumaJob', 'WaitLumaJob', 'SaveLumaVideo').ForEach({ ("LumaKeyMissing," +
                "LumaPS.Commands.$($_)Command") }) -join ' ')
            $sandbox.RequestCount | Should -Be $requests
        }

        It 'works again after the next one, or after Disconnect-Luma' {
            { Connect-Luma -ApiKey '' } | Should -Throw
            $sandbox | Connect-Luma
            (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
            { Connect-Luma -ApiKey '' } | Should -Throw
            Disconnect-Luma
            $env:TTAPI_KEY = $other.ApiKey
            $env:TTAPI_BASE_URI = $other.BaseUri
            (New-LumaVideo 'a red car').JobId | Should -Be $other.Jobs[-1].JobId
        }
    }
}

Describe 'Which connection is used' {
    BeforeEach { Clear-LumaConnection }

    AfterAll { Clear-LumaConnection }

    It 'is the one of the environment, without any Connect-Luma' {
        $env:TTAPI_KEY = $sandbox.ApiKey
        $env:TTAPI_BASE_URI = $sandbox.BaseUri
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
        $env:TTAPI_KEY = $other.ApiKey
        $env:TTAPI_BASE_URI = $other.BaseUri
        (New-LumaVideo 'a red car').JobId | Should -Be $other.Jobs[-1].JobId
    }

    It 'is none without a key anywhere' {
        (Invoke-Luma { New-LumaVideo 'a red car' }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaKeyMissing,LumaPS.Commands.NewLumaVideoCommand'
        Get-LumaConnection | Should -BeNullOrEmpty
    }

    It 'is the one of Connect-Luma rather than the environment' {
        $env:TTAPI_KEY = $other.ApiKey
        $env:TTAPI_BASE_URI = $other.BaseUri
        $sandbox | Connect-Luma
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'is the one of -Connection above all' {
        $connection = New-TestConnection $other
        $sandbox | Connect-Luma
        $job = New-LumaVideo 'a red car' -Connection $connection
        $job.JobId | Should -Be $other.Jobs[-1].JobId
        (Get-LumaJob $job.JobId -Connection $connection).Status | Should -Be 'Succeeded'
        (Wait-LumaJob $job.JobId -Connection $connection).Status | Should -Be 'Succeeded'
        (Save-LumaVideo -JobId $job.JobId (Join-Path $TestDrive connection) -Connection $connection).Length | Should -BeGreaterThan 0
        ($job.JobId | Add-LumaExtension 'more' -Connection $connection).JobId | Should -Be $other.Jobs[-1].JobId
    }

    It 'is the one a job came from, for what follows it' {
        $sandbox | Connect-Luma
        $job = New-LumaVideo 'a red car'
        $other | Connect-Luma
        $requests = $other.RequestCount
        ($job | Get-LumaJob).Status | Should -Be 'Succeeded'
        ($job | Get-LumaJob | Wait-LumaJob).Status | Should -Be 'Succeeded'
        ($job | Add-LumaExtension 'more').JobId | Should -Be $sandbox.Jobs[-1].JobId
        ($job | Save-LumaVideo (Join-Path $TestDrive own)).Length | Should -BeGreaterThan 0
        $other.RequestCount | Should -Be $requests
    }

    It 'is seen by ForEach-Object -Parallel' {
        $sandbox | Connect-Luma
        $jobs = 1..3 | ForEach-Object -Parallel {
            Import-Module $using:LumaModulePath
            New-LumaVideo "car $_"
        }
        $jobs.Count | Should -Be 3
        $jobs | ForEach-Object { $sandbox.Jobs.JobId | Should -Contain $_.JobId }
    }
}

Describe 'Get-LumaConnection' {
    BeforeAll { $sandbox | Connect-Luma }

    AfterAll { Clear-LumaConnection }

    It 'has the key in no form' {
        $connection = Get-LumaConnection
        $file = Join-Path $TestDrive connection.xml
        $connection | Export-Clixml $file -Depth 5
        $texts = @(
            $connection | Format-List * -Force | Out-String
            $connection | Format-Table | Out-String
            $connection | Format-Custom -Depth 5 | Out-String
            $connection | ConvertTo-Json -Depth 5 -WarningAction SilentlyContinue
            $connection | ConvertTo-Csv | Out-String
            "$connection"
            Get-Content $file -Raw
        )
        $texts.Count | Should -Be 7
        $texts -match '\S' | Should -HaveCount 7
        $texts -match $sandbox.ApiKey | Should -BeNullOrEmpty
    }

    It 'gives nothing after Disconnect-Luma' {
        Get-LumaConnection | Should -Not -BeNullOrEmpty
        Disconnect-Luma
        Get-LumaConnection | Should -BeNullOrEmpty
    }

    It 'is an error where the address of the environment is none' {
        $env:TTAPI_KEY = 'k'
        $env:TTAPI_BASE_URI = 'not an address'
        (Invoke-Luma { Get-LumaConnection }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.GetLumaConnectionCommand'
        (Invoke-Luma { New-LumaVideo x }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
    }
}
