# The first request after the import and the second one: of a submit, or of a fetch; each in milliseconds of wall clock and
# of CPU.
param([string] $Module, [string] $JobId)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$process = [Diagnostics.Process]::GetCurrentProcess()
$times = foreach ($i in 1, 2) {
    $process.Refresh()
    $before = $process.TotalProcessorTime.TotalMilliseconds
    $clock = [Diagnostics.Stopwatch]::StartNew()
    if ($JobId) { $null = Get-LumaJob -JobId $JobId } else { $null = New-LumaVideo 'a red car driving on a road' }
    $clock.Elapsed.TotalMilliseconds
    $process.Refresh()
    $process.TotalProcessorTime.TotalMilliseconds - $before
}
$times -join ' '
