<#
.SYNOPSIS
Runs one Pester file and writes what came of it as JSON; dotnet test starts it in a PowerShell of its own for each file.
#>
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ResultPath
)

# No preference is set here: the tests would see it.
Import-Module Pester -MinimumVersion 5.0 -ErrorAction Stop
$configuration = New-PesterConfiguration @{
    Run    = @{ Path = $Path; PassThru = $true }
    Output = @{ Verbosity = 'Detailed'; CIFormat = 'None' }
}
$run = Invoke-Pester -Configuration $configuration

# A test, or what stands around tests (BeforeAll, AfterAll, the file itself).
$problems = foreach ($failed in @($run.Failed) + @($run.FailedBlocks) + @($run.FailedContainers)) {
    if (-not $failed.ErrorRecord) { continue }
    $name = $failed.PSObject.Properties['ExpandedPath'] ? $failed.ExpandedPath : $failed.Item
    '{0}: {1}' -f $name, (($failed.ErrorRecord | ForEach-Object { "$_`n$($_.ScriptStackTrace)" }) -join "`n")
}
if ($run.Result -ne 'Passed' -and -not $problems) { $problems = "Pester's result is $($run.Result)." }

@{ Total = $run.TotalCount; Problems = @($problems) } | ConvertTo-Json | Set-Content -LiteralPath $ResultPath -ErrorAction Stop
