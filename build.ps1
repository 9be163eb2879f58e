<#
.SYNOPSIS
Builds, tests and checks LumaPS, for people who are in PowerShell anyway. Everything but Analyze and Docs is plain dotnet.
.EXAMPLE
./build.ps1
Leaves the module in out/LumaPS, ready for Import-Module.
.EXAMPLE
./build.ps1 -Task Test
Runs all tests.
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # Build: the module. Test: all tests. Analyze: PSScriptAnalyzer over all scripts.
    # Docs: the module's help, of the pages in docs/LumaPS (needs PlatyPS). Clean: removes what was built.
    [ValidateSet('Build', 'Test', 'Analyze', 'Docs', 'Clean')]
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
            $scripts = @(Get-ChildItem -Recurse -File -Include *.ps1, *.psm1, *.psd1 -Exclude LumaPS.psd1, requirements.psd1 | Where-Object FullName -NotMatch '[\\/](bin|obj|out)[\\/]')
            $scripts += Get-Item out/LumaPS/LumaPS.psd1
            $findings = $scripts | ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName -Settings ./PSScriptAnalyzerSettings.psd1 }
            if ($findings) {
                $findings | Format-Table Severity, RuleName, ScriptName, Line, Message -Wrap | Out-Host
                throw "PSScriptAnalyzer has $(@($findings).Count) findings in $($scripts.Count) scripts."
            }
            "PSScriptAnalyzer has no findings in $($scripts.Count) scripts."
        }
        'Docs' { ./docs/Build-Help.ps1 }
        'Clean' { Get-Item out, src/*/bin, src/*/obj, tests/*/bin, tests/*/obj, samples/*/bin, samples/*/obj -ErrorAction Ignore | Remove-Item -Recurse -Force }
    }
}
finally {
    Pop-Location
}
