BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    Use-NewJournal
    $sandbox = Start-TestSandbox
    $sandbox | Connect-Luma
}

AfterAll { Exit-LumaTest }

Describe 'Measure-LumaRequest' {
    It 'never invents a price' {
        $measure = 'a', 'b' | Measure-LumaRequest
        $measure.Rows, $measure.ToSubmit, $measure.Unknown | Should -Be @(2, 2, 2)
        $measure.Quota | Should -BeNullOrEmpty
        $measure.Basis | Should -BeNullOrEmpty
        $sandbox.Requests.Count | Should -Be 0
    }

    It 'knows what such jobs cost, which names have a job, and which rows are wrong' {
        $null = New-LumaVideo 'a car' -Mode fast -Name car | Wait-LumaJob
        $before = $sandbox.Requests.Count
        $rows = @(
            [pscustomobject]@{ Name = 'car'; Prompt = 'a car'; Mode = 'fast' }
            [pscustomobject]@{ Name = 'bus'; Prompt = 'a bus'; Mode = 'Fast' }
            [pscustomobject]@{ Name = 'tram'; Prompt = 'a tram'; Mode = 'relax' }
            [pscustomobject]@{ Name = 'car'; Prompt = 'another car'; Mode = 'fast' }
            [pscustomobject]@{ Name = 'x'; Prompt = ''; Mode = 'fast' }
        )
        $measure = $rows | Measure-LumaRequest -ErrorVariable failures -ErrorAction SilentlyContinue
        $measure.Rows, $measure.Invalid, $measure.Known, $measure.ToSubmit, $measure.Unknown | Should -Be @(5, 2, 1, 2, 1)
        $measure.Quota, $measure.USD | Should -Be @(50, 0.5)
        $measure.Basis.Jobs, $measure.Basis.Least, $measure.Basis.Median, $measure.Basis.Most | Should -Be @(1, 50, 50, 50)
        $failures.Count | Should -Be 2
        $sandbox.Requests.Count | Should -Be $before
    }

    It 'needs no key' {
        Clear-LumaConnection
        try { ('a' | Measure-LumaRequest).ToSubmit | Should -Be 1 } finally { $sandbox | Connect-Luma }
    }

    It 'looks at pictures when it is asked to' {
        $port = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $port.Start()
        $dead = "http://$($port.LocalEndpoint)/a.png"
        $port.Stop()
        $measure = New-Object psobject -Property @{ Prompt = 'a'; ImageUrl = $dead } |
            Measure-LumaRequest -TestLinks -WarningVariable warnings -WarningAction SilentlyContinue
        $measure.Links.Problem | Should -Match 'did not respond'
        "$warnings" | Should -Match 'a\.png'
    }

    It 'looks at pictures through the proxy of the connection' {
        $proxy = Start-TestSandbox # It answers 404 for any host.
        $connection =
            Connect-Luma -ApiKey $sandbox.ApiKey -BaseUri $sandbox.BaseUri -Proxy "http://127.0.0.1:$($proxy.Port)" -Scope None -PassThru
        $measure = New-Object psobject -Property @{ Prompt = 'a'; ImageUrl = 'http://pictures.example.invalid/a.png' } |
            Measure-LumaRequest -TestLinks -Connection $connection -WarningAction SilentlyContinue
        $measure.Links.Problem | Should -Be 'It returned HTTP 404.'
        $proxy.Requests.Path | Should -Be '/a.png'
        $proxy.Requests[0].Headers.Keys | Should -Not -Contain 'TT-API-KEY'
    }
}

Describe 'New-LumaVideo, before it is charged' {
    It 'rehearses without a key what would be sent' {
        Clear-LumaConnection
        try {
            $text = Receive-LumaScript (Start-LumaScript ('Start-Transcript $args[0] | Out-Null; New-LumaVideo "a car" -Mode Fast ' +
                '-WhatIf -WarningVariable w -ErrorVariable e; Stop-Transcript | Out-Null; $e.Count') "$TestDrive/t.txt")
            "$text" | Should -Be '0'
        }
        finally { $sandbox | Connect-Luma }
    }

    It 'makes several takes of one prompt, each with its own name' {
        $jobs = New-LumaVideo 'a boat' -Name boat -Count 3
        $jobs.Name | Should -Be @('boat-1', 'boat-2', 'boat-3')
        ($jobs.JobId | Select-Object -Unique).Count | Should -Be 3
        (New-LumaVideo 'a boat' -Name boat -Count 3).JobId | Should -Be $jobs.JobId
    }

    It 'keeps to a budget' {
        $null = New-LumaVideo 'first' -Mode fast | Wait-LumaJob
        $jobs = 1..4 | ForEach-Object { "take $_" } |
            New-LumaVideo -Mode fast -MaximumQuota 120 -ErrorVariable failures -ErrorAction SilentlyContinue
        $jobs.Prompt | Should -Be @('take 1', 'take 2')
        $failures.FullyQualifiedErrorId |
            Should -Be @('LumaBudgetExceeded,LumaPS.Commands.NewLumaVideoCommand', 'LumaBudgetExceeded,LumaPS.Commands.NewLumaVideoCommand')
    }

    It 'waits for the first cost where none was ever seen' {
        Use-NewJournal
        $jobs = 1..4 | ForEach-Object { "take $_" } | New-LumaVideo -MaximumQuota 60 -ErrorVariable failures -ErrorAction SilentlyContinue
        $jobs.Prompt | Should -Be @('take 1', 'take 2')
        $failures.Count | Should -Be 2
    }

    It 'waits for the first cost no longer than Wait-LumaJob would: a sandbox that was stopped ends it' {
        Use-NewJournal
        $slow = Start-LumaSandbox -JobSeconds 600
        $connection = New-TestConnection $slow
        $running = Start-LumaScript '"take 1", "take 2" | New-LumaVideo -MaximumQuota 60 -Connection $args[0]' $connection
        Wait-Until { $slow.RequestCount -gt 1 }
        $slow | Stop-LumaSandbox
        (Receive-LumaScript $running).Prompt | Should -Be 'take 1'
        $running.Errors.Exception.Message | Should -BeLike '*was stopped*nothing was charged*'
        $sandbox | Connect-Luma
    }

    It 'makes failed jobs again when it is told to' {
        $sandbox.FailPercent = 100
        $failed = New-LumaVideo 'it fails' -Name fails -Mode fast | Wait-LumaJob -ErrorAction SilentlyContinue
        $sandbox.FailPercent = 0
        $failed | New-LumaVideo -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        "$failures" | Should -Match '-Resubmit'
        $again = $failed | New-LumaVideo -Resubmit -WarningVariable warnings -WarningAction SilentlyContinue
        $again.Name, $again.Prompt, $again.Mode | Should -Be @('fails', 'it fails', 'fast')
        $again.JobId | Should -Not -Be $failed.JobId
        "$warnings" | Should -Match 'charged again'
    }
}
