<#
.SYNOPSIS
Builds, tests and checks LumaPS, for people who are in PowerShell anyway. Everything but Analyze and Docs is plain dotnet.
.EXAMPLE
./build.ps1
Leaves the module in out/LumaPS, ready for Import-Module.
.EXAMPLE
./build.ps1 -Task Test
Runs all tests.
.EXAMPLE
./build.ps1 -Task Install
Builds the module and installs it for the current user.
.EXAMPLE
./build.ps1 -Task Package
Leaves out/LumaPS.<version>.nupkg, after its tests: it is published to a folder, installed from there,
makes a video in the sandbox, is updated and uninstalled.
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # Build: the module. Test: all tests. Analyze: PSScriptAnalyzer over all scripts.
    # Docs: the module's help, of the pages in docs/LumaPS (needs PlatyPS).
    # Install: the module, for the current user. Package: the .nupkg for the PowerShell Gallery, tried out.
    # Clean: removes what was built.
    [ValidateSet('Build', 'Test', 'Analyze', 'Docs', 'Install', 'Package', 'Clean')]
    [string] $Task = 'Build'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

Push-Location -LiteralPath $PSScriptRoot
try {
    switch ($Task) {
        'Build' { dotnet build -c Release }
        'Test' { dotnet test }
        'Analyze' {
            Import-Module PSScriptAnalyzer -MinimumVersion 1.23
            dotnet build -c Release src/LumaPS # The manifest is checked where the files are that it names.
            $scripts = @(
                Get-ChildItem -Recurse -File -Include *.ps1, *.psm1, *.psd1 -Exclude LumaPS.psd1, requirements.psd1 |
                    Where-Object FullName -NotMatch '[\\/](bin|obj|out)[\\/]'
            )
            $scripts += Get-Item out/LumaPS/LumaPS.psd1
            $findings = $scripts | ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName -Settings ./PSScriptAnalyzerSettings.psd1 }
            if ($findings) {
                $findings | Format-Table Severity, RuleName, ScriptName, Line, Message -Wrap | Out-Host
                throw "PSScriptAnalyzer has $(@($findings).Count) findings in $($scripts.Count) scripts."
            }
            "PSScriptAnalyzer has no findings in $($scripts.Count) scripts."
        }
        'Docs' { ./docs/Build-Help.ps1 }
        'Install' {
            dotnet build -c Release src/LumaPS
            ./build/Install.ps1
        }
        'Package' {
            Remove-Item out/LumaPS -Recurse -Force -ErrorAction Ignore # Only what this build makes goes into it.
            dotnet test tests/LumaPS.Tests --filter 'DisplayName~Package.Tests|DisplayName~Install.Tests'
            ./build/New-Package.ps1 # The same bytes as in the tests.
        }
        'Clean' {
            Get-Item out, src/*/bin, src/*/obj, tests/*/bin, tests/*/obj, samples/*/bin, samples/*/obj -ErrorAction Ignore |
                Remove-Item -Recurse -Force
        }
    }
}
finally {
    Pop-Location
}
