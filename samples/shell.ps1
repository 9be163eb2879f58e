<#
.SYNOPSIS
Makes this PowerShell one to try LumaPS in: imports the module, starts a sandbox and connects to it. No key, no network, no cost.
.EXAMPLE
dotnet run --project samples/Quickstart -- --shell
.EXAMPLE
dotnet build -c Release; . ./samples/shell.ps1
#>
#Requires -Version 7.4
[CmdletBinding()]
param()

$module = Join-Path $PSScriptRoot '../out/LumaPS'
if (-not (Test-Path -LiteralPath "$module/LumaPS.psd1")) { throw "There is no module in $module. Build it first: dotnet build -c Release" }
Import-Module $module -Global -ErrorAction Stop

# A journal of its own, so that what is tried here never stands among billable jobs.
$env:LUMAPS_HOME = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot '../out/quickstart/journal'))
Start-LumaSandbox -JobSeconds 3 -ErrorAction Stop | Connect-Luma -ErrorAction Stop

"LumaPS $((Get-Module LumaPS).Version) in PowerShell $($PSVersionTable.PSVersion), connected to a sandbox: no key, no network, no " +
    "cost. Leave with exit. Type first:"
''
"    New-LumaVideo 'a red car driving on a road' | Wait-LumaJob | Save-LumaVideo -Destination ./videos"
''
