<#
.SYNOPSIS
Makes the videos of a CSV file on several machines that share a journal, and returns one report.
.DESCRIPTION
Each row needs a Name. Rows are dealt out to the machines as they come; the shared journal sees to it that a name is
submitted once, whichever machine has it. Rows of a machine that is lost are dealt out again to those that are left.
.EXAMPLE
$sessions = New-PSSession -HostName render1, render2, render3 -UserName luma
./Invoke-LumaBatch.ps1 -Path shots.csv -Session $sessions -Destination /srv/videos | Export-Csv report.csv
#>
#Requires -Version 7.4
[CmdletBinding(SupportsShouldProcess)]
param(
    # The CSV file: the columns of New-LumaVideo, and Name.
    [Parameter(Mandatory)] [string] $Path,

    # The machines. On each, LumaPS can be imported, the key is in TTAPI_KEY, and LUMAPS_JOURNAL names the same database.
    [Parameter(Mandatory)] [Management.Automation.Runspaces.PSSession[]] $Session,

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
if (-not $PSCmdlet.ShouldProcess("$($rows.Count) videos on $($Session.Count) machines", 'Submit billable jobs')) { return }

# On each machine: submit, wait, save. What fails is in the report, and nothing ends the others.
$work = {
    param([object[]] $Rows, [string] $Destination, [string] $Module)
    Import-Module $Module -ErrorAction Stop
    if (-not $env:LUMAPS_JOURNAL) {
        throw 'LUMAPS_JOURNAL is not set here: without the shared journal a row could be charged twice. Nothing was sent.'
    }
    $Rows | New-LumaVideo -ErrorAction SilentlyContinue -ErrorVariable failures |
        Wait-LumaJob -ErrorAction SilentlyContinue -ErrorVariable +failures |
        Where-Object { -not $_.SavedPath } |
        Save-LumaVideo -Destination $Destination -SkipExisting -ErrorAction SilentlyContinue -ErrorVariable +failures |
        Out-Null
    $errors = @{}
    foreach ($failure in $failures) {
        $errors["$($failure.TargetObject)"] = "$($failure.FullyQualifiedErrorId.Split(',')[0]): $($failure.Exception.Message)"
    }

    # The journal knows what came of each name; the last record of a name counts.
    foreach ($row in $Rows) {
        $job = Get-LumaJob -Name ([WildcardPattern]::Escape($row.Name.Trim())) -ErrorAction Ignore | Select-Object -Last 1
        [string]$problem = @($job.JobId, $job.Prompt, $row.Prompt, $row.userPrompt).ForEach({ if ($_) { $errors["$_"] } }) |
            Select-Object -First 1
        if (-not $job -and -not $problem) { $problem = 'It was not submitted: submit this row alone to see why.' }
        [pscustomobject]@{
            Name = $row.Name.Trim()
            JobId = $job.JobId
            Status = $job.Status
            Quota = $job.Quota
            SavedPath = $job.SavedPath
            Problem = $problem
        }
    }
}

$left = $rows
while ($left) {
    $open = @($Session | Where-Object State -EQ Opened)
    if (-not $open) { break }
    $jobs = for ($i = 0; $i -lt $open.Count; $i++) {
        $mine = @(for ($row = $i; $row -lt $left.Count; $row += $open.Count) { $left[$row] })
        if ($mine) {
            Write-Verbose "$($open[$i].ComputerName): $($mine.Count) videos."
            Invoke-Command -Session $open[$i] -ScriptBlock $work -ArgumentList $mine, $Destination,
                $Module -AsJob -JobName "$($open[$i].ComputerName) $($open[$i].Id)"
        }
    }

    $done = @{}
    foreach ($job in $jobs) {
        try {
            $job | Receive-Job -Wait -ErrorAction Stop | ForEach-Object {
                $done[$_.Name] = $true
                $_ | Select-Object @{ Name = 'Host'; Expression = { $job.Name } }, Name, JobId, Status, Quota, SavedPath, Problem
            }
        }
        catch {
            # A machine that is gone is not open any more, and its rows go to the others; anything else would fail there as well.
            if ($job.ChildJobs.Runspace.RunspaceStateInfo.State -eq 'Opened') { throw }
            Write-Warning "$($job.Name) is gone: $_ Its rows go to the others."
        }
        finally {
            $job | Remove-Job -Force
        }
    }

    $left = @($left | Where-Object { -not $done[$_.Name.Trim()] })
}

foreach ($row in $left) {
    [pscustomobject]@{
        Host = $null
        Name = $row.Name.Trim()
        JobId = $null
        Status = $null
        Quota = $null
        SavedPath = $null
        Problem = 'No machine is left; run this again.'
    }
}
