# The net below the callbacks: hands every job that has no saved video to SaveVideo. A callback that never came costs time, and no more.
param($Timer)

$ErrorActionPreference = 'Stop'

if ($Timer.IsPastDue) { Write-Information 'This sweep is late.' }
Get-LumaJob -Status Pending, Running, Succeeded |
    Where-Object { $_.JobId -and -not $_.SavedPath } |
    ForEach-Object { Push-OutputBinding -Name Ended -Value @{ JobId = $_.JobId; Name = $_.Name } }
