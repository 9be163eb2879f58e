<#
.SYNOPSIS
Makes a video with LumaPS, start to finish, against its sandbox: no key, no network, no cost.
.EXAMPLE
dotnet build -c Release; ./samples/quickstart.ps1
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # Where the video is saved.
    [string] $Destination = (Join-Path $PSScriptRoot '../out/quickstart/')
)

$ErrorActionPreference = 'Stop'
$module = Join-Path $PSScriptRoot '../out/LumaPS'
if (-not (Test-Path -LiteralPath "$module/LumaPS.psd1")) { throw "There is no module in $module. Build it first: dotnet build -c Release" }
Import-Module $module
"LumaPS $((Get-Module LumaPS).Version) in PowerShell $($PSVersionTable.PSVersion), against its sandbox:"

# A journal of its own: what is tried here never stands among billable jobs.
$before = $env:LUMAPS_HOME
$env:LUMAPS_HOME = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot '../out/quickstart/journal'))

$sandbox = Start-LumaSandbox -JobSeconds 3
try {
    $sandbox | Connect-Luma    # With a key of your own: Connect-Luma -ApiKey (Read-Host -AsSecureString)

    $job = New-LumaVideo 'a red car driving on a road' -AspectRatio 16:9 | Wait-LumaJob
    $job | Format-List JobId, Status, Prompt, Width, Height, Quota | Out-String | ForEach-Object Trim

    $file = $job | Save-LumaVideo -Destination $Destination -FileName 'quickstart-{AspectRatio}.mp4' -Force
    "Saved $($file.FullName) ($($file.Length) bytes)"
}
finally {
    $sandbox | Stop-LumaSandbox
    Disconnect-Luma
    $env:LUMAPS_HOME = $before
}
