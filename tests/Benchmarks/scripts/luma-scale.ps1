# Jobs that are ready at once, in batches of growing size in one process: CPU milliseconds and peak memory of each.
param([string] $Module, [string] $Sizes, [string] $Destination)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$process = [Diagnostics.Process]::GetCurrentProcess()
foreach ($size in $Sizes.Split(',')) {
    [GC]::Collect(); [GC]::WaitForPendingFinalizers(); [GC]::Collect()
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $process.Refresh()
    $before = $process.TotalProcessorTime.TotalMilliseconds
    $count = 1..$size | ForEach-Object { "a red car driving on a road, take $_" } |
        New-LumaVideo | Wait-LumaJob | Save-LumaVideo -Destination $Destination | Measure-Object | ForEach-Object Count
    $process.Refresh()
    $cpu = $process.TotalProcessorTime.TotalMilliseconds - $before
    "$count $cpu $($clock.Elapsed.TotalSeconds) $($process.PeakWorkingSet64)"
    Remove-Item $Destination -Recurse
}
