# Runs in each PowerShell worker before its first function.
$ErrorActionPreference = 'Stop'

foreach ($setting in 'TTAPI_KEY', 'LUMAPS_HOME', 'LUMA_VIDEOS', 'LUMA_HOOK_URL') {
    if (-not [Environment]::GetEnvironmentVariable($setting)) { throw "The app setting $setting is missing; see README.md. Nothing was sent." }
}

Import-Module LumaPS
