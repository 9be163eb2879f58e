<#
.SYNOPSIS
Writes what came of each row of a CSV file, from the journal alone: nothing is requested and nothing is charged.
.EXAMPLE
./Write-LumaReport.ps1 -Path shots.csv -Destination report.csv
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # The CSV file.
    [Parameter(Mandatory)] [string] $Path,

    # The report.
    [Parameter(Mandatory)] [string] $Destination,

    # The module.
    [string] $Module = (Join-Path $PSScriptRoot '../../out/LumaPS')
)

$ErrorActionPreference = 'Stop'
Import-Module $Module

# The last job of a name counts.
$jobs = @{}
Get-LumaJob | Where-Object Name | ForEach-Object { $jobs[$_.Name] = $_ }
$report = Import-Csv -LiteralPath $Path | ForEach-Object {
    $job = $jobs["$($_.Name)".Trim()]
    [pscustomobject]@{
        Name = "$($_.Name)".Trim()
        JobId = $job.JobId
        Status = $job ? $job.Status : 'NotSubmitted'
        Quota = $job.Quota
        Message = $job.Message
    }
}
$report | Export-Csv -LiteralPath $Destination

$states = $report | Group-Object Status | Sort-Object Name | ForEach-Object { "$($_.Count) $($_.Name)" }
$summary = "$($states -join ', '). Quota of the finished ones: $(($report | Measure-Object Quota -Sum).Sum)."
if ($env:GITHUB_STEP_SUMMARY) { $summary | Add-Content -LiteralPath $env:GITHUB_STEP_SUMMARY }
$summary
