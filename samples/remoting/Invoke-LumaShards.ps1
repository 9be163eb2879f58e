<#
.SYNOPSIS
Makes the videos of a CSV file on several machines, each with a journal of its own, and gives one report.
.DESCRIPTION
Each row needs a Name. A plan beside the CSV file (<file>.plan.csv) says which machine a name belongs to; it is written
before anything is sent and never changed, so that a rerun, with more machines or in another order, pays for nothing twice.
.EXAMPLE
$sessions = New-PSSession -HostName render1, render2, render3 -UserName luma
./Invoke-LumaShards.ps1 -Path shots.csv -Session $sessions -Destination /srv/videos | Export-Csv report.csv
#>
#Requires -Version 7.4
[CmdletBinding(SupportsShouldProcess)]
param(
    # The CSV file: the columns of New-LumaVideo, and Name.
    [Parameter(Mandatory)] [string] $Path,

    # The machines. On each, LumaPS can be imported and the key is in TTAPI_KEY.
    [Parameter(Mandatory)] [Management.Automation.Runspaces.PSSession[]] $Session,

    # The machines' names in the plan, one for each session; else those of their computers.
    [string[]] $HostName = $Session.ComputerName,

    # The folder for the videos, on each machine.
    [Parameter(Mandatory)] [string] $Destination,

    # What to import there.
    [string] $Module = 'LumaPS'
)

$ErrorActionPreference = 'Stop'

$rows = @(Import-Csv -LiteralPath $Path)
$unnamed = @($rows | Where-Object { -not "$($_.Name)".Trim() })
if ($unnamed) { throw "$($unnamed.Count) of $($rows.Count) rows have no Name. Nothing was sent." }
$twice = @($rows | Group-Object { $_.Name.Trim().ToLowerInvariant() } | Where-Object Count -GT 1)
if ($twice) { throw "These names stand there more than once: $($twice.Name -join ', '). Nothing was sent." }
if ($HostName.Count -ne $Session.Count -or @($HostName | Sort-Object -Unique).Count -ne $Session.Count) {
    throw "Each session needs a host name of its own, and these are: $($HostName -join ', '). Give -HostName. Nothing was sent."
}

# Names that are in the plan stay where their journal is; new ones go to the machine that has the fewest.
$planPath = "$Path.plan.csv"
$plan = @{}
if (Test-Path -LiteralPath $planPath) { Import-Csv -LiteralPath $planPath | ForEach-Object { $plan[$_.Name] = $_.Host } }
$load = @{}
$HostName | ForEach-Object { $load[$_] = @($plan.Values -eq $_).Count }
$new = foreach ($row in $rows) {
    $name = $row.Name.Trim()
    if ($plan.ContainsKey($name)) { continue }
    $least = $HostName | Sort-Object { $load[$_] } -Stable | Select-Object -First 1
    $load[$least]++
    $plan[$name] = $least
    [pscustomobject]@{ Name = $name; Host = $least }
}
if (-not $PSCmdlet.ShouldProcess("$($rows.Count) videos on $($Session.Count) machines", 'Submit paid jobs')) { return }
if ($new) { $new | Export-Csv -LiteralPath $planPath -Append -UseQuotes Always }

# On each machine: submit, wait, save. What fails is in the report, and nothing ends the others.
$work = {
    param([object[]] $Rows, [string] $Destination, [string] $Module)
    Import-Module $Module -ErrorAction Stop
    $Rows | New-LumaVideo -ErrorAction SilentlyContinue -ErrorVariable failures |
        Wait-LumaJob -ErrorAction SilentlyContinue -ErrorVariable +failures |
        Save-LumaVideo -Destination $Destination -SkipExisting -ErrorAction SilentlyContinue -ErrorVariable +failures |
        Out-Null
    $names = $Rows.ForEach({ $_.Name.Trim() })
    $errors = @{}
    foreach ($failure in $failures) {
        $target = "$($failure.TargetObject)"
        $errors[$target] = "$($failure.FullyQualifiedErrorId.Split(',')[0]): $($failure.Exception.Message)"
    }

    # The journal knows what came of each name; the last record of a name counts.
    $byName = @{}
    Get-LumaJob | Where-Object { $_.Name -in $names } | ForEach-Object { $byName[$_.Name] = $_ }
    foreach ($row in $Rows) {
        $job = $byName[$row.Name.Trim()]
        [string]$problem = @($job.JobId, $job.Prompt, $row.Prompt, $row.userPrompt).ForEach({ if ($_) { $errors["$_"] } }) | Select-Object -First 1
        if (-not $job -and -not $problem) { $problem = 'It was not submitted: submit this row alone to see why.' }
        [pscustomobject]@{
            Name = $row.Name.Trim(); JobId = $job.JobId; Status = $job.Status; Quota = $job.Quota; SavedPath = $job.SavedPath; Problem = $problem
        }
    }
}

$jobs = for ($i = 0; $i -lt $Session.Count; $i++) {
    $mine = @($rows | Where-Object { $plan[$_.Name.Trim()] -eq $HostName[$i] })
    if ($mine) {
        Write-Verbose "$($HostName[$i]): $($mine.Count) videos."
        Invoke-Command -Session $Session[$i] -ScriptBlock $work -ArgumentList $mine, $Destination, $Module -AsJob -JobName $HostName[$i]
    }
}

# A machine that is in the plan and not here keeps its names: they may be paid there.
$absent = @($rows | Where-Object { $plan[$_.Name.Trim()] -notin $HostName })
foreach ($row in $absent) {
    [pscustomobject]@{ Host = $plan[$row.Name.Trim()]; Name = $row.Name.Trim(); JobId = $null; Status = $null; Quota = $null; SavedPath = $null; Problem = 'Its machine is not among the sessions; nothing was sent.' }
}

foreach ($job in $jobs) {
    try {
        $job | Receive-Job -Wait -ErrorAction Stop | Select-Object @{ Name = 'Host'; Expression = { $job.Name } }, Name, JobId, Status, Quota, SavedPath, Problem
    }
    catch {
        Write-Error "$($job.Name): $_ Its journal knows how far it came; run this again." -ErrorAction Continue
    }
    finally {
        $job | Remove-Job -Force
    }
}
