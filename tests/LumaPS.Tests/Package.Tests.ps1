BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).ProviderPath
    $package = & $root/build/New-Package.ps1 -ModuleFolder $LumaModulePath -Destination (Join-Path $TestDrive 'package')
    $zip = [IO.Compression.ZipFile]::OpenRead($package.FullName)
    $names = $zip.Entries.FullName
    $reader = [IO.StreamReader]::new($zip.GetEntry('LumaPS.nuspec').Open())
    $nuspec = ([xml]$reader.ReadToEnd()).package.metadata
    $reader.Dispose()
    $manifest = Import-PowerShellDataFile (Join-Path $LumaModulePath 'LumaPS.psd1')
}

AfterAll { if ($zip) { $zip.Dispose() } }

Describe 'The package' {
    It 'holds what the module needs, and nothing else' {
        $expected = '[Content_Types].xml', '_rels/.rels', 'LICENSE', 'LumaPS.Core.dll', 'LumaPS.Sandbox.dll', 'LumaPS.dll',
            'LumaPS.Format.ps1xml', 'LumaPS.nuspec', 'LumaPS.psd1', 'deps/LumaPS.Http.dll', 'deps/LumaPS.Postgres.dll', 'deps/Npgsql.dll',
            'deps/Microsoft.Extensions.Http.dll', 'deps/Polly.Core.dll', 'THIRD-PARTY-NOTICES.txt'
        $expected | ForEach-Object { $names | Should -Contain $_ }
        $names | Where-Object {
            $_ -notin $expected -and $_ -notmatch '^deps/(Microsoft|System)\.[A-Za-z.]+\.dll$' -and
                $_ -notmatch '^([a-z]{2}-[A-Z]{2}/)[A-Za-z_.-]+\.(xml|txt)$'
        } | Should -BeNullOrEmpty
        $names -match '(?i)\.(pdb|deps\.json|cs)$|System\.Management\.Automation' | Should -BeNullOrEmpty
    }

    It 'is small' {
        $package.Length | Should -BeLessThan 3MB
        $package.Length | Should -BeGreaterThan 200KB
    }

    It 'is told of as the manifest has it' {
        $package.Name | Should -BeExactly "LumaPS.$($manifest.ModuleVersion).nupkg"
        $nuspec.id | Should -BeExactly 'LumaPS'
        $nuspec.version | Should -BeExactly $manifest.ModuleVersion
        $nuspec.authors | Should -BeExactly $manifest.Author
        $nuspec.description | Should -BeExactly $manifest.Description
        $nuspec.licenseUrl, $nuspec.projectUrl, $nuspec.iconUrl | Should -Match '^https://'
        $tags = $nuspec.tags -split ' '
        $tags | Should -Contain 'PSModule'
        $tags | Should -Contain 'PSEdition_Core'
        foreach ($cmdlet in $manifest.CmdletsToExport) { $tags | Should -Contain "PSCmdlet_$cmdlet" }
        $nuspec.tags.Length | Should -BeLessThan 4000 # More the Gallery does not take.
    }

    It 'has its release notes from the changelog' {
        $nuspec.releaseNotes | Should -Match '^### '
        $nuspec.releaseNotes | Should -Not -Match '(?m)^## '
        $nuspec.releaseNotes | Should -Not -Match '\]\((?!https://|#)' # Relative links lead nowhere there.
        $changelog = Join-Path $TestDrive 'CHANGELOG.md'
        ("# Changelog`n`n## [Unreleased]`n`n## [$($manifest.ModuleVersion)] - 2026-01-01`n`n### Added`n- <this> & that, see [the " +
            "page](docs/page.md#part), [site](https://luma.example/) and [here](#here)`n`n## [0.0.1]`n`n- old`n") | Set-Content $changelog
        $other = & $root/build/New-Package.ps1 -ModuleFolder $LumaModulePath -Destination (
            Join-Path $TestDrive 'other') -Changelog $changelog -Release
        $open = [IO.Compression.ZipFile]::OpenRead($other.FullName)
        try {
            $text = [IO.StreamReader]::new($open.GetEntry('LumaPS.nuspec').Open())
            (([xml]$text.ReadToEnd()).package.metadata.releaseNotes -replace '\r') | Should -BeExactly ("### Added`n- <this> & that, " +
                "see [the page]($($manifest.PrivateData.PSData.ProjectUri)/blob/v$($manifest.ModuleVersion)/docs/page.md#part), " +
                "[site](https://luma.example/) and [here](#here)")
            $text.Dispose()
        }
        finally { $open.Dispose() }
    }

    It 'is not released under a version that the changelog does not have' {
        $changelog = Join-Path $TestDrive 'none.md'
        "# Changelog`n`n## [Unreleased]`n`n- something`n" | Set-Content $changelog
        {
            & $root/build/New-Package.ps1 -ModuleFolder $LumaModulePath -Destination (
                Join-Path $TestDrive 'none') -Changelog $changelog -Release
        } | Should -Throw '*no notes for version*'
    }

    It 'is the same, byte for byte, when it is made again' {
        $again = & $root/build/New-Package.ps1 -ModuleFolder $LumaModulePath -Destination (Join-Path $TestDrive 'again')
        (Get-FileHash $again).Hash | Should -BeExactly (Get-FileHash $package).Hash
    }

    It 'tells whose the packages are that it ships, and under which licence' {
        $notices = Get-Content -LiteralPath (Join-Path $LumaModulePath 'THIRD-PARTY-NOTICES.txt') -Raw
        $sections = $notices -split '(?m)^-{80}$' | Where-Object { $_ -match '(?m)^Files: ' }
        $of = @{}
        foreach ($section in $sections) {
            [regex]::Match($section, '(?m)^Files: (.*)$').Groups[1].Value.Trim() -split ', ' | ForEach-Object { $of[$_] = $section }
            $section | Should -Match '(?i)permission is hereby granted|permission to use, copy|redistribution and use'
        }
        $others = $names -match '\.dll$' -notmatch '(^|/)LumaPS(\.\w+)?\.dll$' -replace '.*/' | Sort-Object -Unique
        $others.Count | Should -BeGreaterThan 10
        ($of.Keys | Sort-Object) -join ' ' | Should -BeExactly ($others -join ' ')
        $of['Polly.Core.dll'] |
            Should -Match '(?s)Polly\.Core \d+\.\d+.*BSD-3-Clause.*Copyright \(c\) .*App vNext.*Redistributions in binary form'
        $of['Microsoft.Extensions.Http.dll'] | Should -Match '(?s)Microsoft\.Extensions\.Http \d+\.\d+.*Licence: MIT.*Microsoft Corporation'
    }
}

Describe 'The manifest' {
    It 'exports what there is, by name' {
        $manifest.CmdletsToExport | Should -Not -Contain '*'
        $manifest.FunctionsToExport, $manifest.AliasesToExport, $manifest.VariablesToExport | ForEach-Object { $_ | Should -BeNullOrEmpty }
        Import-Module $LumaModulePath
        $cmdlets = [AppDomain]::CurrentDomain.GetAssemblies().Where({ $_.GetName().Name -eq 'LumaPS' })[0].GetExportedTypes() |
            ForEach-Object { $_.GetCustomAttributes([Management.Automation.CmdletAttribute], $false) } |
            ForEach-Object { "$($_.VerbName)-$($_.NounName)" }
        ($cmdlets | Sort-Object) -join ' ' | Should -BeExactly (($manifest.CmdletsToExport | Sort-Object) -join ' ')
    }

    It 'claims the edition that is tested, and is accepted by Test-ModuleManifest' {
        $manifest.CompatiblePSEditions | Should -BeExactly @('Core')
        (Test-ModuleManifest (Join-Path $LumaModulePath 'LumaPS.psd1')).PrivateData.PSData.Keys | Should -Contain 'ProjectUri'
    }
}
