# How long an import takes, in milliseconds of wall clock and of CPU.
param([string] $Module)
$ErrorActionPreference = 'Stop'
$process = [Diagnostics.Process]::GetCurrentProcess()
$before = $process.TotalProcessorTime.TotalMilliseconds
$clock = [Diagnostics.Stopwatch]::StartNew()
Import-Module $Module
$wall = $clock.Elapsed.TotalMilliseconds
$process.Refresh()
"$wall $($process.TotalProcessorTime.TotalMilliseconds - $before)"
