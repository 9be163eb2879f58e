# Runs in each PowerShell worker before its first function.
$ErrorActionPreference = 'Stop'

$required = @('TTAPI_KEY', 'LUMA_VIDEOS', 'LUMA_HOOK_URL') + ($env:LUMAPS_JOURNAL ? @() : @('LUMAPS_HOME'))
foreach ($setting in $required) {
    if (-not [Environment]::GetEnvironmentVariable($setting)) {
        throw "The app setting $setting is missing; see README.md. Nothing was sent."
    }
}

Import-Module LumaPS
