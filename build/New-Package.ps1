<#
.SYNOPSIS
Makes the package for the PowerShell Gallery from a built module. It needs nothing but PowerShell.
.DESCRIPTION
A .nupkg is a zip with a .nuspec. Everything in it is taken from the module's manifest; the release notes are the
version's section of the changelog, or [Unreleased] where it has none yet.
.OUTPUTS
The package's file.
#>
#Requires -Version 7.4
[CmdletBinding()]
[OutputType([IO.FileInfo])]
param(
    # The module, as dotnet build leaves it.
    [string] $ModuleFolder = (Join-Path $PSScriptRoot '../out/LumaPS'),
    # The folder for the package; it is made.
    [string] $Destination = (Join-Path $PSScriptRoot '../out'),
    [string] $Changelog = (Join-Path $PSScriptRoot '../CHANGELOG.md'),
    # Refuses a version that the changelog does not have.
    [switch] $Release
)

$ErrorActionPreference = 'Stop'
$ModuleFolder = (Resolve-Path -LiteralPath $ModuleFolder).ProviderPath
$manifest = Import-PowerShellDataFile -LiteralPath (Join-Path $ModuleFolder 'LumaPS.psd1')
$data = $manifest.PrivateData.PSData
$id = 'LumaPS'
$version = $manifest.ModuleVersion + $(if ($data.Prerelease) { "-$($data.Prerelease)" })

# What stands between this version's heading and the next one.
$text = Get-Content -LiteralPath $Changelog -Raw
$notes = foreach ($heading in @($version) + @(if (-not $Release) { 'Unreleased' })) {
    $section = [regex]::Match($text, "(?ms)^## \[$([regex]::Escape($heading))\][^\n]*\n(.*?)(?=^## |^\[[^\]]+\]: |\z)")
    if ($section.Success) { $section.Groups[1].Value.Trim(); break }
}
if (-not $notes) { throw "$Changelog has no notes for version $version." }

# Where they are read there are no files beside them.
$base = "$($data.ProjectUri)/blob/$($Release ? "v$version" : 'main')/"
$notes = $notes -replace '\]\((?![a-z]+:|#)(?:\./)?([^)\s]+)\)', "]($base`$1)"

# The Gallery finds modules by what their tags say they export.
$commands = @($manifest.CmdletsToExport)
$tags = @('PSModule') + $data.Tags + @('PSIncludes_Cmdlet') + $commands.ForEach({ "PSCmdlet_$_" }) + $commands.ForEach({ "PSCommand_$_" })

$xml = { param($Value) [Security.SecurityElement]::Escape($Value) }
$nuspec = @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
  <metadata>
    <id>$id</id>
    <version>$version</version>
    <authors>$(& $xml $manifest.Author)</authors>
    <owners>$(& $xml $manifest.CompanyName)</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <licenseUrl>$(& $xml $data.LicenseUri)</licenseUrl>
    <projectUrl>$(& $xml $data.ProjectUri)</projectUrl>
    <iconUrl>$(& $xml $data.IconUri)</iconUrl>
    <description>$(& $xml $manifest.Description)</description>
    <releaseNotes>$(& $xml $notes)</releaseNotes>
    <copyright>$(& $xml $manifest.Copyright)</copyright>
    <tags>$(& $xml ($tags -join ' '))</tags>
  </metadata>
</package>

"@

$files = Get-ChildItem -LiteralPath $ModuleFolder -Recurse -File | Sort-Object FullName
$parts = [ordered]@{}
$parts['_rels/.rels'] = @"
<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/$id.nuspec" Id="R1" />
</Relationships>

"@
$parts["$id.nuspec"] = $nuspec
foreach ($file in $files) { $parts[[IO.Path]::GetRelativePath($ModuleFolder, $file.FullName).Replace('\', '/')] = $file }

# Types by extension, and by name for a file that has none, such as LICENSE.
$extensions = @('rels', 'nuspec') + $files.Extension.TrimStart('.').ToLowerInvariant().Where({ $_ }) | Sort-Object -Unique
$types = @($extensions.ForEach({
    $type = $_ -eq 'rels' ? 'vnd.openxmlformats-package.relationships+xml' : 'octet-stream'
    "  <Default Extension=`"$_`" ContentType=`"application/$type`" />"
}))
$types += $files.Where({ -not $_.Extension }).ForEach({
    $path = [IO.Path]::GetRelativePath($ModuleFolder, $_.FullName).Replace('\', '/')
    "  <Override PartName=`"/$path`" ContentType=`"application/octet-stream`" />"
})
$parts['[Content_Types].xml'] = @"
<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
$($types -join "`n")
</Types>

"@

$null = New-Item -ItemType Directory -Path $Destination -Force
$package = Join-Path (Resolve-Path -LiteralPath $Destination).ProviderPath "$id.$version.nupkg"
$zip = [IO.Compression.ZipArchive]::new([IO.File]::Create($package), [IO.Compression.ZipArchiveMode]::Create)
try {
    foreach ($name in $parts.Keys) {
        $entry = $zip.CreateEntry($name, [IO.Compression.CompressionLevel]::SmallestSize)
        # A zip has a time for each file; this one says nothing, and changes nothing.
        $entry.LastWriteTime = [DateTimeOffset]::new(2000, 1, 1, 0, 0, 0, [timespan]::Zero)
        $to = $entry.Open()
        try {
            $bytes = $parts[$name] -is [string] ?
                [Text.UTF8Encoding]::new($false).GetBytes($parts[$name].Replace("`r`n", "`n")) :
                [IO.File]::ReadAllBytes($parts[$name].FullName)
            $to.Write($bytes, 0, $bytes.Length)
        }
        finally { $to.Dispose() }
    }
}
finally { $zip.Dispose() }
Get-Item -LiteralPath $package
