# The module's line: prompts in, files out.
param([string] $Module, [int] $Count, [string] $Destination)
$ErrorActionPreference = 'Stop'
Import-Module $Module
1..$Count | ForEach-Object { "a red car driving on a road, take $_" } |
    New-LumaVideo | Wait-LumaJob | Save-LumaVideo -Destination $Destination | Measure-Object | ForEach-Object Count
