# One video that is ready: how long saving takes within the session, in seconds.
param([string] $Module, [string] $Destination)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$job = New-LumaVideo 'a red car driving on a road' | Wait-LumaJob
$clock = [Diagnostics.Stopwatch]::StartNew()
$file = $job | Save-LumaVideo -Destination $Destination
"$($clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)) $($file.Length)"
