BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $env:LUMAPS_HOME = New-TestFolder # Not in TestDrive: a segment is open as long as this process lives, and Windows removes no open file.
    $videos = Join-Path $TestDrive 'my [videos] & more'
    $evil = '<script>document.title = "owned"</script><img src=x onerror="document.title = 1"><b>bold</b>'
    $failing = Start-TestSandbox @{ FailPercent = 100 } | Connect-Luma -PassThru
    $failed = New-LumaVideo 'it never worked' -Name 'shot #9' -Model 'ray-v2' -Connection $failing | Wait-LumaJob -ErrorAction Ignore
    (Start-TestSandbox) | Connect-Luma
    @(
        @{
            Prompt = 'a red car'
            Model = 'ray-v2'
            Mode = 'fast'
            AspectRatio = '16:9'
            Duration = '5s'
            Resolution = '720p'
            Name = 'shot #10'
        }
        @{ Prompt = $evil; Model = 'ray-v2'; Mode = 'relax'; AspectRatio = '1:1' }
        @{ Prompt = 'Zebras in the rain'; Model = 'ray-v3'; Loop = $true; Name = 'shot #3 100%'; AspectRatio = '9:16' }
    ) | ForEach-Object { New-LumaVideo @_ | Wait-LumaJob | Save-LumaVideo -Destination $videos; Start-Sleep -Milliseconds 20 } | Out-Null
    $open = New-LumaVideo 'still under way' -Model 'ray-v3'
    # Not in the journal.
    [IO.File]::Copy((Get-ChildItem -LiteralPath $videos | Where-Object Name -Like '*#10*').FullName,
        [IO.Path]::Combine($videos, 'holiday.mp4'))
    [IO.File]::SetLastWriteTime([IO.Path]::Combine($videos, 'holiday.mp4'), [datetime]::Now.AddMinutes(1))
    $before = Get-Date
    function Get-PageText([string] $Page) { [Net.WebUtility]::HtmlDecode((Get-Content -LiteralPath $Page -Raw)) }
}

AfterAll {
    Exit-LumaTest
}

Describe 'Export-LumaGallery' {
    It 'has the contract''s parameters' {
        $command = Get-Command Export-LumaGallery
        $command.OutputType.Name | Should -BeExactly 'System.IO.FileInfo'
        'Path', 'InputObject', 'Destination', 'Title', 'Recurse', 'Force', 'WhatIf', 'Confirm' |
            ForEach-Object { $command.Parameters.Keys | Should -Contain $_ }
    }

    It 'writes nothing under -WhatIf' {
        Export-LumaGallery $videos -WhatIf | Should -BeNullOrEmpty
        Test-Path -LiteralPath "$videos/gallery.html" | Should -BeFalse
    }

    It 'writes gallery.html among the videos, gives it as Get-Item does, and leaves nothing else' {
        $page = Export-LumaGallery $videos
        $page | Should -BeOfType IO.FileInfo
        $page.PSParentPath | Should -Not -BeNullOrEmpty
        $page.FullName | Should -BeExactly (Join-Path $videos 'gallery.html')
        @(Get-ChildItem -LiteralPath $videos -Force | Where-Object Extension -NE '.mp4').Count | Should -Be 1
    }

    It 'replaces its own page' {
        (Export-LumaGallery $videos).LastWriteTime | Should -BeGreaterThan $before
    }

    It 'takes the current folder' {
        Push-Location -LiteralPath $videos
        try { (Export-LumaGallery).FullName | Should -BeExactly (Join-Path $videos 'gallery.html') }
        finally { Pop-Location }
    }

    It 'leaves a file alone that is not its own, unless -Force says so' {
        $mine = Join-Path $TestDrive 'mine.html'
        'mine' | Set-Content $mine
        $result = Invoke-Luma { Export-LumaGallery $videos -Destination $mine }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors[0].FullyQualifiedErrorId | Should -BeExactly 'LumaFileExists,LumaPS.Commands.ExportLumaGalleryCommand'
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -Match '-Force'
        Get-Content $mine | Should -BeExactly 'mine'
        (Export-LumaGallery $videos -Destination $mine -Force).FullName | Should -BeExactly $mine
        Get-Content $mine -Raw | Should -Match 'my%20%5Bvideos%5D%20%26%20more/holiday\.mp4"'
    }

    It 'looks at what it is to replace before the work' {
        $empty, $mine = (Join-Path $TestDrive 'no videos'), (Join-Path $TestDrive 'other.html')
        $null = New-Item -ItemType Directory $empty
        'mine' | Set-Content $mine
        $result = Invoke-Luma { Export-LumaGallery $empty -Destination $mine }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaFileExists,LumaPS.Commands.ExportLumaGalleryCommand'
        $result.Warning | Should -BeNullOrEmpty # Of the folder, which has no videos.
    }

    It 'takes a folder as -Destination, and makes it' {
        (Export-LumaGallery $videos -Destination "$TestDrive/pages").FullName |
            Should -BeExactly (Join-Path $TestDrive 'pages' 'gallery.html')
    }

    It 'says what is wrong with -Path' {
        $result = Invoke-Luma { Export-LumaGallery "$TestDrive/none"; Export-LumaGallery variable:/ }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly @(
            'LumaInvalidValue,LumaPS.Commands.ExportLumaGalleryCommand', 'LumaInvalidValue,LumaPS.Commands.ExportLumaGalleryCommand'
        )
    }

    It 'makes an empty page of an empty folder, with a warning' {
        $empty = New-Item -ItemType Directory (Join-Path $TestDrive 'empty')
        $result = Invoke-Luma { Export-LumaGallery $empty }
        $result.Output.Name | Should -BeExactly 'gallery.html'
        $result.Warning | Should -Match 'no videos'
    }

    It 'takes files and jobs from the pipeline, and writes among the files' {
        $page = Get-ChildItem -LiteralPath $videos | Export-LumaGallery
        $page.FullName | Should -BeExactly (Join-Path $videos 'gallery.html')
        Get-PageText $page | Should -Match '4 videos · 85 quota'

        $page = @(Get-LumaJob -Name 'shot #10'; $failed; $open) | Export-LumaGallery -Destination $TestDrive/jobs.html
        Get-PageText $page | Should -Match '<h2[^>]*>shot #10</h2>'
        Get-PageText $page | Should -Match '2 jobs without a video: 1 failed, 1 open<'
        Get-PageText $page | Should -Not -Match 'Zebras'
    }

    It 'takes jobs as they were stored, and shows what the journal knows by now' {
        $stored = $open, (Get-LumaJob -Name 'shot #10') | ConvertTo-Json | ConvertFrom-Json
        $page = @($stored; (Get-LumaJob -Name 'shot #3*').JobId) | Export-LumaGallery -Destination $TestDrive/stored.html
        Get-PageText $page | Should -Match '2 videos · 65 quota'
        Get-PageText $page | Should -Match '1 job without a video: 1 open<'
    }

    It 'adds the input to -Path, each video once' {
        $page = Get-LumaJob | Export-LumaGallery $videos -Destination $TestDrive/both.html
        Get-PageText $page | Should -Match '4 videos · 85 quota'
    }

    It 'names what it cannot show, and shows the rest' {
        $result = Invoke-Luma {
            @(42; $null; "$TestDrive/none.mp4"; Get-Item -LiteralPath $videos) | Export-LumaGallery -Destination $TestDrive/rest.html
        }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (@('LumaInvalidValue,LumaPS.Commands.ExportLumaGalleryCommand') * 3)
        $result.Errors[0].Exception.Message | Should -Match 'InputObject.*neither a file nor a job'
        $result.Errors[2].Exception.Message | Should -Match 'none\.mp4.*no such file'
        $result.Output.Name | Should -BeExactly 'rest.html'
        $result = Invoke-Luma { 42 | Export-LumaGallery -Destination $TestDrive/nothing.html }
        $result.Output | Should -BeNullOrEmpty
        Test-Path "$TestDrive/nothing.html" | Should -BeFalse
    }

    It 'warns of a job whose file is gone' {
        $gone = New-LumaVideo 'gone' | Wait-LumaJob
        $gone | Save-LumaVideo -Destination $TestDrive/gone | Remove-Item
        $result = Invoke-Luma { Get-LumaJob -JobId $gone.JobId | Export-LumaGallery -Destination $TestDrive/gone.html -Verbose }
        $result.Warning[0] | Should -Match '1 of the videos are not where they were saved'
        $result.Verbose -join ' ' | Should -Match $gone.JobId
        $gone | Remove-LumaJob -Confirm:$false
    }

    It 'has a -Title, and searches the folders in the folder with -Recurse' {
        $tree = Join-Path $TestDrive 'tree'
        $null = New-Item -ItemType Directory "$tree/takes/rejected"
        Copy-Item -LiteralPath "$videos/holiday.mp4" "$tree/takes/rejected"
        (Invoke-Luma { Export-LumaGallery $tree }).Warning | Should -Match 'no videos'
        $page = Export-LumaGallery $tree -Recurse -Title '  <b>Spring</b> & autumn '
        Get-Content $page -Raw | Should -Match '<title>&lt;b&gt;Spring&lt;/b&gt; &amp; autumn</title>'
        Get-Content $page -Raw | Should -Match 'data-src="takes/rejected/holiday\.mp4"'
    }

    It 'reads the metadata beside a video that the journal does not know' {
        $moved = Join-Path $TestDrive 'moved'
        $null = New-Item -ItemType Directory $moved
        Copy-Item -LiteralPath "$videos/holiday.mp4" $moved
        $job = [Luma.LumaJob]@{ JobId = [guid]::NewGuid(); Name = 'from afar'; Prompt = 'a prompt that travelled' }
        [Luma.VideoMetadata]::Of($job, 'holiday.mp4', (Get-Item "$moved/holiday.mp4").Length, $null).Write("$moved/holiday.mp4", $false)
        Get-PageText (Export-LumaGallery $moved) |
            Should -Match '<h2[^>]*>from afar</h2>\s*<p class="prompt"[^>]*>a prompt that travelled</p>'
    }

    It 'has no key in it' {
        $key = $script:LumaTest.Sandboxes[1].ApiKey
        Get-Content -LiteralPath "$videos/gallery.html" -Raw | Should -Not -Match ([regex]::Escape($key))
    }
}
