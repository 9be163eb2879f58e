BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $sandbox = Start-TestSandbox
}

AfterAll { Exit-LumaTest }

Describe 'Export-LumaJournal and Import-LumaJournal' {
    BeforeEach {
        Use-NewJournal
        $sandbox | Connect-Luma
        $folder = New-TestFolder
        $file = Join-Path $folder 'journal.jsonl'
    }

    It 'take a journal to another one, also twice, and send nothing' {
        $jobs = @('a', 'b' | New-LumaVideo) + @(New-LumaVideo c -Name shot)
        $count = $sandbox.RequestCount
        (Export-LumaJournal $file).FullName | Should -BeExactly $file
        Use-NewJournal
        Import-LumaJournal $file | Should -BeNullOrEmpty
        ((Get-LumaJob).JobId | Sort-Object) -join ' ' | Should -BeExactly (($jobs.JobId | Sort-Object) -join ' ')
        Get-ChildItem -LiteralPath $folder -Filter *.jsonl | Import-LumaJournal
        @(Get-LumaJob).Count | Should -Be 3
        $sandbox.RequestCount | Should -Be $count
        (New-LumaVideo c -Name shot).JobId | Should -BeExactly $jobs[2].JobId
        $sandbox.RequestCount | Should -Be $count
    }

    It 'leave nothing but the export in its folder, and what is there as it is' {
        $null = New-LumaVideo a
        'mine' | Set-Content "$file.tmp"
        1..2 | ForEach-Object { $null = Export-LumaJournal $file }
        (Get-ChildItem -LiteralPath $folder -Force).Name -join ' ' | Should -BeExactly 'journal.jsonl journal.jsonl.tmp'
        Get-Content "$file.tmp" | Should -BeExactly 'mine'
    }

    It 'tell a name that stands for two jobs, and keep both' {
        $first = New-LumaVideo a -Name shot
        $null = Export-LumaJournal $file
        Use-NewJournal
        $second = New-LumaVideo a -Name shot
        $result = Invoke-Luma { Import-LumaJournal $file }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNameConflict,LumaPS.Commands.ImportLumaJournalCommand'
        $result.Errors[0].TargetObject | Should -BeExactly $first.JobId
        $result.Errors[0].Exception.Message | Should -BeLike "The name 'shot' belongs to two jobs*"
        (Get-LumaJob -Name shot).JobId | Should -BeExactly $second.JobId
        (Get-LumaJob).JobId | Should -Contain $first.JobId
    }

    It 'change nothing with -WhatIf' {
        $null = New-LumaVideo a
        Export-LumaJournal $file -WhatIf | Should -BeNullOrEmpty
        $file | Should -Not -Exist
        $null = Export-LumaJournal $file
        Use-NewJournal
        Import-LumaJournal $file -WhatIf
        Get-LumaJob | Should -BeNullOrEmpty
    }

    It 'say what is wrong with a path, and leave nothing half' {
        $result = Invoke-Luma { Export-LumaJournal (Join-Path $folder 'none/journal.jsonl') }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaJournalError,LumaPS.Commands.ExportLumaJournalCommand'
        $result = Invoke-Luma { Import-LumaJournal (Join-Path $folder 'none.jsonl') }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaJournalError,LumaPS.Commands.ImportLumaJournalCommand'
        Get-ChildItem -LiteralPath $folder | Should -BeNullOrEmpty
    }

    It 'warn of lines that cannot be read' {
        Set-Content -LiteralPath $file 'no JSON'
        $result = Invoke-Luma { Import-LumaJournal $file }
        "$($result.Warning)" | Should -BeLike "1 lines of '$file' could not be read*"
    }
}
