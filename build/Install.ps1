<#
.SYNOPSIS
Installs the module as it was built for the current user, through PSResourceGet, so that every PowerShell of this user finds it.
.DESCRIPTION
Makes the package and installs it from its folder, over one of the same version. Uninstall-PSResource LumaPS takes it away.
.EXAMPLE
dotnet build -c Release; ./build/Install.ps1
#>
#Requires -Version 7.4
[CmdletBinding()]
param()

$ErrorActionPreference = 'Stop'
$module = Join-Path $PSScriptRoot '../out/LumaPS'
if (-not (Test-Path -LiteralPath "$module/LumaPS.psd1")) { throw "There is no module in $module. Build it first: dotnet build -c Release" }
# Where a new account has neither yet, PSResourceGet would keep its files in the current folder.
'LocalApplicationData', 'ApplicationData' | ForEach-Object { $null = [Environment]::GetFolderPath($_, 'Create') }
$folder = Join-Path ([IO.Path]::GetTempPath()) "LumaPS-$([guid]::NewGuid())"
$repository = Split-Path $folder -Leaf
try {
    $package = & (Join-Path $PSScriptRoot 'New-Package.ps1') -Destination $folder
    Register-PSResourceRepository -Name $repository -Uri $folder
    $what = @{ Name = 'LumaPS'; Repository = $repository; Prerelease = $true; Scope = 'CurrentUser' }
    $installed = Install-PSResource @what -TrustRepository -Reinstall -PassThru
    if (-not $installed) { throw "PSResourceGet did not install $($package.Name)." }
    "LumaPS $($installed.Version) is in $($installed.InstalledLocation), where every PowerShell of yours finds it. " +
        "Uninstall-PSResource LumaPS takes it away."
}
finally {
    Unregister-PSResourceRepository -Name $repository -ErrorAction Ignore
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction Ignore
}
