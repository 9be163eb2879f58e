# Runs the blocks of docs/recipes.md against the sandbox. A comment above each block names it: <!-- test: name -->
BeforeDiscovery {
    $text = Get-Content -LiteralPath $PSScriptRoot/../../docs/recipes.md -Raw
    $blocks = [regex]::Matches($text, '(?s)<!-- test: (?<Name>[^>]+?) -->\r?\n```powershell\r?\n(?<Code>.+?)```').ForEach({ @{ Name = $_.Groups['Name'].Value; Code = $_.Groups['Code'].Value } })
    $all = [regex]::Matches($text, '```powershell').Count
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $environment = $env:LUMAPS_HOME, $env:GITHUB_REF_NAME
    # Not in TestDrive: Pester takes away after each block what came in it.
    $env:LUMAPS_HOME = $journalHome = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    $env:GITHUB_REF_NAME = 'main'
    $null = New-Item -ItemType Directory $TestDrive/work
    Push-Location $TestDrive/work
    $sandbox = Start-TestSandbox
    $env:TTAPI_KEY = $sandbox.ApiKey
    $env:TTAPI_BASE_URI = $sandbox.BaseUri

    "Name,userPrompt`nday,a red car`nnight,a blue car" | Set-Content shots.csv
    "Name,userPrompt,aspectRatio,useMode`nharbour,snow falls on a quiet harbour at dawn,16:9,relax`nboat,a paper boat turns in circles on a pond,1:1,relax" | Set-Content videos.csv
    'userPrompt', (1..8).ForEach({ "shot $_" }) | ForEach-Object { $_ } | Set-Content many.csv

    # What the SecretManagement module would give.
    function Get-Secret([string] $Name) {
        $Name | Should -Be 'TTAPI'
        $secret = [securestring]::new()
        $sandbox.ApiKey.ToCharArray().ForEach({ $secret.AppendChar($_) })
        $secret
    }

    # Runs a block, and a second time.
    function Invoke-Block([string] $Code, [int] $Times = 1) {
        foreach ($time in 1..$Times) {
            $result = Invoke-Luma ([scriptblock]::Create($Code))
            $result.Errors | Should -BeNullOrEmpty
        }
        $result
    }
}

AfterAll {
    Pop-Location
    Stop-LumaSandbox
    $env:LUMAPS_HOME, $env:GITHUB_REF_NAME = $environment
    Exit-LumaTest
    Remove-Item -LiteralPath $journalHome -Recurse -ErrorAction Ignore
}

Describe 'The recipes' {
    It 'are all here' -ForEach @{ Blocks = $blocks; All = $all } {
        $Blocks.Count | Should -Be $All
        $Blocks.Count | Should -BeGreaterThan 9
    }

    It 'are valid: <Name>' -ForEach $blocks {
        $problems = $null
        $null = [Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$problems)
        $problems | Should -BeNullOrEmpty
    }
}

Describe 'The recipe <Name>' -ForEach $blocks {
    BeforeAll {
        $submits = $sandbox.SubmitCount
        Remove-Item ./videos -Recurse -ErrorAction Ignore
        Disconnect-Luma
    }

    It 'works' -Skip:($Name -like 'not run*') {
        switch ($Name) {
            'environment' {
                $null = Invoke-Block $Code -Times 2
                $sandbox.SubmitCount | Should -Be ($submits + 1)
                Get-ChildItem videos/*.mp4 | Should -HaveCount 1
            }
            'secret' {
                $null = Invoke-Block $Code
                (Get-LumaConnection).BaseUri | Should -Be $sandbox.BaseUri
            }
            'proxy' {
                $null = Invoke-Block $Code
                (Get-LumaConnection).Proxy | Should -Be 'http://proxy.example:8080/'
            }
            'question' {
                (Invoke-Luma ([scriptblock]::Create($Code))).Output | Should -Be 'LumaJobNotFound'
            }
            'nightly' {
                # A script with an exit code: in a process of its own, twice.
                $Code | Set-Content nightly.ps1
                foreach ($time in 1, 2) {
                    $output = Invoke-NewProcess "Import-Module `$env:LUMAPS_TEST_MODULE; Set-Location '$PWD'; ./nightly.ps1; `$LASTEXITCODE" @{ LUMAPS_HOME = $env:LUMAPS_HOME; TTAPI_KEY = $sandbox.ApiKey; TTAPI_BASE_URI = "$($sandbox.BaseUri)" }
                    $output | Should -Match '2 videos in \./videos, 0 problems'
                    $output | Should -Match '0$'
                }
                $sandbox.SubmitCount | Should -Be ($submits + 2)
                'nightly.log' | Should -Exist
            }
            'desired' {
                (Invoke-Block $Code).Output.ForEach({ $_.Name }) | Sort-Object | Should -Be 'boat', 'boat.mp4', 'harbour', 'harbour.mp4'
                (Invoke-Block $Code).Output.ForEach({ $_.Name }) | Sort-Object | Should -Be 'boat.mp4', 'harbour.mp4'
                $sandbox.SubmitCount | Should -Be ($submits + 2)
            }
            'conflict' {
                $null = Invoke-Block $Code
                Get-LumaJob -Name harbour -ErrorAction Ignore | Should -BeNullOrEmpty
            }
            'resume' {
                $other = Invoke-NewProcess 'Import-Module $env:LUMAPS_TEST_MODULE; (New-LumaVideo "left behind").JobId' @{ LUMAPS_HOME = $env:LUMAPS_HOME; TTAPI_KEY = $sandbox.ApiKey; TTAPI_BASE_URI = "$($sandbox.BaseUri)" }
                (Invoke-Block $Code).Output.Name | Should -Be "$other.mp4"
            }
            'leftovers' {
                $done = New-LumaVideo 'done and not saved' | Wait-LumaJob
                $sandbox.Misbehave('Generations', [Luma.Sandbox.SandboxFault]::CloseWithoutReply())
                $null = New-LumaVideo 'lost' -ErrorAction SilentlyContinue
                $output = (Invoke-Block $Code).Output
                $output.Where({ $_ -is [IO.FileInfo] }).Name | Should -Contain "$($done.JobId).mp4"
                $output | Out-String | Should -Match 'lost'
                Get-LumaJob -Status Unconfirmed | Remove-LumaJob -Confirm:$false
            }
            'budget' {
                # The sandbox's jobs cost 25 each.
                (Invoke-Block $Code).Output | Should -BeExactly '100 of 100 quota, 4 of 8 rows'
                $sandbox.SubmitCount | Should -Be ($submits + 4)
            }
            'ci' {
                $env:GITHUB_REF_NAME = 'main'
                (Invoke-Block $Code).Output | Should -HaveCount 2
                $before = $sandbox.SubmitCount
                $env:GITHUB_REF_NAME = 'a-branch'
                (Invoke-Luma ([scriptblock]::Create($Code))).Output | Should -HaveCount 2
                $sandbox.SubmitCount | Should -Be $before
                $ErrorActionPreference = 'Continue'
            }
            default { throw "There is no test of the recipe '$Name'." }
        }
    }
}
