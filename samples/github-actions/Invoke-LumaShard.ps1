<#
.SYNOPSIS
Makes one shard's videos of a CSV file. Which shard a row belongs to, its Name decides, and not its place in the file.
.EXAMPLE
./Invoke-LumaShard.ps1 -Path shots.csv -Shard 1 -ShardCount 4 -Destination videos
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # The CSV file: the columns of New-LumaVideo, and Name.
    [Parameter(Mandatory)] [string] $Path,

    # This shard, from 1.
    [ValidateRange(1, 256)] [int] $Shard = 1,

    # How many shards there are.
    [ValidateRange(1, 256)] [int] $ShardCount = 1,

    # The folder for the videos.
    [string] $Destination = 'videos',

    # To submit and not to wait.
    [switch] $SubmitOnly,

    # The module.
    [string] $Module = (Join-Path $PSScriptRoot '../../out/LumaPS')
)

$ErrorActionPreference = 'Stop'

# The shared journal knows what every runner of every run has submitted. Without it, a folder has to be kept from run to run,
# and a rerun without the journal of the attempts before it would submit them again.
if (-not $env:LUMAPS_JOURNAL -and -not $env:LUMAPS_HOME) {
    throw ('Set LUMAPS_JOURNAL to the database of the shared journal, or LUMAPS_HOME to a folder that is kept from run to run. Without ' +
        'them, a rerun would submit them again. Nothing was sent.')
}
if (-not $env:LUMAPS_JOURNAL -and [int]$env:GITHUB_RUN_ATTEMPT -gt 1 -and
    -not (Get-ChildItem -Path (Join-Path $env:LUMAPS_HOME journal) -Filter *.jsonl -ErrorAction Ignore)) {
    throw ('This is a rerun, and there is no journal of the attempts before it: rows may be charged already. Nothing was sent. If you ' +
        'know that they are not, start a new run.')
}

$rows = @(Import-Csv -LiteralPath $Path)
$unnamed = @($rows | Where-Object { -not "$($_.Name)".Trim() })
if ($unnamed) { throw "$($unnamed.Count) of $($rows.Count) rows have no Name. Nothing was sent." }
$twice = @($rows | Group-Object { $_.Name.Trim().ToLowerInvariant() } | Where-Object Count -GT 1)
if ($twice) { throw "These names stand there more than once: $($twice.Name -join ', '). Nothing was sent." }

# Names count without case, as in the journal.
$mine = @($rows | Where-Object {
        $hash = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($_.Name.Trim().ToLowerInvariant()))
        [BitConverter]::ToUInt32($hash, 0) % $ShardCount -eq $Shard - 1
    })
Write-Information "Shard $Shard of ${ShardCount}: $($mine.Count) of $($rows.Count) rows." -InformationAction Continue
if (-not $mine) { return }

Import-Module $Module

# Each row that fails is an error of its own, and the others continue; in the end it is the step that fails.
$submitted = $mine | New-LumaVideo -ErrorAction Continue -ErrorVariable failures
if (-not $SubmitOnly) {
    $submitted | Wait-LumaJob -ErrorAction Continue -ErrorVariable +failures |
        Where-Object { -not $env:LUMAPS_JOURNAL -or -not $_.SavedPath } | # What another runner has saved is in its artifact.
        Save-LumaVideo -Destination $Destination -SkipExisting -ErrorAction Continue -ErrorVariable +failures
}

if ($failures) { throw "$($failures.Count) of $($mine.Count) rows of this shard had an error; see above." }
