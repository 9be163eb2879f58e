BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
}

AfterAll {
    Stop-LumaSandbox
    Exit-LumaTest
}

Describe 'Start-LumaSandbox' {
    AfterEach {
        Stop-LumaSandbox
        Clear-LumaConnection
    }

    It 'gives what Connect-Luma takes' {
        $sandbox = Start-LumaSandbox
        $sandbox | Should -BeOfType Luma.Sandbox.LumaSandbox
        $sandbox.BaseUri | Should -Match '^http://127\.0\.0\.1:\d+/'
        { [guid]$sandbox.ApiKey } | Should -Not -Throw
        $sandbox.IsRunning | Should -BeTrue
        $sandbox | Connect-Luma
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[0].JobId
    }

    It 'runs the pipeline of the readme' {
        Start-LumaSandbox -JobSeconds 0.2 | Connect-Luma
        $file = New-LumaVideo 'a red car driving on a road' | Wait-LumaJob -PollingInterval 1 |
            Save-LumaVideo -Destination (Join-Path $TestDrive videos)
        $file.Length | Should -BeGreaterThan 1000
        [Text.Encoding]::ASCII.GetString([IO.File]::ReadAllBytes($file.FullName), 4, 4) | Should -BeExactly 'ftyp'
    }

    It 'takes the port it is told to' {
        $first = Start-LumaSandbox
        $port = $first.Port
        $first | Stop-LumaSandbox
        (Start-LumaSandbox $port).Port | Should -Be $port
    }

    It 'ends with an error where the port is taken' {
        $first = Start-LumaSandbox
        $result = Invoke-Luma { Start-LumaSandbox -Port $first.Port }
        $result.Terminated | Should -BeTrue
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNetworkError,LumaPS.Commands.StartLumaSandboxCommand'
        $result.Errors[0].TargetObject | Should -Be $first.Port
    }

    It 'refuses -<Name> <Value>' -ForEach @(
        @{ Name = 'Port'; Value = 65536 }
        @{ Name = 'Port'; Value = -1 }
        @{ Name = 'JobSeconds'; Value = -0.1 }
        @{ Name = 'JobSeconds'; Value = [double]::NaN }
        @{ Name = 'FailPercent'; Value = 101 }
        @{ Name = 'LatencyMilliseconds'; Value = -1 }
    ) {
        $settings = @{ $Name = $Value }
        (Invoke-Luma { Start-LumaSandbox @settings }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.StartLumaSandboxCommand'
    }

    It 'lets as many jobs fail as it is told to' {
        Start-LumaSandbox -JobSeconds 0 -FailPercent 50 | Connect-Luma
        $jobs = 1..4 | ForEach-Object { New-LumaVideo "$_" } | Get-LumaJob
        $jobs.Where({ $_.Status -eq 'Failed' }).Count | Should -Be 2
        $jobs.Where({ $_.Status -eq 'Succeeded' }).Count | Should -Be 2
    }

    It 'lets jobs take as long as it is told to' {
        Start-LumaSandbox -JobSeconds 600 | Connect-Luma
        (New-LumaVideo 'a red car' | Get-LumaJob).Status | Should -Be 'Pending'
    }

    It 'holds its answers back as long as it is told to' {
        Start-LumaSandbox -LatencyMilliseconds 300 | Connect-Luma
        (Measure-Command { New-LumaVideo 'a red car' }).TotalSeconds | Should -BeGreaterThan 0.29
    }

    It 'is a service of its own, whose jobs others do not take' {
        Start-LumaSandbox -JobSeconds 0 | Connect-Luma
        $job = New-LumaVideo 'a red car'
        $second = Start-LumaSandbox -JobSeconds 0
        $second | Connect-Luma
        $stored = $job | ConvertTo-Json | ConvertFrom-Json
        $result = Invoke-Luma { $stored | Get-LumaJob }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.GetLumaJobCommand'
        $second.RequestCount | Should -Be 0
    }
}

Describe 'Stop-LumaSandbox' {
    AfterEach { Stop-LumaSandbox }

    It 'stops those of the pipeline, and no others' {
        $first = Start-LumaSandbox
        $second = Start-LumaSandbox
        $first | Stop-LumaSandbox
        $first.IsRunning, $second.IsRunning | Should -Be $false, $true
    }

    It 'stops all without any' {
        $first = Start-LumaSandbox
        $second = Start-LumaSandbox
        Stop-LumaSandbox
        $first.IsRunning, $second.IsRunning | Should -Be $false, $false
        Stop-LumaSandbox
        Stop-LumaSandbox $first
    }

    It 'stops none where the pipeline is empty' {
        $first = Start-LumaSandbox
        @() | Stop-LumaSandbox
        $first.IsRunning | Should -BeTrue
    }

    It 'stops none where a variable that is not there was given: <Case>' -ForEach @(
        @{ Case = 'by name'; Script = { Stop-LumaSandbox -Sandbox $undefined } }
        @{ Case = 'by place'; Script = { Stop-LumaSandbox $undefined } }
        @{ Case = 'an array of one'; Script = { Stop-LumaSandbox -Sandbox @($undefined) } }
        @{ Case = 'in the pipeline'; Script = { $undefined | Stop-LumaSandbox } }
    ) {
        $running = Start-LumaSandbox
        $result = Invoke-Luma $Script
        $running.IsRunning | Should -BeTrue
        $result.Errors[0].FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.StopLumaSandboxCommand'
    }

    It 'restores no connection' {
        $env:TTAPI_KEY = 'k'
        try {
            Start-LumaSandbox | Connect-Luma -MaximumRetryCount 0
            $address = (Get-LumaConnection).BaseUri
            Stop-LumaSandbox
            (Get-LumaConnection).BaseUri | Should -Be $address
            (Invoke-Luma { New-LumaVideo 'a red car' }).Errors.FullyQualifiedErrorId |
                Should -BeExactly 'LumaNetworkError,LumaPS.Commands.NewLumaVideoCommand'
        }
        finally {
            Clear-LumaConnection
        }
    }
}
