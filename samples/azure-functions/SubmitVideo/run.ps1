# Submits one video for each message, such as {"Name":"shot-1","userPrompt":"a red car","aspectRatio":"16:9"}.
param($QueueItem)

$ErrorActionPreference = 'Stop'

# A queue may deliver a message twice. The name makes that harmless: the journal returns the existing job, and nothing is charged again.
$request = [pscustomobject]$QueueItem
$name = $request.PSObject.Properties['Name']?.Value
if ($name -notmatch '^[\w.-]{1,100}$') {
    throw "A message needs a Name of letters, digits, '.', '-' and '_', and this one has '$name'. Nothing was sent."
}

# Each submit has a callback address of its own: so its callback finds the record even if the submit's answer was lost.
$hook = [UriBuilder]$env:LUMA_HOOK_URL
$hook.Path = "$($hook.Path.TrimEnd('/'))/$([uri]::EscapeDataString($name))"

# What fails is thrown: the queue brings the message again, and in the end puts it aside in luma-requests-poison.
$job = $request | New-LumaVideo -HookUrl $hook.Uri.AbsoluteUri
Write-Information "$name is job $($job.JobId), $($job.Status)."
