<#
.SYNOPSIS
Runs one Pester file and writes what came of it as JSON. dotnet test calls it for one file after the other (Invoke-PesterFiles.ps1).
#>
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ResultPath
)

# No preference is set here: the tests would see it. The one that came with the restore, or where this was started by hand
# the one on the module path.
if ($env:LUMAPS_PESTER) { Import-Module $env:LUMAPS_PESTER -ErrorAction Stop } else {
    Import-Module Pester -MinimumVersion 5.0 -ErrorAction Stop
}
$configuration = New-PesterConfiguration @{
    Run    = @{ Path = $Path; PassThru = $true }
    Output = @{ Verbosity = 'Detailed'; CIFormat = 'None' }
}
$run = Invoke-Pester -Configuration $configuration

# Of the stack the lines in this folder: the others are Pester's own.
function Format-Problem($Failed) {
    $name = $Failed.PSObject.Properties['ExpandedPath'] ? $Failed.ExpandedPath : $Failed.Item
    foreach ($record in $Failed.ErrorRecord) {
        $lines = $record.ScriptStackTrace -split '\r?\n' | Where-Object { $_.Contains($PSScriptRoot) -and -not $_.Contains($PSCommandPath) }
        @("${name}: $record"; $lines) -join "`n  "
    }
}

# A test, or what stands around tests (BeforeAll, AfterAll, the file itself).
$problems = @($run.Failed; $run.FailedBlocks; $run.FailedContainers) | Where-Object ErrorRecord | ForEach-Object { Format-Problem $_ }
if ($run.Result -ne 'Passed' -and -not $problems) { $problems = "Pester's result is $($run.Result)." }

@{ Total = $run.TotalCount; Problems = @($problems) } | ConvertTo-Json | Set-Content -LiteralPath $ResultPath -ErrorAction Stop
