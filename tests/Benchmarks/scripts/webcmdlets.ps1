# What a user writes without the module.
param([int] $Count, [string] $Destination)
$ErrorActionPreference = 'Stop'
$null = New-Item -ItemType Directory -Path $Destination
1..$Count | ForEach-Object -ThrottleLimit 16 -Parallel {
    $base = $env:TTAPI_BASE_URI
    $headers = @{ 'TT-API-KEY' = $env:TTAPI_KEY }
    $body = @{ userPrompt = "a red car driving on a road, take $_" } | ConvertTo-Json
    $submit = @{ Method = 'Post'; Uri = "${base}luma/v1/generations"; Headers = $headers; ContentType = 'application/json'; Body = $body }
    $jobId = (Invoke-RestMethod @submit).data.jobId
    do {
        Start-Sleep -Seconds 5
        $job = Invoke-RestMethod -Uri "${base}luma/v1/fetch?jobId=$jobId" -Headers $headers
    } until ($job.status -in 'SUCCESS', 'FAILED')
    $file = Join-Path $using:Destination "$jobId.mp4"
    Invoke-WebRequest -Uri $job.data.videoUrl -OutFile $file
    Get-Item $file
} | Measure-Object | ForEach-Object Count
