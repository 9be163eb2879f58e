# Runs the blocks of README.md against the sandbox, in a folder that stands for a clone of this repository.
BeforeDiscovery {
    $text = Get-Content -LiteralPath $PSScriptRoot/../../README.md -Raw
    # Those that build, and so on, are what leads to this test.
    $blocks = [regex]::Matches($text, '(?s)```powershell\r?\n(?<Code>.+?)```').ForEach(
        { @{ Code = $_.Groups['Code'].Value.Trim() } }).Where({ $_.Code -notmatch '(?m)^(dotnet|\./build)' })
    $noGit = -not (Get-Command git -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    Use-NewJournal
    $sandbox = Start-TestSandbox
    $repository = (Resolve-Path "$PSScriptRoot/../..").ProviderPath
    $clone = New-TestFolder
    $null = New-Item -ItemType Directory $clone/samples
    Copy-Item $repository/.gitignore $clone
    Copy-Item $repository/samples/shots.csv $clone/samples
    Push-Location $clone

    # No browser is opened, and somebody types the key.
    Set-Item function:Invoke-Item { }
    Set-Item function:Read-Host {
        param([switch] $AsSecureString)

        $AsSecureString | Should -BeTrue
        $secret = [securestring]::new()
        $sandbox.ApiKey.ToCharArray().ForEach({ $secret.AppendChar($_) })
        $secret
    }
}

AfterAll {
    Pop-Location
    Stop-LumaSandbox
    Exit-LumaTest
}

Describe 'The README' {
    BeforeEach {
        Disconnect-Luma
        $env:TTAPI_KEY = $sandbox.ApiKey
        $env:TTAPI_BASE_URI = $sandbox.BaseUri
    }

    It 'has blocks to run' -ForEach @{ Count = $blocks.Count } {
        $Count | Should -BeGreaterThan 7
    }

    It 'works: <Code>' -ForEach $blocks {
        (Invoke-Luma ([scriptblock]::Create($Code))).Errors | Should -BeNullOrEmpty
    }

    It "leaves nothing that git would take$(if ($noGit) { ' (skipped: no git on the PATH)' })" -Skip:$noGit {
        'videos', 'usage.csv' | ForEach-Object { $_ | Should -Exist }
        git init --quiet .
        git add -- .gitignore samples/shots.csv
        git ls-files --others --exclude-standard | Should -BeNullOrEmpty
    }
}
