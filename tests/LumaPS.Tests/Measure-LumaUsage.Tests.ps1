BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $env:LUMAPS_HOME = New-TestFolder # Not in TestDrive: a segment is open as long as this process lives, and Windows removes no open file.
    $null = New-Item -ItemType Directory (Join-Path $env:LUMAPS_HOME 'journal')

    # Lines as docs/journal.md has them, of a process that is gone. The sandbox's service is its own.
    $sandbox = Start-TestSandbox
    $connection = New-TestConnection $sandbox
    $sandbox | Connect-Luma
    $probe = New-LumaVideo 'the service''s name'
    $service = $probe.Service
    $probe | Remove-LumaJob -Confirm:$false
    function Add-Record([string] $Id, [datetime] $At, [hashtable] $Request = @{}, [hashtable] $Status, [string] $Of = $service,
        [switch] $Open) {
        $time = [datetime]::SpecifyKind($At, 'Local').ToUniversalTime().ToString('o')
        $lines = @(
            @{
                v = 1
                event = 'intent'
                id = $Id
                at = $time
                service = $Of
                kind = 'Generation'
                prompt = 'x'
                submittedAt = $time
            } + $Request
        )
        if (-not $Open) {
            $lines += @{ v = 1; event = 'accepted'; id = $Id; at = $time; jobId = [guid]::NewGuid().ToString(); submittedAt = $time }
        }
        if ($Status) { $lines += @{ v = 1; event = 'status'; id = $Id; at = $time } + $Status }
        $lines | ForEach-Object { $_ | ConvertTo-Json -Compress } | Add-Content (Join-Path $env:LUMAPS_HOME 'journal/test.jsonl')
    }
    Add-Record 1 '2026-10-31T23:59:59' @{ model = 'ray-v2'; mode = 'fast'; name = 'a' } @{ status = 'Succeeded'; quota = 25 }
    Add-Record 2 '2026-11-01T00:00:00' @{ model = 'ray-v2'; mode = 'relax'; name = 'a, "b"' } @{ status = 'Succeeded'; quota = 12.5 }
    Add-Record 3 '2026-11-01T12:00:00' @{ model = 'ray-v3' } @{ status = 'Failed'; quota = 0 }
    Add-Record 4 '2026-11-02T12:00:00'
    Add-Record 5 '2026-11-02T13:00:00' -Open
    Add-Record 6 '2026-11-02T12:00:00' @{} @{ status = 'Succeeded'; quota = 1000 } 'elsewhere.example'
}

AfterAll {
    Exit-LumaTest
}

Describe 'Measure-LumaUsage' {
    It 'has the contract''s parameters' {
        $command = Get-Command Measure-LumaUsage
        $command.OutputType.Name | Should -BeExactly 'Luma.LumaUsage'
        'After', 'Before', 'GroupBy', 'Connection' | ForEach-Object { $command.Parameters.Keys | Should -Contain $_ }
    }

    It 'adds up this service''s jobs, and says what it does not know' {
        $usage = Measure-LumaUsage
        $usage | Should -BeOfType Luma.LumaUsage
        $usage.Jobs, $usage.Quota, $usage.USD, $usage.QuotaUnknown | Should -Be @(5, 37.5, 0.375, 2)
        $usage.Succeeded, $usage.Failed, $usage.Running, $usage.Pending, $usage.Unconfirmed | Should -Be @(2, 1, 0, 1, 1)
        $usage.Service | Should -BeExactly $service
    }

    It 'asks the service nothing' {
        $before = $sandbox.RequestCount
        $null = Measure-LumaUsage
        $sandbox.RequestCount | Should -Be $before
    }

    It 'takes the service of -Connection, and needs none to be connected' {
        Disconnect-Luma
        try {
            (Measure-LumaUsage).Jobs | Should -Be 0
            (Measure-LumaUsage -Connection $connection).Jobs | Should -Be 5
        }
        finally { $sandbox | Connect-Luma }
    }

    It 'takes what is typed for local time, and its end not with it' {
        (Measure-LumaUsage -After '2026-11-01').Jobs | Should -Be 4
        (Measure-LumaUsage -Before '2026-11-01').Quota | Should -Be 25
        (Measure-LumaUsage -After '2026-11-01' -Before '2026-11-02').Quota | Should -Be 12.5
        (Measure-LumaUsage -After ([datetime]'2026-11-01').ToUniversalTime()).Jobs | Should -Be 4
    }

    It 'groups by <Key>' -ForEach @(
        @{ Key = 'Day'; Groups = '2026-10-31', '2026-11-01', '2026-11-02' }
        @{ Key = 'Month'; Groups = '2026-10', '2026-11' }
        @{ Key = 'Model'; Groups = '(none)', 'ray-v2', 'ray-v3' }
        @{ Key = 'Mode'; Groups = '(none)', 'fast', 'relax' }
        @{ Key = 'Status'; Groups = 'Failed', 'Pending', 'Succeeded', 'Unconfirmed' }
        @{ Key = 'Kind'; Groups = , 'Generation' }
        @{ Key = 'Name'; Groups = '(none)', 'a', 'a, "b"' }
    ) {
        $usage = Measure-LumaUsage -GroupBy $Key
        $usage.$Key | Should -BeExactly $Groups
        ($usage | Measure-Object Jobs -Sum).Sum | Should -Be 5
        ($usage | Measure-Object Quota -Sum).Sum | Should -Be 37.5
    }

    It 'groups by several, and completes them' {
        (Measure-LumaUsage Month, Mode | ForEach-Object { "$($_.Month) $($_.Mode) $($_.Jobs)" }) -join '; ' |
            Should -BeExactly '2026-10 fast 1; 2026-11 (none) 3; 2026-11 relax 1'
        (TabExpansion2 'Measure-LumaUsage -GroupBy M' 28).CompletionMatches.CompletionText | Should -BeExactly @('Mode', 'Model', 'Month')
    }

    It 'survives CSV and JSON in every culture' {
        foreach ($culture in 'de-DE', 'ar-SA', 'en-US') {
            [cultureinfo]::CurrentCulture = $culture
            $row = (Measure-LumaUsage Name | ConvertTo-Csv | ConvertFrom-Csv)[2]
            $row.Name | Should -BeExactly 'a, "b"'
            [decimal]::Parse($row.Quota, [cultureinfo]::CurrentCulture) | Should -Be 12.5
            (Measure-LumaUsage | ConvertTo-Json | ConvertFrom-Json).USD | Should -Be 0.375
        }
        [cultureinfo]::CurrentCulture = 'en-US'
    }

    It 'adds up the jobs of the pipeline and of -Job: <Form>' -ForEach @(
        @{ Form = 'live ones'; Script = { Get-LumaJob -Status Succeeded | Measure-LumaUsage } }
        @{ Form = 'an argument'; Script = { Measure-LumaUsage -Job (Get-LumaJob -Status Succeeded) } }
        @{ Form = 'jobIds'; Script = { (Get-LumaJob -Status Succeeded).JobId | Measure-LumaUsage } }
        @{ Form = 'short jobIds'; Script = { (Get-LumaJob -Status Succeeded).JobId.ForEach({ $_.Substring(0, 13) }) | Measure-LumaUsage } }
        @{ Form = 'stored ones'; Script = { Get-LumaJob -Status Succeeded | ConvertTo-Json | ConvertFrom-Json | Measure-LumaUsage } }
        @{
            Form = 'some of them twice'
            Script = { (Get-LumaJob -Status Succeeded), (Get-LumaJob -Name a) | Write-Output | Measure-LumaUsage }
        }
    ) {
        $usage = & $Script
        $usage.Jobs, $usage.Quota, $usage.QuotaUnknown, $usage.Service | Should -Be @(2, 37.5, 0, $service)
    }

    It 'adds up nothing where nothing comes, groups what comes, and counts a job without a jobId' {
        (Get-LumaJob -Name nothing* | Measure-LumaUsage).Jobs | Should -Be 0
        (Get-LumaJob -Status Succeeded | Measure-LumaUsage Month).Month | Should -BeExactly '2026-10', '2026-11'
        (Get-LumaJob -Status Succeeded | Measure-LumaUsage -After 2026-11-01).Quota | Should -Be 12.5
        $usage = Get-LumaJob -Status Unconfirmed | Measure-LumaUsage
        $usage.Jobs, $usage.QuotaUnknown, $usage.Unconfirmed | Should -Be 1, 1, 1
    }

    It 'reads the quota of a CSV file as it was written in the culture <_>' -ForEach 'de-DE', 'sv-SE', 'th-TH', 'ar-SA' {
        [cultureinfo]::CurrentCulture = $_
        try {
            [pscustomobject]@{
                JobId = [guid]::NewGuid()
                Id = 'x'
                Status = 'Succeeded'
                Kind = 'Generation'
                Service = 'elsewhere.example'
                Quota = 12.5d
            } | Export-Csv $TestDrive/stored.csv
            (Import-Csv $TestDrive/stored.csv | Measure-LumaUsage).Quota | Should -Be 12.5
        }
        finally { [cultureinfo]::CurrentCulture = 'en-US' }
    }

    It 'gives each service lines of its own' {
        $usage = Get-LumaJob -AllServices | Measure-LumaUsage
        $usage.Service | Sort-Object | Should -Be ($service, 'elsewhere.example' | Sort-Object)
        $usage.Where({ $_.Service -eq 'elsewhere.example' }).Quota | Should -Be 1000
    }

    It 'says of a job that nobody here knows, and goes on' {
        $requests = $sandbox.RequestCount
        $result = Invoke-Luma { '00000000-0000-0000-0000-000000000000', (Get-LumaJob -Name a) | Measure-LumaUsage }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaJobNotFound,LumaPS.Commands.MeasureLumaUsageCommand'
        $result.Output.Jobs | Should -Be 1
        $sandbox.RequestCount | Should -Be $requests
    }

    It 'shows a column for each thing it is grouped by, then jobs, quota, USD and the unknown, at 80 columns: <Groups>' -ForEach @(
        @{ Groups = 'Month', 'Model'; Row = '^2026-10 ray-v2 +1 +25 +0[.]25 +0' }
        @{ Groups = 'Model', 'Month'; Row = '^ray-v2 +2026-10 +1 +25 +0[.]25 +0' }
        @{ Groups = 'Model', 'Name'; Row = '^ray-v2 +\S+ +1 +25 +0[.]25 +0' }
        @{ Groups = , 'Kind'; Row = '^Generation +\d+ +\d+' }
    ) {
        $lines = @((Measure-LumaUsage $Groups | Out-String -Width 80 -Stream).TrimEnd().Where({ $_ }))
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        ($lines[0] -split '\s+')[0..($Groups.Count + 3)] | Should -BeExactly ($Groups + 'Jobs', 'Quota', 'USD', 'QuotaUnknown')
        $lines -match $Row | Should -Not -BeNullOrEmpty
    }

    It 'has a table that fits 120 columns, and one without groups' {
        $text = Measure-LumaUsage Month, Model | Format-Table | Out-String -Width 120
        $text | Should -Match 'Unconfirmed'
        Measure-LumaUsage | Out-String -Width 120 | Should -Match '\(all\)'
    }

    It 'shows its columns in every session, and leaves the views of other types as they are' {
        $text = Receive-LumaScript (Start-LumaScript ('Measure-LumaUsage Mode, Kind | Out-String -Width 80; Get-LumaJob | Format-Table ' +
            '| Out-String -Width 80'))
        $text[0] | Should -Match '^\s*Mode +Kind +Jobs +Quota +USD +QuotaUnknown'
        $text[1] | Should -Match '^\s*JobId +Name +Status'
    }

    It 'is still a line of usage for what follows' {
        $usage = @(Measure-LumaUsage Kind)[0]
        $usage -is [Luma.LumaUsage] | Should -BeTrue
        $usage.psobject.TypeNames | Should -Contain 'Luma.LumaUsage'
        ($usage | ConvertTo-Csv)[0] | Should -Match '^"Service","Day"'
    }
}
