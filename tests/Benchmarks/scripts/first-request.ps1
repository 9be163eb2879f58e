# The first request after the import and the second one, in milliseconds: of a submit, or of a fetch.
param([string] $Module, [string] $JobId)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$times = foreach ($i in 1, 2) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    if ($JobId) { $null = Get-LumaJob -JobId $JobId } else { $null = New-LumaVideo 'a red car driving on a road' }
    $clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)
}
$times -join ' '
