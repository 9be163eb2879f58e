<#
.SYNOPSIS
Unpacks a package into a folder of modules, as Install-PSResource lays it out: LumaPS/<version>/.
.OUTPUTS
The module's folder.
#>
#Requires -Version 7.4
[CmdletBinding()]
[OutputType([IO.DirectoryInfo])]
param(
    [Parameter(Mandatory)] [string] $Package,
    # A folder that is, or will be, on the PSModulePath.
    [Parameter(Mandatory)] [string] $ModuleFolder
)

$ErrorActionPreference = 'Stop'
$unpacked = Join-Path ([IO.Path]::GetTempPath()) "luma-package-$([guid]::NewGuid())"
[IO.Compression.ZipFile]::ExtractToDirectory((Resolve-Path -LiteralPath $Package).ProviderPath, $unpacked)
try {
    $metadata = ([xml](Get-Content -LiteralPath (Join-Path $unpacked 'LumaPS.nuspec') -Raw)).package.metadata
    # What belongs to the package and not to the module; a prerelease lies in the folder of its version.
    '_rels', 'package', '[Content_Types].xml', 'LumaPS.nuspec' | ForEach-Object { Join-Path $unpacked $_ } | Where-Object { Test-Path -LiteralPath $_ } | ForEach-Object { Remove-Item -LiteralPath $_ -Recurse -Force }
    $target = Join-Path $ModuleFolder $metadata.id ($metadata.version -replace '-.*')
    $null = New-Item -ItemType Directory -Path $target # Fails if that version is there already.
    Get-ChildItem -LiteralPath $unpacked -Force | Copy-Item -Destination $target -Recurse
    Get-Item -LiteralPath $target
}
finally { Remove-Item -LiteralPath $unpacked -Recurse -Force }
