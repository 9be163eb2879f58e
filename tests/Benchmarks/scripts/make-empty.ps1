# The least a binary module can be: one cmdlet that does nothing.
param([string] $Folder)
$ErrorActionPreference = 'Stop'
Add-Type -OutputType Library -OutputAssembly (Join-Path $Folder 'Empty.dll') -TypeDefinition @'
using System.Management.Automation;

[Cmdlet(VerbsCommon.Get, "Nothing")]
public sealed class GetNothingCommand : PSCmdlet
{
}
'@
$manifest = @{
    Path = Join-Path $Folder 'Empty.psd1'
    RootModule = 'Empty.dll'
    CmdletsToExport = 'Get-Nothing'
    FunctionsToExport = @()
    AliasesToExport = @()
    VariablesToExport = @()
}
New-ModuleManifest @manifest
