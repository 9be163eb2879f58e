# Submits and nothing else; with -Named each under a name of its own.
param([string] $Module, [int] $Count, [switch] $Named)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$shots = 1..$Count | ForEach-Object {
    $prompt = "a red car driving on a road, take $_"
    if ($Named) { [pscustomobject]@{ Name = "take $_"; Prompt = $prompt } } else { $prompt }
}
$shots | New-LumaVideo -ThrottleLimit 16 | Measure-Object | ForEach-Object Count
