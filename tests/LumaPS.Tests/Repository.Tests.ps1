# What is committed, and what the workflows name.
BeforeDiscovery {
    $root = (Resolve-Path "$PSScriptRoot/../..").ProviderPath
    $noGit = -not (Get-Command git -CommandType Application -ErrorAction Ignore)
    if (-not $noGit) { $null = git -C $root rev-parse --is-inside-work-tree 2>&1; $noGit = $LASTEXITCODE -ne 0 }
    $noGitSuffix = if ($noGit) { ' (skipped: no git on the PATH, or not a clone)' }
    $workflows = Get-ChildItem $root/.github/workflows -Filter *.yml |
        ForEach-Object { @{ Name = $_.Name; Text = Get-Content -LiteralPath $_.FullName -Raw } }
}

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").ProviderPath
    $videos = 'src/Luma.Sandbox/Videos/'
}

Describe 'The repository' {
    It "has no media but the sandbox's clips and the icon$noGitSuffix" -Skip:$noGit {
        $media = git -C $root ls-files | Where-Object { $_ -match '\.(mp4|m4v|mov|webm|mkv|avi|part|gif|jpe?g|png|webp|mp3|wav)$' }
        $media | Should -Contain "${videos}16x9.mp4"
        $media | Where-Object { -not $_.StartsWith($videos) } | Should -BeExactly 'docs/icon.png'
    }

    It "has no line of code over 140 columns$noGitSuffix" -Skip:$noGit {
        # What cannot be broken: Path:Number. Keep it short.
        $exceptions = @()
        $files = git -C $root ls-files '*.cs' '*.ps1' '*.psm1' '*.psd1' '*.ps1xml' '*.sh' '*.csproj' '*.props' '*.targets'
        $files.Count | Should -BeGreaterThan 300
        $long = foreach ($file in $files) {
            $number = 0
            foreach ($line in [IO.File]::ReadAllLines((Join-Path $root $file))) {
                $number++
                if ($line.Length -gt 140) { "${file}:$number" }
            }
        }
        $long | Where-Object { $_ -notin $exceptions } | Should -BeNullOrEmpty
    }

    It "ignores <Path>: <Ignored>$noGitSuffix" -Skip:$noGit -ForEach @(
        @{ Path = '5219d95b-7c5b-4683-af7f-b353e7d287b6.mp4'; Ignored = $true }
        @{ Path = 'docs/5219d95b-7c5b-4683-af7f-b353e7d287b6.mp4.part'; Ignored = $true }
        @{ Path = 'samples/clip.webm'; Ignored = $true }
        @{ Path = 'videos/gallery.html'; Ignored = $true }
        @{ Path = 'src/Luma.Sandbox/Videos/2x1.mp4'; Ignored = $false }
        @{ Path = 'samples/more.csv'; Ignored = $false }
    ) {
        $null = git -C $root check-ignore --no-index $Path
        ($LASTEXITCODE -eq 0) | Should -Be $Ignored
    }
}

Describe 'The build' {
    It 'finds the restored <Name> where NUGET_PACKAGES moves NuGet''s folder, with no slash at its end' -ForEach @{ Name = 'PowerShell' },
        @{ Name = 'Pester' } {
        if (-not (Get-Command dotnet -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'there is no dotnet on the PATH' }
        $items =
            (dotnet msbuild $root/tests/LumaPS.Tests/LumaPS.Tests.csproj -getItem:AssemblyMetadata -p:NuGetPackageRoot=/elsewhere/packages |
            Out-String | ConvertFrom-Json).Items.AssemblyMetadata
        ($items | Where-Object Identity -EQ $Name).Value | Should -BeLike "/elsewhere/packages/$($Name.ToLowerInvariant())/*"
    }
}

Describe 'The workflow for every change' {
    It 'runs all there is on Windows, Windows on Arm, Linux and macOS' {
        $text = Get-Content -LiteralPath $root/.github/workflows/ci.yml -Raw
        $text | Should -Match '(?m)^\s+os: \[windows-latest, windows-11-arm, ubuntu-latest, macos-latest\]\r?$'
        $text | Should -Match '(?m)^\s+run: dotnet test\r?$' # No filter, no project.
        $text | Should -Not -Match 'exclude:|continue-on-error|if: .*os'
    }
}

Describe 'The workflow <Name>' -ForEach $workflows {
    It 'names files that there are' {
        $named = [regex]::Matches(
            $Text,
            '(?<![\w/$.{}-])(?:\./)?(?<Path>(?:\.ci|build|docs|samples|src|tests)(?:/[\w.-]+)+|[\w-]+\.(?:ps1|psd1))(?![\w*])').ForEach(
            { $_.Groups['Path'].Value }) | Select-Object -Unique
        $named | Should -Not -BeNullOrEmpty
        $named | Where-Object { $_ -notmatch '^out/' } | ForEach-Object { Join-Path $root $_ | Should -Exist }
    }

    It 'gives scripts the parameters they have' {
        $calls = [regex]::Matches($Text, '(?m)(?<Script>\./[\w./-]+\.ps1)(?<Arguments>[^\n|;)]*)')
        foreach ($call in $calls) {
            $command = Get-Command (Join-Path $root $call.Groups['Script'].Value)
            foreach ($argument in [regex]::Matches($call.Groups['Arguments'].Value, '(?<= )-(?<Name>[A-Za-z]+)(?: +(?<Value>[\w]+))?')) {
                $parameter = $command.Parameters[$argument.Groups['Name'].Value]
                $parameter | Should -Not -BeNullOrEmpty -Because $call.Value
                $values = $parameter.Attributes | Where-Object { $_ -is [ValidateSet] } | ForEach-Object ValidValues
                if ($values) { $argument.Groups['Value'].Value | Should -BeIn $values }
            }
        }
    }
}
