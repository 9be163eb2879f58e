<#
.SYNOPSIS
Makes the help that Get-Help shows (LumaPS.dll-Help.xml) of the pages in docs/LumaPS. Needs PlatyPS.
.DESCRIPTION
PlatyPS writes the MAML. What it leaves out or leaves as Markdown is put right here: default values, the code of examples,
paragraphs, code marks and links.
.EXAMPLE
./build.ps1 -Task Docs
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # Where to write it.
    [string] $Destination = (Join-Path $PSScriptRoot '../module/en-US/LumaPS.dll-Help.xml')
)

$ErrorActionPreference = 'Stop'
Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0.0
$address = 'https://github.com/LumaPS/LumaPS/blob/main/docs/LumaPS'
$maml = 'http://schemas.microsoft.com/maml/2004/10'
$dev = 'http://schemas.microsoft.com/maml/dev/2004/10'

$folder = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
try {
    $pages = Get-ChildItem -Path $PSScriptRoot/LumaPS/*-*.md | Sort-Object Name | Import-MarkdownCommandHelp
    $null = $pages | Export-MamlCommandHelp -OutputFolder $folder
    $xml = [xml]::new()
    $xml.Load((Get-ChildItem -Path $folder -Recurse -Filter *.xml).FullName)
}
finally {
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction Ignore
}

$names = [Xml.XmlNamespaceManager]::new($xml.NameTable)
$names.AddNamespace('maml', $maml)
$names.AddNamespace('dev', $dev)
$names.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')

# Adds one maml:para for each paragraph, without Markdown's code marks.
function Add-Paragraph($Parent, [string] $Text) {
    $Text.Trim([char]0x80, ' ', "`r", "`n") -split '(?:\r?\n){2,}' | Where-Object { $_ } | ForEach-Object {
        $Parent.AppendChild($xml.CreateElement('maml', 'para', $maml)).InnerText = ($_ -replace '`') -replace '\r?\n', ' '
    }
}

# First the examples: their code is not to lose its backticks.
foreach ($example in $xml.SelectNodes('//command:example', $names)) {
    $introduction = $example.SelectSingleNode('maml:introduction', $names)
    $text = $introduction.ChildNodes.InnerText -join "`n`n"
    if ($text -notmatch '(?s)^```powershell\r?\n(?<Code>.+?)\r?\n```(?<Remarks>.*)$') {
        throw "An example without code: $($example.OuterXml)"
    }
    $example.SelectSingleNode('dev:code', $names).InnerText = $Matches.Code -replace '\r'
    $remarks = $example.SelectSingleNode('dev:remarks', $names) ?? $example.AppendChild($xml.CreateElement('dev', 'remarks', $dev))
    Add-Paragraph $remarks ($Matches.Remarks -replace [char]0x80)
    $null = $example.RemoveChild($introduction)
}

foreach ($paragraph in @($xml.SelectNodes('//maml:para[not(ancestor::command:example)]', $names))) {
    $parent = $paragraph.ParentNode
    $null = $parent.RemoveChild($paragraph)
    Add-Paragraph $parent $paragraph.InnerText
}

foreach ($page in $pages) {
    $command = $xml.SelectSingleNode("//command:command[command:details/command:name = '$($page.Title)']", $names)
    foreach ($parameter in $page.Parameters | Where-Object DefaultValue) {
        $element = $command.SelectSingleNode("command:parameters/command:parameter[maml:name = '$($parameter.Name)']", $names)
        $element.AppendChild($xml.CreateElement('dev', 'defaultValue', $dev)).InnerText = $parameter.DefaultValue -replace '`'
    }
}

foreach ($link in $xml.SelectNodes("//maml:navigationLink/maml:uri[not(starts-with(., 'http')) and . != '']", $names)) {
    $link.InnerText = "$address/$($link.InnerText)"
}

$settings = [Xml.XmlWriterSettings]@{ Indent = $true; NewLineChars = "`n"; Encoding = [Text.UTF8Encoding]::new($false) }
$path = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Destination)
$null = New-Item -ItemType Directory -Path (Split-Path $path) -Force
$writer = [Xml.XmlWriter]::Create($path, $settings)
try { $xml.Save($writer) } finally { $writer.Dispose() }
Add-Content -LiteralPath $path -Value ''
