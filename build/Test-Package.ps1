<#
.SYNOPSIS
The dry run of a release: installs a package into an empty folder, and makes a video with it in the sandbox, in a fresh PowerShell.
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Package
)

$ErrorActionPreference = 'Stop'
$folder = Join-Path ([IO.Path]::GetTempPath()) "luma-install-$([guid]::NewGuid())"
$before = $env:LUMAPS_HOME, $env:LUMAPS_DRY_RUN
try {
    $installed = & (Join-Path $PSScriptRoot 'Install-Package.ps1') -Package $Package -ModuleFolder $folder
    $env:LUMAPS_HOME = Join-Path $folder 'home'
    $env:LUMAPS_DRY_RUN = $folder
    $script = {
        $ErrorActionPreference = 'Stop'
        $env:PSModulePath = $env:LUMAPS_DRY_RUN + [IO.Path]::PathSeparator + (Join-Path $PSHOME 'Modules')
        Import-Module LumaPS
        $module = Get-Module LumaPS
        $expected = (Import-PowerShellDataFile (Join-Path $module.ModuleBase 'LumaPS.psd1')).CmdletsToExport | Sort-Object
        $difference = Compare-Object $expected ($module.ExportedCommands.Keys | Sort-Object)
        if ($difference) { throw "It exports other commands than its manifest says: $($difference.InputObject)" }
        Start-LumaSandbox -JobSeconds 0 | Connect-Luma
        $video = New-LumaVideo 'a red car' | Wait-LumaJob | Save-LumaVideo -Destination (Join-Path $env:LUMAPS_DRY_RUN 'videos')
        $page = Export-LumaGallery $video.DirectoryName
        "$($module.ModuleBase): $(@($expected).Count) cmdlets, a video of $($video.Length) bytes, $($page.Name), $((Measure-LumaUsage).Quota) quota"
    }
    # This PowerShell once more; as a .NET tool it has no file of its own.
    $own = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    $command = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("$script"))
    $output = (Test-Path -LiteralPath $own) ? (& $own -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand $command 2>&1) : (& dotnet (Join-Path $PSHOME 'pwsh.dll') -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand $command 2>&1)
    if ($LASTEXITCODE -ne 0 -or "$output" -notlike "$($installed.FullName): *") { throw "The installed package does not work:`n$($output -join "`n")" }
    "Installed and tried: $output"
}
finally {
    $env:LUMAPS_HOME, $env:LUMAPS_DRY_RUN = $before
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction Ignore
}
