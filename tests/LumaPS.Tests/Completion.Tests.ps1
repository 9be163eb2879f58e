BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $environment = $env:LUMAPS_HOME
    # Not in TestDrive: Pester takes away after each block what came in it.
    $env:LUMAPS_HOME = $journalHome = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    $sandbox = Start-TestSandbox
    $sandbox | Connect-Luma
    $harbour = New-LumaVideo "snow falls`non a quiet harbour" -Name 'harbour 1' | Wait-LumaJob
    $car = New-LumaVideo 'a red car' -Name car | Wait-LumaJob
    $sandbox.FailPercent = 100
    $failed = New-LumaVideo 'a blue car' -Name blue | Wait-LumaJob -ErrorAction SilentlyContinue
    $sandbox.FailPercent = 0
    $sandbox.JobSeconds = 600
    $open = New-LumaVideo 'a paper boat'
    $requests = $sandbox.RequestCount

    function Complete([string] $Line) { , @((TabExpansion2 $Line $Line.Length).CompletionMatches) }
}

AfterAll {
    $env:LUMAPS_HOME = $environment
    Exit-LumaTest
    Remove-Item -LiteralPath $journalHome -Recurse -ErrorAction Ignore
}

Describe 'Completion from the journal' {
    It 'offers jobIds, newest first: <Line>' -ForEach @(
        @{ Line = 'Get-LumaJob '; Offered = { $open, $failed, $car, $harbour } }
        @{ Line = 'Get-LumaJob -JobId '; Offered = { $open, $failed, $car, $harbour } }
        @{ Line = 'Wait-LumaJob '; Offered = { $open } }
        @{ Line = 'Wait-LumaJob -JobId '; Offered = { $open } }
        @{ Line = 'Save-LumaVideo -JobId '; Offered = { $open, $car, $harbour } }
        @{ Line = 'Save-LumaVideo -Job '; Offered = { $open, $car, $harbour } }
        @{ Line = 'Add-LumaExtension more -JobId '; Offered = { $open, $car, $harbour } }
        @{ Line = 'Remove-LumaJob -JobId '; Offered = { $open, $failed, $car, $harbour } }
    ) {
        (Complete $Line).CompletionText | Should -Be (& $Offered).JobId
    }

    It 'offers the journal''s own ids' {
        (Complete 'Remove-LumaJob -Id ').CompletionText | Should -Be $open.Id, $failed.Id, $car.Id, $harbour.Id
    }

    It 'offers names, quoted where that is needed: <Line>' -ForEach @(
        @{ Line = 'Get-LumaJob -Name ' }
        @{ Line = 'Remove-LumaJob -Name ' }
        @{ Line = 'New-LumaVideo x -Name ' }
        @{ Line = 'Add-LumaExtension x -Name ' }
    ) {
        (Complete $Line).CompletionText | Should -Be 'blue', 'car', "'harbour 1'"
    }

    It 'goes by what is typed: the beginning of the jobId, or of the name' {
        (Complete "Get-LumaJob $($car.JobId.Substring(0, 12))").CompletionText | Should -Be $car.JobId
        (Complete 'Get-LumaJob harb').CompletionText | Should -Be $harbour.JobId
        (Complete 'Get-LumaJob -Name ''HARB').CompletionText | Should -Be "'harbour 1'"
        (Complete 'Get-LumaJob -Name nothing-of-that').Where(
            { $_.ResultType -eq 'ParameterValue' -and $_.CompletionText -in 'car', 'blue' }) | Should -BeNullOrEmpty
    }

    It 'has name, status and prompt in the tooltip, on one line' {
        $tip = (Complete 'Get-LumaJob harb')[0].ToolTip
        $tip | Should -Match '^harbour 1, Succeeded, \d{4}-\d\d-\d\d \d\d:\d\d: snow falls on a quiet harbour$'
    }

    It 'offers the jobs of the connection that is typed' {
        New-Variable LumaOtherConnection (New-TestConnection (Start-TestSandbox)) -Scope Global
        $sandbox | Connect-Luma
        (Complete 'Get-LumaJob -Connection $LumaOtherConnection -Name ').Where({ $_.CompletionText -eq 'car' }) | Should -BeNullOrEmpty
        Remove-Variable LumaOtherConnection -Scope Global
    }

    It 'offers how a link begins and never a file: <Line>' -ForEach @(
        @{ Line = 'Connect-Luma -BaseUri ' }, @{ Line = 'Connect-Luma -Proxy ' }
        @{ Line = 'New-LumaVideo x -ImageUrl ' }, @{ Line = 'New-LumaVideo x -EndImageUrl ' }, @{ Line = 'New-LumaVideo x -HookUrl ' }
        @{ Line = 'Add-LumaExtension x -HookUrl ' }, @{ Line = 'Start-LumaHookListener -PublicUrl ' }
    ) {
        Push-Location $PSScriptRoot # There are files here, and with a T at the beginning, too.
        try {
            (Complete $Line).CompletionText | Should -BeExactly 'https://'
            (Complete "${Line}ht").CompletionText | Should -BeExactly 'https://'
            Complete "${Line}T" | Should -BeNullOrEmpty
            Complete "${Line}https://host.example/T" | Should -BeNullOrEmpty
        }
        finally { Pop-Location }
    }

    It 'offers the placeholders of a template, quoted, and never a file' {
        Push-Location $PSScriptRoot
        try {
            (Complete 'Save-LumaVideo -FileName ').CompletionText[0] | Should -BeExactly "'{Name}-{JobId}.mp4'"
            (Complete 'Save-LumaVideo -FileName ').CompletionText | Should -Contain "'{Prompt}'"
            (Complete "Save-LumaVideo -FileName '{Na").CompletionText | Should -BeExactly "'{Name}'"
            (Complete "Save-LumaVideo -FileName '{Name}-{D").CompletionText | Should -BeExactly "'{Name}-{Duration}'", "'{Name}-{Date}'"
            (Complete "Save-LumaVideo -FileName '{Name}-").CompletionText | Should -Contain "'{Name}-{JobId}'"
            Complete "Save-LumaVideo -FileName '{Name}.mp4" | Should -BeNullOrEmpty
            foreach ($offered in (Complete 'Save-LumaVideo -FileName x-').CompletionText) {
                { [Luma.FileNameTemplate]::new((Invoke-Expression $offered)) } | Should -Not -Throw
            }
        }
        finally { Pop-Location }
    }

    It 'offers the states of a job' {
        (Complete 'Get-LumaJob -Status ').CompletionText | Should -Be ([Luma.LumaJobStatus].GetFields().Name)
        (Complete 'Get-LumaJob -Status Pending, r').CompletionText | Should -Be 'Running'
    }

    It 'sends nothing' { $sandbox.RequestCount | Should -Be $requests }
}
