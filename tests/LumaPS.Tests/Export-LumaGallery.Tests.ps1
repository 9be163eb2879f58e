BeforeDiscovery {
    . $PSScriptRoot/Browser.ps1
    $noBrowser = -not (Find-Browser)
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    . $PSScriptRoot/Browser.ps1
    $homeBefore = $env:LUMAPS_HOME
    $env:LUMAPS_HOME = Join-Path $TestDrive 'home'
    Enter-LumaTest
    $videos = Join-Path $TestDrive 'my [videos] & more'
    $evil = '<script>document.title = "owned"</script><img src=x onerror="document.title = 1"><b>bold</b>'
    (Start-TestSandbox) | Connect-Luma
    @(
        @{ Prompt = 'a red car'; Model = 'ray-v2'; Mode = 'fast'; AspectRatio = '16:9'; Duration = '5s'; Resolution = '720p' }
        @{ Prompt = $evil; Model = 'ray-v2'; Mode = 'relax' }
        @{ Prompt = 'Zebras in the rain'; Model = 'ray-v3'; Loop = $true; Name = 'shot #3 100%' }
    ) | ForEach-Object { New-LumaVideo @_ | Wait-LumaJob | Save-LumaVideo -Destination $videos; Start-Sleep -Milliseconds 20 } | Out-Null
    [IO.File]::Copy((Get-ChildItem -LiteralPath $videos)[0].FullName, [IO.Path]::Combine($videos, 'holiday.mp4')) # Not in the journal.
    [IO.File]::SetLastWriteTime([IO.Path]::Combine($videos, 'holiday.mp4'), [datetime]::Now.AddMinutes(1))
    $before = Get-Date
}

AfterAll {
    Exit-LumaTest
    $env:LUMAPS_HOME = $homeBefore
}

Describe 'Export-LumaGallery' {
    It 'has the contract''s parameters' {
        $command = Get-Command Export-LumaGallery
        $command.OutputType.Name | Should -BeExactly 'System.IO.FileInfo'
        'Path', 'Destination', 'Force', 'WhatIf', 'Confirm' | ForEach-Object { $command.Parameters.Keys | Should -Contain $_ }
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

    It 'takes a folder as -Destination, and makes it' {
        (Export-LumaGallery $videos -Destination "$TestDrive/pages").FullName | Should -BeExactly (Join-Path $TestDrive 'pages' 'gallery.html')
    }

    It 'says what is wrong with -Path' {
        $result = Invoke-Luma { Export-LumaGallery "$TestDrive/none"; Export-LumaGallery variable:/ }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly @('LumaInvalidValue,LumaPS.Commands.ExportLumaGalleryCommand', 'LumaInvalidValue,LumaPS.Commands.ExportLumaGalleryCommand')
    }

    It 'makes an empty page of an empty folder, with a warning' {
        $empty = New-Item -ItemType Directory (Join-Path $TestDrive 'empty')
        $result = Invoke-Luma { Export-LumaGallery $empty }
        $result.Output.Name | Should -BeExactly 'gallery.html'
        $result.Warning | Should -Match 'no videos'
    }

    It 'has no key in it' {
        $key = $script:LumaTest.Sandboxes[0].ApiKey
        Get-Content -LiteralPath "$videos/gallery.html" -Raw | Should -Not -Match ([regex]::Escape($key))
    }
}

# Skipped tests show no reason, so the name has to say it.
Describe "The gallery in a browser$(if ($noBrowser) { ' (skipped: no Chromium, Chrome or Edge on the PATH or in LUMAPS_BROWSER)' })" -Skip:$noBrowser {
    BeforeAll {
        $browser = Open-Browser (Export-LumaGallery $videos).FullName
        function Get-Title { Invoke-Page $browser "[...document.querySelectorAll('.card:not([hidden]) h2')].map(e => e.textContent)" }
        function Get-Playing { Invoke-Page $browser "[...document.querySelectorAll('.card')].filter(c => !c.querySelector('video').paused).map(c => c.querySelector('h2').textContent)" }
        function Set-Control([string] $Id, [string] $Value) {
            $null = Invoke-Page $browser "(() => { const e = document.getElementById('$Id'); e.value = '$Value'; e.dispatchEvent(new Event('input', { bubbles: true })); })()"
        }
    }

    AfterAll { Close-Browser $browser }

    It 'shows every video, the newest first, with its prompt and what is known' {
        Get-Title | Should -BeExactly @('holiday.mp4', 'Zebras in the rain', $evil, 'a red car')
        Invoke-Page $browser 'document.querySelector("header p").textContent' | Should -BeExactly '4 videos · 75 quota (0.75 USD), 1 of unknown cost'
        Invoke-Page $browser '[...document.querySelectorAll(".card:last-child .settings li")].map(e => e.textContent)' | Should -BeExactly @('ray-v2', 'fast', '16:9', '720p', '5s')
        Invoke-Page $browser 'document.querySelector(".card .unknown").textContent' | Should -BeExactly 'Not in the journal'
        Invoke-Page $browser 'document.getElementById("count").textContent' | Should -BeExactly '4 shown'
    }

    It 'takes a prompt of markup for text' {
        Invoke-Page $browser 'document.title' | Should -BeExactly 'my [videos] & more'
        Invoke-Page $browser 'document.querySelectorAll("script, img, b").length' | Should -Be 1
    }

    It 'would not run a script either if one got into it' {
        Invoke-Page $browser '(() => { const s = document.createElement("script"); s.textContent = "document.title = 2"; document.body.append(s); s.remove(); return document.title; })()' | Should -BeExactly 'my [videos] & more'
    }

    It 'plays what the pointer is over, and only that' {
        Move-Mouse $browser '.card:nth-child(2) .play'
        Wait-Until { (Get-Playing) -eq 'Zebras in the rain' }
        Wait-Until { (Invoke-Page $browser 'document.querySelector(".card:nth-child(2) video").currentTime') -gt 0 }
        Move-Mouse $browser '.card:nth-child(4) .play'
        Wait-Until { (Get-Playing) -eq 'a red car' }
        Move-Mouse $browser 'h1'
        Wait-Until { -not (Get-Playing) }
    }

    It 'plays what Tab brings to the keyboard, and Space and Enter stop and start it' {
        $null = Invoke-Page $browser 'document.getElementById("sort").focus()'
        Send-Key $browser Tab 9
        Wait-Until { (Get-Playing) -eq 'holiday.mp4' }
        Invoke-Page $browser 'document.activeElement.getAttribute("aria-pressed")' | Should -BeExactly 'true'
        Send-Key $browser ' ' 32 ' '
        Wait-Until { -not (Get-Playing) }
        Send-Key $browser Enter 13 "`r"
        Wait-Until { (Get-Playing) -eq 'holiday.mp4' }
        Send-Key $browser Tab 9
        Wait-Until { -not (Get-Playing) }
        Invoke-Page $browser 'document.activeElement.textContent' | Should -BeExactly 'Open'
    }

    It 'does not move by itself for those who asked for less motion, and plays on a click' {
        $null = Send-Browser $browser 'Emulation.setEmulatedMedia' @{ features = @(@{ name = 'prefers-reduced-motion'; value = 'reduce' }) }
        Move-Mouse $browser '.card:nth-child(2) .play'
        Start-Sleep -Milliseconds 300
        Get-Playing | Should -BeNullOrEmpty
        $null = Invoke-Page $browser 'document.querySelector(".card:nth-child(2) .play").click()'
        Wait-Until { (Get-Playing) -eq 'Zebras in the rain' }
        $null = Send-Browser $browser 'Emulation.setEmulatedMedia' @{ features = @() }
        Move-Mouse $browser 'h1'
    }

    It 'filters by text, model and mode, and says when nothing is left' {
        Set-Control search 'RAIN zebra'
        Get-Title | Should -BeExactly 'Zebras in the rain'
        Set-Control search ''
        Set-Control model 'ray-v2'
        Get-Title | Should -BeExactly @($evil, 'a red car')
        Invoke-Page $browser 'document.getElementById("count").textContent' | Should -BeExactly '2 of 4 shown'
        Set-Control mode 'fast'
        Get-Title | Should -BeExactly 'a red car'
        Set-Control search 'nobody'
        Invoke-Page $browser 'document.getElementById("nothing").hidden' | Should -BeFalse
        $null = Invoke-Page $browser 'document.getElementById("clear").click()'
        @(Get-Title).Count | Should -Be 4
    }

    It 'sorts' {
        Set-Control sort oldest
        Get-Title | Should -BeExactly @('a red car', $evil, 'Zebras in the rain', 'holiday.mp4')
        Set-Control sort cheap
        (Get-Title)[3] | Should -BeExactly 'holiday.mp4'
        Set-Control sort title
        (Get-Title)[1..3] | Should -BeExactly @('a red car', 'holiday.mp4', 'Zebras in the rain')
    }

    It 'is light and dark as the system is' {
        $colors = foreach ($scheme in 'light', 'dark') {
            $null = Send-Browser $browser 'Emulation.setEmulatedMedia' @{ features = @(@{ name = 'prefers-color-scheme'; value = $scheme }) }
            Invoke-Page $browser 'getComputedStyle(document.body).backgroundColor'
        }
        $colors | Should -BeExactly @('rgb(246, 246, 244)', 'rgb(19, 20, 23)')
    }

    It 'fits a phone' {
        $null = Send-Browser $browser 'Emulation.setDeviceMetricsOverride' @{ width = 360; height = 740; deviceScaleFactor = 2; mobile = $true }
        Invoke-Page $browser 'document.documentElement.scrollWidth' | Should -BeLessOrEqual 360
        Invoke-Page $browser 'getComputedStyle(document.getElementById("videos")).gridTemplateColumns.split(" ").length' | Should -Be 1
    }

    It 'has names for everything that takes the focus' {
        Invoke-Page $browser '[...document.querySelectorAll("input, select")].filter(e => !e.labels.length).length' | Should -Be 0
        Invoke-Page $browser '[...document.querySelectorAll("[aria-labelledby]")].filter(e => e.getAttribute("aria-labelledby").split(" ").some(id => !document.getElementById(id))).length' | Should -Be 0
    }

    It 'asked for nothing but itself and its videos, and nothing was blocked or failed on the way' {
        $requests = $browser.Events | Where-Object method -EQ 'Network.requestWillBeSent' | ForEach-Object { $_.params.request.url }
        $requests | Where-Object { $_ -notmatch '^(file|data|about):' } | Should -BeNullOrEmpty
        $browser.Events | Where-Object method -EQ 'Runtime.exceptionThrown' | Should -BeNullOrEmpty
        # The one script that a test tried to add.
        @($browser.Events | Where-Object { $_.method -eq 'Log.entryAdded' -and $_.params.entry.level -eq 'error' }).Count | Should -BeLessOrEqual 1
    }
}
