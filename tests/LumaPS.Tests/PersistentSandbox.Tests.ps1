# Start-LumaSandbox -Persist: a sandbox in a process of its own, with an address and a key that stay.
BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    Use-NewJournal
    $here = @{ LUMAPS_HOME = $env:LUMAPS_HOME }
    $import = 'Import-Module $env:LUMAPS_TEST_MODULE'
    $processes = [Collections.Generic.List[int]]::new()

    function Get-FreePort {
        $listener = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $listener.LocalEndpoint.Port
        $listener.Stop()
    }

    function Start-Persistent([hashtable] $Settings = @{}) {
        $sandbox = Start-LumaSandbox -Persist -Port $port @Settings
        if (-not $processes.Contains($sandbox.ProcessId)) { $processes.Add($sandbox.ProcessId) }
        $sandbox
    }

    $port = Get-FreePort
}

AfterAll {
    Stop-LumaSandbox -Persist
    $processes | ForEach-Object { Stop-Process -Id $_ -Force -ErrorAction Ignore }
    Exit-LumaTest
}

Describe 'Start-LumaSandbox -Persist' {
    BeforeAll {
        # A file that is not whole is replaced by one with a new key.
        $null = New-Item -ItemType Directory (Join-Path $env:LUMAPS_HOME sandboxes)
        '{"port":' | Set-Content (Join-Path $env:LUMAPS_HOME sandboxes "$port.json")
        if (-not $IsWindows) { chmod 700 (Join-Path $env:LUMAPS_HOME sandboxes) }

        # In a process that ends, and whose output is read to its end: the sandbox must not hold it open.
        $first = Invoke-NewProcess ("$import; `$s = Start-LumaSandbox -Persist -Port $port -JobSeconds 0; `$s | Connect-Luma; `$j = " +
            "New-LumaVideo 'from afar' -Name afar; @{ Uri = `$s.BaseUri; Key = `$s.ApiKey; Id = `$s.ProcessId; Job = `$j.JobId } | " +
            "ConvertTo-Json") $here | ConvertFrom-Json
        $processes.Add($first.Id)
    }

    BeforeEach { Clear-LumaConnection }

    It 'outlives the process that started it, and another one finds it with its jobs' {
        $sandbox = Start-Persistent
        $sandbox | Should -BeOfType Luma.Sandbox.LumaSandboxProcess
        $sandbox.IsRunning, $sandbox.ProcessId, $sandbox.Port, $sandbox.SubmitCount | Should -Be $true, $first.Id, $port, 1
        $sandbox.BaseUri, $sandbox.ApiKey | Should -Be $first.Uri, $first.Key
        $sandbox | Connect-Luma
        (Get-LumaJob -Name afar -Refresh).Status | Should -Be Succeeded
        (Get-LumaJob -Name afar | Save-LumaVideo -Destination $TestDrive).Length | Should -BeGreaterThan 1000
        (New-LumaVideo 'from afar' -Name afar).JobId | Should -Be $first.Job
        Test-LumaConnection -Quiet | Should -BeTrue
    }

    It 'shows no key in its table' {
        Start-Persistent | Out-String | Should -Not -Match $first.Key
    }

    It 'is changed by what the next call gives, and by nothing else' {
        $sandbox = Start-Persistent @{ FailPercent = 100; Strict = $true }
        $sandbox.ProcessId, $sandbox.JobSeconds, $sandbox.FailPercent, $sandbox.Strict | Should -Be $first.Id, 0, 100, $true
        $sandbox | Connect-Luma
        (New-LumaVideo 'it fails' | Get-LumaJob).Status | Should -Be Failed
        (Invoke-Luma { New-LumaVideo 'a car' -AspectRatio 5:4 }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaBadRequest,LumaPS.Commands.NewLumaVideoCommand'
        $sandbox = Start-Persistent @{ FailPercent = 0; Strict = $false }
        $sandbox.FailPercent, $sandbox.Strict, $sandbox.SubmitCount | Should -Be 0, $false, 3
    }

    It 'lets its links expire when it is told to' {
        $sandbox = Start-Persistent
        $sandbox | Connect-Luma
        $job = New-LumaVideo 'a boat' | Wait-LumaJob
        $sandbox.ExpireVideoLinks(410)
        (Invoke-WebRequest $job.VideoUrl -SkipHttpErrorCheck -NoProxy).StatusCode | Should -Be 410
    }

    It 'answers nobody without its key, and counts none of those who look after it' {
        $sandbox = Start-Persistent
        $count = (Start-Persistent).SubmitCount
        $stop = @{ Method = 'Post'; Body = '{"stop":true}'; Headers = @{ 'TT-API-KEY' = 'made-up-key' } }
        (Invoke-WebRequest "$($sandbox.BaseUri)sandbox" @stop -SkipHttpErrorCheck -NoProxy).StatusCode | Should -Be 404
        $sandbox.IsRunning | Should -BeTrue
        (Start-Persistent).SubmitCount | Should -Be $count
    }

    $suffix = $IsWindows ? ' (skipped on Windows, where the folder sees to it)' : ''
    It "keeps its key in a file that only the user can read$suffix" -Skip:$IsWindows {
        $file = Get-Item (Join-Path $env:LUMAPS_HOME sandboxes "$port.json")
        $file.UnixMode | Should -Be '-rw-------'
        (Get-Item $file.DirectoryName).UnixMode | Should -Be 'drwx------'
    }

    $suffix = $IsWindows ? ' (skipped on Windows, where it has a console of its own)' : ''
    It "keeps running when its terminal is closed or Ctrl+C is pressed there$suffix" -Skip:$IsWindows {
        $sandbox = Start-Persistent
        'HUP', 'INT' | ForEach-Object { & (Get-Command kill -CommandType Application)[0] -s $_ $sandbox.ProcessId }
        (Start-Persistent).ProcessId | Should -Be $sandbox.ProcessId
        # The signals of a terminal go to its session; this is one of its own.
        if ($IsLinux) { ((Get-Content "/proc/$($sandbox.ProcessId)/stat") -replace '^.*\) ' -split ' ')[3] | Should -Be $sandbox.ProcessId }
    }

    It 'has the same address and key after it was killed, and none of its jobs; two that start it at the same time start one' {
        Stop-Process -Id $first.Id -Force
        Wait-Until { -not (Get-Process -Id $first.Id -ErrorAction Ignore) }
        $both = 1..2 | ForEach-Object { Start-LumaScript 'Start-LumaSandbox -Persist -Port $args[0] -JobSeconds 0' $port }
        $sandboxes = @($both | ForEach-Object { Receive-LumaScript $_ 90 })
        $processes.AddRange([int[]]$sandboxes.ProcessId)
        $sandboxes.ProcessId | Select-Object -Unique | Should -HaveCount 1
        $sandboxes[0].ProcessId | Should -Not -Be $first.Id
        foreach ($sandbox in $sandboxes) { $sandbox.BaseUri, $sandbox.ApiKey | Should -Be $first.Uri, $first.Key }
        $sandboxes[1] | Connect-Luma
        (Get-LumaJob -Name afar).JobId | Should -Be $first.Job
        (Invoke-Luma { Get-LumaJob $first.Job }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaJobNotFound,LumaPS.Commands.GetLumaJobCommand'
    }

    It 'is not stopped by Stop-LumaSandbox without -Persist; another process stops it' {
        $sandbox = Start-Persistent
        Stop-LumaSandbox
        Stop-LumaSandbox -Port (Get-FreePort)
        $sandbox.IsRunning | Should -BeTrue
        $null = Invoke-NewProcess "$import; Stop-LumaSandbox -Persist" $here
        $sandbox.IsRunning | Should -BeFalse
        Get-Process -Id $sandbox.ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
        Stop-LumaSandbox -Persist
        $sandbox | Stop-LumaSandbox
    }

    It 'says that its port is taken, and leaves no process' {
        $listener = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $taken = $listener.LocalEndpoint.Port
        try { $result = Invoke-Luma { Start-LumaSandbox -Persist -Port $taken } } finally { $listener.Stop() }
        $result.Terminated | Should -BeTrue
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNetworkError,LumaPS.Commands.StartLumaSandboxCommand'
        $result.Errors[0].Exception.Message | Should -BeLike "The sandbox could not start: Port $taken of 127.0.0.1 cannot be opened: *"
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*-Port*'
    }

    It 'leaves no process behind' {
        Get-Process -Id $processes -ErrorAction Ignore | Should -BeNullOrEmpty
        if (-not $IsLinux) { return }
        # Those that never came to answer, too.
        $mark = "LUMAPS_HOME=$env:LUMAPS_HOME"
        $left = Get-ChildItem /proc -Directory | Where-Object Name -Match '^\d+$' | Where-Object {
            try {
                [IO.File]::ReadAllText("$_/cmdline").Contains('SandboxHostProcess') -and
                    [IO.File]::ReadAllText("$_/environ").Contains($mark)
            } catch { $false }
        }
        $left | Should -BeNullOrEmpty
    }
}
