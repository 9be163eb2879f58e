# Fetches a job that may have finished, and saves its video. It may run twice for one job.
param($QueueItem)

$ErrorActionPreference = 'Stop'

# Only the service's answer about the jobId counts, not the callback.
$job = Get-LumaJob -JobId $QueueItem.JobId
if (-not $job.Id) {
    # Not in the journal: the job of a submit whose answer was lost, if the service knows it by the address that only this submit had.
    $open = @(
        $QueueItem.Name ? (Get-LumaJob -Name ([WildcardPattern]::Escape($QueueItem.Name)) |
            Where-Object { -not $_.JobId -and $_.HookUrl -and $_.HookUrl -eq $job.HookUrl }) : @()
    )
    if (-not $open) {
        Write-Warning "Job $($job.JobId) is none of this app's."
        return
    }

    # Thrown, so that the queue brings the message again when the submit has its answer, or has lost it.
    if ($open[0].Status -ne 'Unconfirmed') { throw "The submit of $($QueueItem.Name) is still in flight." }
    $job = Get-LumaJob -JobId $job.JobId -Name $QueueItem.Name
}

switch ($job.Status) {
    'Succeeded' {
        $file = $job | Save-LumaVideo -Destination $env:LUMA_VIDEOS -FileName '{Name}-{JobId}.mp4' -SkipExisting
        if ($file) { Write-Information "Saved $($file.FullName) ($($file.Length) bytes)." }
        else { Write-Information "Another instance saves job $($job.JobId), or has saved it." }
    }
    'Failed' { Write-Warning "Job $($job.JobId) ($($job.Name)) failed: $($job.Message)" }
    default { Write-Information "Job $($job.JobId) ($($job.Name)) is $($job.Status); SweepJobs looks at it again." }
}
