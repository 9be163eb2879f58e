BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $sandbox = Start-TestSandbox
    $sandbox | Connect-Luma -MaximumRetryCount 2
    $square = New-LumaVideo 'a square' -AspectRatio 1:1 | Get-LumaJob
    $wide = New-LumaVideo 'wide' -AspectRatio 21:9 | Get-LumaJob

    # Compares by hash: Should -Be is slow on so many bytes.
    function Assert-SavedVideo([string] $Path, $Job) {
        $expected = $sandbox.GetVideoBytes($Job.JobId)
        $expected.Length | Should -BeGreaterThan 1000
        $actual = [IO.File]::ReadAllBytes($Path)
        $actual.Length | Should -Be $expected.Length
        [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($actual)) |
            Should -Be ([Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($expected)))
    }
}

AfterAll { Exit-LumaTest }

Describe 'Save-LumaVideo' {
    BeforeEach {
        $sandbox.Behave()
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $null = New-Item -ItemType Directory $folder
    }

    It 'saves the served bytes, gives the file, and leaves nothing beside it' {
        $files = $square, $wide | Save-LumaVideo -Destination $folder
        $files | Should -BeOfType IO.FileInfo
        $files.FullName | Sort-Object | Should -BeExactly (($square, $wide).JobId.ForEach({ Join-Path $folder "$_.mp4" }) | Sort-Object)
        Assert-SavedVideo (Join-Path $folder "$($square.JobId).mp4") $square
        Assert-SavedVideo (Join-Path $folder "$($wide.JobId).mp4") $wide
        (Get-ChildItem $folder -Force).Count | Should -Be 2
    }

    It 'tells the video''s host neither key nor job' {
        $before = $sandbox.VideoRequestCount
        $null = $square | Save-LumaVideo $folder
        $sandbox.VideoRequestCount | Should -Be ($before + 1)
        $request = $sandbox.VideoRequests[-1]
        $request.Headers.Keys | Should -Not -Contain 'TT-API-KEY'
        $request.HeaderList.Value -match $sandbox.ApiKey | Should -BeNullOrEmpty
        "$($request.Path)?$($request.Query)" | Should -Not -Match $sandbox.ApiKey
    }

    It 'takes <Form>' -ForEach @(
        @{ Form = '-JobId'; Script = { Save-LumaVideo -JobId $square.JobId, $wide.JobId -Destination $folder } }
        @{ Form = 'text'; Script = { $square.JobId, $wide.JobId | Save-LumaVideo $folder } }
        @{ Form = '-Job'; Script = { Save-LumaVideo -Job $square, $wide -Destination $folder } }
        @{
            Form = 'jobs from CliXml'
            Script = { $square, $wide | Export-Clixml TestDrive:/jobs.xml; Import-Clixml TestDrive:/jobs.xml | Save-LumaVideo $folder }
        }
        @{ Form = 'jobs from JSON'; Script = { $square, $wide | ConvertTo-Json | ConvertFrom-Json | Save-LumaVideo $folder } }
        @{ Form = 'rows of a CSV file'; Script = { "jobId`n$($square.JobId)`n$($wide.JobId)" | ConvertFrom-Csv | Save-LumaVideo $folder } }
    ) {
        $result = Invoke-Luma $Script
        $result.Errors | Should -BeNullOrEmpty
        $result.Output.Name | Sort-Object | Should -BeExactly (($square, $wide).JobId.ForEach({ "$_.mp4" }) | Sort-Object)
    }

    It 'saves a job that came twice once, and says so' {
        $before = $sandbox.VideoRequestCount
        $result = Invoke-Luma { $square, $square | Save-LumaVideo $folder -Verbose }
        $result.Output.Count | Should -Be 1
        $result.Errors | Should -BeNullOrEmpty
        $result.Verbose -match $square.JobId | Should -Not -BeNullOrEmpty
        $sandbox.VideoRequestCount | Should -Be ($before + 1)
    }

    It 'skips failed jobs, and says so' {
        $failed = [Luma.LumaJob]@{ JobId = 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3'; Status = 'Failed' }
        $result = Invoke-Luma { $failed, $square | Save-LumaVideo $folder -Verbose }
        $result.Output.Name | Should -BeExactly "$($square.JobId).mp4"
        $result.Errors | Should -BeNullOrEmpty
        $result.Verbose -match $failed.JobId | Should -Not -BeNullOrEmpty
    }

    It 'writes an error for a bad one alone, and saves the others' {
        $sandbox.JobSeconds = 600
        $running = New-LumaVideo 'takes long'
        $sandbox.JobSeconds = 0
        $result = Invoke-Luma { 'nonsense', $running, $square | Save-LumaVideo $folder }
        $result.Output.Name | Should -BeExactly "$($square.JobId).mp4"
        $result.Errors.FullyQualifiedErrorId | Sort-Object |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.SaveLumaVideoCommand', 'LumaNoVideo,LumaPS.Commands.SaveLumaVideoCommand'
        $noVideo = $result.Errors.Where({ $_.FullyQualifiedErrorId -like 'LumaNoVideo*' })
        $noVideo.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $noVideo.TargetObject | Should -Be $running.JobId
    }

    It 'saves nothing with -WhatIf, and makes no folder' {
        $before = $sandbox.VideoRequestCount
        $new = Join-Path $folder 'new'
        Receive-LumaScript (Start-LumaScript 'param($job, $new) $job | Save-LumaVideo $new -WhatIf' $square, $new) | Should -BeNullOrEmpty
        Test-Path -LiteralPath $new | Should -BeFalse
        $sandbox.VideoRequestCount | Should -Be $before
    }

    It 'refuses <Case>' -ForEach @(
        @{ Case = '-ThrottleLimit 0'; Settings = @{ ThrottleLimit = 0 } }
        @{ Case = '-MaximumSize 0'; Settings = @{ MaximumSize = 0 } }
        @{ Case = 'a template with a folder'; Settings = @{ FileName = 'a/{JobId}.mp4' } }
        @{ Case = 'a template with a backslash'; Settings = @{ FileName = '..\{JobId}.mp4' } }
        @{ Case = 'a placeholder that does not exist'; Settings = @{ FileName = '{Title}.mp4' } }
        @{ Case = 'an empty template'; Settings = @{ FileName = '' } }
        @{ Case = 'a drive without files'; Settings = @{ Destination = 'Env:/videos' } }
        @{ Case = 'a drive that does not exist'; Settings = @{ Destination = 'NoSuchDrive:/videos' } }
        @{ Case = 'a file with a template'; Settings = @{ Destination = './one.mp4'; FileName = '{JobId}.mp4' } }
    ) {
        $before = $sandbox.RequestCount + $sandbox.VideoRequestCount
        $result = Invoke-Luma { $square | Save-LumaVideo @Settings }
        $result.Terminated | Should -BeTrue
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.SaveLumaVideoCommand'
        $sandbox.RequestCount + $sandbox.VideoRequestCount | Should -Be $before
    }
}

Describe 'Where Save-LumaVideo saves' {
    BeforeEach {
        $sandbox.Behave()
        $root = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $null = New-Item -ItemType Directory $root
        Push-Location -LiteralPath $root
        $name = "$($square.JobId).mp4"
    }

    AfterEach { Pop-Location }

    It 'for <Destination>: <Expected>' -ForEach @(
        @{ Destination = $null; Expected = '<name>' }
        @{ Destination = '.'; Expected = '<name>' }
        @{ Destination = './new/'; Expected = 'new/<name>' }
        @{ Destination = 'new'; Expected = 'new/<name>' }
        @{ Destination = 'new/deeper'; Expected = 'new/deeper/<name>' }
        @{ Destination = 'new/one.mp4'; Expected = 'new/one.mp4' }
        @{ Destination = 'one.MP4'; Expected = 'one.MP4' }
        @{ Destination = 'one.mp4/'; Expected = 'one.mp4/<name>' }
        @{ Destination = '../<root>/up'; Expected = 'up/<name>' }
        @{ Destination = '[ab] x'; Expected = '[ab] x/<name>' }
        @{ Destination = '[ab].mp4'; Expected = '[ab].mp4' }
        @{ Destination = 'Vidéos 動画'; Expected = 'Vidéos 動画/<name>' }
        @{ Destination = 'with `tick'; Expected = 'with `tick/<name>' }
    ) {
        # [ab] would match these if it were a wildcard.
        $null = New-Item -ItemType Directory 'a x', 'b.mp4'
        $Destination = "$Destination".Replace('<root>', (Split-Path $root -Leaf))
        $settings = if ($Destination) { @{ Destination = $Destination } } else { @{ } }
        $file = $square | Save-LumaVideo @settings
        $file.FullName | Should -BeExactly ([IO.Path]::GetFullPath($Expected.Replace('<name>', $name), $root))
        Assert-SavedVideo $file.FullName $square
        [Environment]::CurrentDirectory | Should -Not -Be $root
    }

    It 'in a folder that exists and is called like a file' {
        $null = New-Item -ItemType Directory 'folder.mp4'
        ($square | Save-LumaVideo 'folder.mp4').FullName | Should -BeExactly (Join-Path $root "folder.mp4/$name")
    }

    It 'on Windows for <Destination>: <Expected>' -Skip:(-not $IsWindows) -ForEach @(
        @{ Destination = 'new\'; Expected = 'new\<name>' }
        @{ Destination = '.\new\deeper\'; Expected = 'new\deeper\<name>' }
        @{ Destination = 'one.mp4\'; Expected = 'one.mp4\<name>' }
        @{ Destination = 'new\one.mp4'; Expected = 'new\one.mp4' }
        @{ Destination = '<drive>new'; Expected = 'new\<name>' }
        @{ Destination = '<drive>one.mp4'; Expected = 'one.mp4' }
        @{ Destination = '<long>'; Expected = '<long>\<name>' }
    ) {
        $Destination, $Expected = $Destination, $Expected | ForEach-Object {
            $_.Replace('<drive>', (Split-Path $root -Qualifier)).Replace('<long>', (@('x' * 120) * 3 -join '\')).Replace('<name>', $name)
        }
        $file = $square | Save-LumaVideo $Destination
        $file.FullName | Should -BeExactly (Join-Path $root $Expected)
        Assert-SavedVideo $file.FullName $square
    }

    $oneDrive = -not $IsWindows -or (Get-PSDrive -PSProvider FileSystem | Where-Object Root -Like '?:\').Count -lt 2
    It 'on Windows in the current folder of another drive' -Skip:$oneDrive {
        $drive = Split-Path $root -Qualifier
        Set-Location (Get-PSDrive -PSProvider FileSystem | Where-Object Root -Like '?:\' | Where-Object Root -NotLike "$drive*" |
            Select-Object -First 1).Root
        ($square | Save-LumaVideo "${drive}new").FullName | Should -BeExactly (Join-Path $root "new\$name")
    }

    # The share that Windows makes of each drive, which only administrators may use.
    It 'on Windows on a share' -Skip:(-not $IsWindows -or -not (Test-Path "\\localhost\$([IO.Path]::GetTempPath()[0])$\")) {
        $share = "\\localhost\$($root[0])$" + $root.Substring(2)
        ($square | Save-LumaVideo "$share\new").FullName | Should -BeExactly "$share\new\$name"
        ($square | Save-LumaVideo "$($share.Replace('\', '/'))/new/one.mp4").FullName | Should -BeExactly "$share\new\one.mp4"
        Set-Location -LiteralPath $share
        ($wide | Save-LumaVideo).FullName | Should -BeExactly "$share\$($wide.JobId).mp4"
        Assert-SavedVideo (Join-Path $root "new\one.mp4") $square
    }

    It 'on a PSDrive' {
        $null = New-PSDrive -Name LumaVideos -PSProvider FileSystem -Root $root
        try {
            ($square | Save-LumaVideo LumaVideos:/sub).FullName | Should -BeExactly (Join-Path $root "sub/$name")
            Set-Location LumaVideos:/sub
            ($wide | Save-LumaVideo).FullName | Should -BeExactly (Join-Path $root "sub/$($wide.JobId).mp4")
        }
        finally {
            Set-Location -LiteralPath $root
            Remove-PSDrive LumaVideos
        }
    }

    It 'with a provider path' {
        ($square | Save-LumaVideo "Microsoft.PowerShell.Core\FileSystem::$root/there").FullName |
            Should -BeExactly (Join-Path $root "there/$name")
    }

    It 'as <Expected> for <Template>' -ForEach @(
        @{ Template = '{Name}-{JobId}.mp4'; Expected = '<id>.mp4' }
        @{ Template = '{Prompt}.mp4'; Expected = '赤い車_ a_b _Ünï_.mp4' }
        @{ Template = '{Prompt} {AspectRatio}'; Expected = '赤い車_ a_b _Ünï_ 1_1.mp4' }
        @{ Template = '{Date}_{Model}_{Kind}'; Expected = '<date>_Generation.mp4' }
        @{ Template = 'fixed.mp4'; Expected = 'fixed.mp4' }
        @{ Template = 'CON.mp4'; Expected = '_CON.mp4' }
        @{ Template = '..'; Expected = '<id>.mp4' }
    ) {
        $job = New-LumaVideo '赤い車: a/b "Ünï"' -AspectRatio 1:1
        $file = $job | Save-LumaVideo -FileName $Template
        $file.Name | Should -BeExactly $Expected.Replace('<id>', $job.JobId).Replace('<date>', $job.SubmittedAt.ToString('yyyy-MM-dd'))
        $file.DirectoryName | Should -BeExactly $root
    }

    It 'not over a file that exists, unless with -Force' {
        Set-Content -LiteralPath $name 'precious'
        $before = $sandbox.VideoRequestCount
        $result = Invoke-Luma { $square, $wide | Save-LumaVideo }
        $result.Output.Name | Should -BeExactly "$($wide.JobId).mp4"
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaFileExists,LumaPS.Commands.SaveLumaVideoCommand'
        $result.Errors[0].CategoryInfo.Category | Should -Be 'ResourceExists'
        $result.Errors[0].TargetObject | Should -Be $square.JobId
        $result.Errors[0].Exception.Message | Should -BeLike "*$name*"
        Get-Content -LiteralPath $name | Should -BeExactly 'precious'
        $sandbox.VideoRequestCount | Should -Be ($before + 1)

        ($square | Save-LumaVideo -Force).Name | Should -BeExactly $name
        Assert-SavedVideo (Join-Path $root $name) $square
    }

    It 'nothing again with -SkipExisting, which knows the job''s video by its bytes also where it was saved or moved before' {
        $here, $there = './here/', './there/' | ForEach-Object { $square | Save-LumaVideo $_ }
        Move-Item -LiteralPath $here.Directory -Destination moved
        $before = $sandbox.VideoRequestCount
        foreach ($folder in './there/', './moved/') {
            $result = Invoke-Luma { $square | Save-LumaVideo $folder -SkipExisting }
            $result.Errors | Should -BeNullOrEmpty
            $result.Output.FullName | Should -BeExactly (Join-Path (Get-Item $folder) $name)
        }
        $sandbox.VideoRequestCount | Should -Be $before
        $bytes = [IO.File]::ReadAllBytes((Join-Path (Get-Item moved) $name))
        $bytes[-1] = $bytes[-1] -bxor 1
        [IO.File]::WriteAllBytes((Join-Path (Get-Item moved) $name), $bytes)
        $result = Invoke-Luma { $square | Save-LumaVideo ./moved/ -SkipExisting }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaFileExists,LumaPS.Commands.SaveLumaVideoCommand'
        $there.Exists | Should -BeTrue
    }

    It 'with -SkipExisting not over a file that has changed, and says what is there and what was saved' {
        $file = $square | Save-LumaVideo
        $length = $file.Length
        Add-Content -LiteralPath $file.FullName 'x' -NoNewline
        $failure = (Invoke-Luma { $square | Save-LumaVideo -SkipExisting }).Errors[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'LumaFileExists,LumaPS.Commands.SaveLumaVideoCommand'
        "$failure" | Should -Match "is not the video that was saved for this job: it has $($length + 1) bytes, the video had $length"
        "$failure $($failure.ErrorDetails.RecommendedAction)" | Should -Not -Match 'SkipExisting'
        $failure.ErrorDetails.RecommendedAction | Should -Match '-Force'
    }

    It 'what the video is beside it with -Metadata, also of one that was saved before' {
        $file = $square | Save-LumaVideo -Metadata
        $metadata = Get-Content -LiteralPath "$($file.FullName).json" -Raw | ConvertFrom-Json
        $metadata.jobId, $metadata.prompt, $metadata.aspectRatio | Should -BeExactly $square.JobId, 'a square', '1:1'
        $metadata.sha256 | Should -BeExactly (Get-FileHash -LiteralPath $file.FullName).Hash
        Get-Content -LiteralPath "$($file.FullName).json" -Raw | Should -Not -Match ([regex]::Escape($sandbox.ApiKey))

        $file = $wide | Save-LumaVideo
        Test-Path -LiteralPath "$($file.FullName).json" | Should -BeFalse
        $null = $wide | Save-LumaVideo -SkipExisting -Metadata -WhatIf
        Test-Path -LiteralPath "$($file.FullName).json" | Should -BeFalse
        ($wide | Save-LumaVideo -SkipExisting -Metadata).FullName | Should -BeExactly $file.FullName
        (Get-Content -LiteralPath "$($file.FullName).json" -Raw | ConvertFrom-Json).jobId | Should -BeExactly $wide.JobId
    }

    It 'never two jobs in one file, not even with -Force: <Case>' -ForEach @(
        @{ Case = 'a file'; Settings = @{ Destination = 'one.mp4' } }
        @{ Case = 'a template'; Settings = @{ FileName = 'one.mp4' } }
        @{ Case = 'a template that differs in case'; Settings = @{ FileName = '{Prompt}' }; First = 'CAR'; Second = 'car' }
    ) {
        $jobs = if ($First) { $First, $Second | New-LumaVideo -ThrottleLimit 1 } else { $square, $wide }
        $result = Invoke-Luma { $jobs | Save-LumaVideo @Settings -Force }
        $result.Output.Count | Should -Be 1
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaFileExists,LumaPS.Commands.SaveLumaVideoCommand'
        $result.Errors[0].TargetObject | Should -Be $jobs[1].JobId
        Assert-SavedVideo $result.Output[0].FullName $jobs[0]
    }

    It 'not where no file can be' {
        Set-Content 'file.txt' 'x'
        $result = Invoke-Luma { $square | Save-LumaVideo 'file.txt/sub' }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaDownloadFailed,LumaPS.Commands.SaveLumaVideoCommand'
        $result.Errors[0].TargetObject | Should -Be $square.JobId
    }
}

Describe 'How Save-LumaVideo gets through' {
    BeforeEach {
        $sandbox.Behave()
        $square = New-LumaVideo 'a square' -AspectRatio 1:1 | Get-LumaJob
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $before = $sandbox.VideoRequestCount
    }

    It 'goes on after a cut where it stopped' {
        $sandbox.Misbehave('Video', [Luma.Sandbox.SandboxFault]::TruncateBody(5000))
        $file = $square | Save-LumaVideo $folder
        Assert-SavedVideo $file.FullName $square
        $sandbox.VideoRequests[-1].Headers['Range'] | Should -BeExactly 'bytes=5000-'
        $sandbox.VideoRequests[-1].Headers['If-Range'] | Should -Not -BeNullOrEmpty
        $sandbox.VideoRequestCount | Should -Be ($before + 2)
    }

    It 'downloads no video that is larger than -MaximumSize' {
        $result = Invoke-Luma { $square | Save-LumaVideo $folder -MaximumSize 1KB }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaDownloadFailed,LumaPS.Commands.SaveLumaVideoCommand'
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -Match '-MaximumSize'
        Get-ChildItem $folder -Force | Should -BeNullOrEmpty
        Assert-SavedVideo ($square | Save-LumaVideo $folder -MaximumSize '500MB').FullName $square
    }

    It 'says of a job that is done and has no link that it is' {
        $sandbox.Misbehave('Fetch', [Luma.Sandbox.SandboxFault]::NoVideoUrl())
        $failure = (Invoke-Luma { Save-LumaVideo -JobId (New-LumaVideo 'no link yet').JobId -Destination $folder }).Errors[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'LumaNoVideo,LumaPS.Commands.SaveLumaVideoCommand'
        "$failure" | Should -Match 'done, without a link'
        "$failure" | Should -Not -Match 'Running'
    }

    It 'asks for another link where one has died with <_>' -ForEach 400, 401, 403, 404, 410 {
        $sandbox.ExpireVideoLinks($_)
        $fetches = $sandbox.RequestCount
        $file = $square | Save-LumaVideo $folder
        Assert-SavedVideo $file.FullName $square
        $sandbox.RequestCount | Should -Be ($fetches + 1)
    }

    It 'saves none of it where <Case>' -ForEach @(
        @{ Case = 'a page comes instead'; Fault = { [Luma.Sandbox.SandboxFault]::Html(200) } }
        @{ Case = 'JSON comes instead'; Fault = { [Luma.Sandbox.SandboxFault]::Status(200, 'no') } }
        @{ Case = 'the link stays dead'; Fault = { [Luma.Sandbox.SandboxFault]::Status(410, 'gone') } }
        @{ Case = 'the host is broken'; Fault = { [Luma.Sandbox.SandboxFault]::Status(500, 'no') } }
        @{
            Case = 'an end without a length comes early'
            Fault = {
                [Luma.Sandbox.SandboxFault]::NoContentLength($false).And([Luma.Sandbox.SandboxFault]::TruncateBody(5000)).And(
                    [Luma.Sandbox.SandboxFault]::NoETag())
            }
        }
    ) {
        $sandbox.MisbehaveAlways('Video', (& $Fault))
        $result = Invoke-Luma { $square | Save-LumaVideo $folder -Connection (New-TestConnection $sandbox @{ MaximumRetryCount = 0 }) }
        $sandbox | Connect-Luma -MaximumRetryCount 2
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaDownloadFailed,LumaPS.Commands.SaveLumaVideoCommand'
        $result.Errors[0].CategoryInfo.Category | Should -Be 'ConnectionError'
        $result.Errors[0].TargetObject | Should -Be $square.JobId
        $result.Errors[0].Exception.Message | Should -Match 'The job and its cost are not affected'
        Get-ChildItem $folder -Force | Should -BeNullOrEmpty
    }

    It 'keeps what has come for the next call, under another name' {
        $connection = New-TestConnection $sandbox @{ MaximumRetryCount = 0 }
        $sandbox | Connect-Luma -MaximumRetryCount 2
        $sandbox.Misbehave('Video', [Luma.Sandbox.SandboxFault]::TruncateBody(5000), [Luma.Sandbox.SandboxFault]::Status(500, 'no'),
            [Luma.Sandbox.SandboxFault]::Status(500, 'no'))
        (Invoke-Luma { $square | Save-LumaVideo $folder -Connection $connection }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaDownloadFailed,LumaPS.Commands.SaveLumaVideoCommand'
        Get-ChildItem $folder -Filter *.mp4 | Should -BeNullOrEmpty
        $sandbox.Behave()
        $file = $square | Save-LumaVideo $folder
        Assert-SavedVideo $file.FullName $square
        $sandbox.VideoRequests[-1].Headers['Range'] | Should -BeExactly 'bytes=5000-'
        (Get-ChildItem $folder -Force).Count | Should -Be 1
    }

    It 'downloads no more than -ThrottleLimit at a time' {
        $jobs = 1..5 | ForEach-Object { New-LumaVideo "$_" } | Get-LumaJob
        $release = [Threading.Tasks.TaskCompletionSource]::new()
        $sandbox.MisbehaveAlways('Video', [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task))
        $running = Start-LumaScript 'param($jobs, $folder) $jobs | Save-LumaVideo $folder -ThrottleLimit 2' $jobs, $folder
        Wait-Until { $sandbox.VideoRequestCount -eq $before + 2 }
        [Threading.Thread]::Sleep(150) # A third one would have come by now.
        $sandbox.VideoRequestCount | Should -Be ($before + 2)
        $release.SetResult()
        (Receive-LumaScript $running).Count | Should -Be 5
    }
}
