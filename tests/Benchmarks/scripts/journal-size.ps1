# One look into a journal, or one submit, in a fresh process: milliseconds of wall clock, what it gave, and the process's
# largest resident set in MiB.
param([string] $Module, [string] $Folder, [string] $What)
$ErrorActionPreference = 'Stop'
$env:LUMAPS_HOME = $Folder
Import-Module $Module
$clock = [Diagnostics.Stopwatch]::StartNew()
$found = @(switch ($What) {
    name { Get-LumaJob -Name shot-77777 -ErrorAction Ignore } # An empty journal has none of that name.
    running { Get-LumaJob -Status Running }
    list { Get-LumaJob }
    submit { New-LumaVideo 'a red car driving on a road' -Name "$([guid]::NewGuid())" }
})
$milliseconds = $clock.Elapsed.TotalMilliseconds
$process = [Diagnostics.Process]::GetCurrentProcess()
'{0} {1} {2}' -f $milliseconds.ToString([cultureinfo]::InvariantCulture), $found.Count,
    ($process.PeakWorkingSet64 / 1MB).ToString([cultureinfo]::InvariantCulture)
