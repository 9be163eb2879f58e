BeforeDiscovery {
    . $PSScriptRoot/Browser.ps1
    $noBrowser = -not (Find-Browser)
    $noAxe = $noBrowser -or -not (Get-AxeScript)
    $noBrowserSuffix = if ($noBrowser) { ' (skipped: no Chromium, Chrome or Edge on the PATH or in LUMAPS_BROWSER)' }
    $noAxeSuffix = if ($noAxe) { ' (skipped: no Deque.AxeCore.Commons.dll in LUMAPS_AXE; dotnet test brings it)' }
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    . $PSScriptRoot/Browser.ps1
    Enter-LumaTest
    Use-NewJournal # Not in TestDrive: a segment is open as long as this process lives, and Windows removes no open file.
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
}

AfterAll {
    Exit-LumaTest
}

# Skipped tests show no reason, so the name has to say it.
Describe "The gallery in a browser$noBrowserSuffix" -Skip:$noBrowser {
    BeforeAll {
        $page = (@(Get-Item -LiteralPath $videos; $failed; $open) | Export-LumaGallery -Destination $videos).FullName
        $browser = Open-Browser $page
        Set-Window $browser 1280 900
        function Get-Title { Invoke-Page $browser "[...document.querySelectorAll('.card:not([hidden]) h2')].map(e => e.textContent)" }
        function Get-Preview {
            Invoke-Page $browser ("[...document.querySelectorAll('.card')].filter(c => c.querySelector('.preview')?.paused === " +
                "false).map(c => c.querySelector('h2').textContent)")
        }
        function Get-Viewed {
            Invoke-Page $browser "document.getElementById('view').open ? document.getElementById('view-title').textContent : null"
        }
        function Get-Focus { Invoke-Page $browser "document.activeElement.id || document.activeElement.className" }
        function Set-Control([string] $Id, [string] $Value) {
            $null = Invoke-Page $browser ("(() => { const e = document.getElementById('$Id'); e.value = '$Value'; e.dispatchEvent(new " +
                "Event('input', { bubbles: true })); })()")
        }
        # Each test starts from the page as a reader finds it.
        function Reset-Page([string] $Path = $page) {
            Set-Preference $browser
            Set-Window $browser 1280 900
            $null = Send-Browser $browser 'Input.dispatchMouseEvent' @{ type = 'mouseMoved'; x = 1; y = 1; pointerType = 'mouse' }
            # Going to a page that is open already does not load it; and what the last test chose is in the address.
            if ((Invoke-Page $browser 'location.href.split("#")[0]') -ne [uri]::new($Path).AbsoluteUri) { return Show-Page $browser $Path }
            $null = Invoke-Page $browser 'history.replaceState(null, "", "#"); 1'
            Update-Page $browser
        }
        function Wait-Frame {
            Wait-Until { Invoke-Page $browser "[...document.querySelectorAll('.card')].every(c => c.matches('.ready, .broken'))" }
        }
    }

    AfterAll { Close-Browser $browser }

    BeforeEach { Reset-Page }

    It 'shows every video, the newest first, with its name, its prompt and what is known' {
        Get-Title | Should -BeExactly @('holiday.mp4', 'shot #3 100%', $evil, 'shot #10')
        Invoke-Page $browser 'document.querySelector("header p").textContent' |
            Should -BeExactly '4 videos · 85 quota (0.85 USD), 1 of unknown cost'
        Invoke-Page $browser 'document.querySelector(".card:last-child .prompt").textContent' | Should -BeExactly 'a red car'
        Invoke-Page $browser 'document.querySelector(".card:last-child .settings").textContent' |
            Should -BeExactly 'ray-v2 · fast · 16:9 · 720p · 5s'
        Invoke-Page $browser 'document.querySelector(".card .unknown").textContent' | Should -BeExactly 'Not in the journal'
    }

    It 'takes a prompt of markup for text' {
        Invoke-Page $browser 'document.title' | Should -BeExactly 'my [videos] & more'
        Invoke-Page $browser 'document.querySelectorAll("script, img, b").length' | Should -Be 1
    }

    It 'would not run a script either if one got into it' {
        Invoke-Page $browser ('(() => { const s = document.createElement("script"); s.textContent = "document.title = 2"; ' +
            'document.body.append(s); s.remove(); return document.title; })()') | Should -BeExactly 'my [videos] & more'
    }

    It 'fills each card with its video, upright ones too' {
        $sizes = Invoke-Page $browser ('[...document.querySelectorAll(".card")].map(c => [c, c.querySelector(".frame")].map(e => ' +
            'e.getBoundingClientRect()).map(r => [r.width, r.height]))')
        $sizes.ForEach({ [math]::Abs($_[0][0] - $_[1][0]) }) | ForEach-Object { $_ | Should -BeLessThan 1 }
        $ratios = $sizes.ForEach({ [math]::Round($_[1][0] / $_[1][1], 2) })
        $ratios | Should -BeExactly @(1.78, 0.56, 1, 1.78)
    }

    It 'shows the first picture of every video before and after it has played' {
        Wait-Frame
        Move-Mouse $browser '.card:nth-child(2) .open'
        Wait-Until { Invoke-Page $browser 'document.querySelector(".card:nth-child(2)").matches(".playing")' }
        Move-Mouse $browser 'h1'
        Wait-Until { -not (Get-Preview) }
        Invoke-Page $browser ('[...document.querySelectorAll(".card")].every(c => c.querySelector("canvas").width > 100 && ' +
            'getComputedStyle(c.querySelector("canvas")).opacity === "1")') | Should -BeTrue
    }

    It 'shows first pictures down to the end of a long page, with no more videos open than it plays' {
        $many = New-Item -ItemType Directory (Join-Path $TestDrive 'many')
        1..150 | ForEach-Object { [IO.File]::Copy("$videos/holiday.mp4", [IO.Path]::Combine($many, "$_.mp4")) }
        Reset-Page (Export-LumaGallery $many).FullName
        $null = Invoke-Page $browser 'scrollTo(0, document.body.scrollHeight)'
        Wait-Until { Invoke-Page $browser '[...document.querySelectorAll(".card")].slice(-6).every(c => c.matches(".ready"))' }
        Invoke-Page $browser 'document.querySelectorAll(".card video").length' | Should -Be 0
        $null = Invoke-Page $browser 'scrollTo(0, 0)'
        Wait-Until { Invoke-Page $browser '[...document.querySelectorAll(".card")].slice(0, 6).every(c => c.matches(".ready"))' }
        Invoke-Page $browser 'document.querySelectorAll("canvas").length' | Should -BeLessThan 100
    }

    It 'says what the browser cannot play' {
        $broken = New-Item -ItemType Directory (Join-Path $TestDrive 'broken')
        'no video' | Set-Content "$broken/a.mp4"
        Reset-Page (Export-LumaGallery $broken).FullName
        Wait-Until { Invoke-Page $browser 'document.querySelector(".card").matches(".broken")' }
        Invoke-Click $browser '.card .open'
        Wait-Until { Invoke-Page $browser 'document.getElementById("broken").checkVisibility()' }
    }

    It 'previews what the pointer is over, without sound, and only that' {
        Move-Mouse $browser '.card:nth-child(2) .open'
        Wait-Until { (Get-Preview) -eq 'shot #3 100%' }
        Wait-Until { (Invoke-Page $browser 'document.querySelector(".preview").currentTime') -gt 0 }
        Invoke-Page $browser 'document.querySelector(".preview").muted' | Should -BeTrue
        Move-Mouse $browser '.card:nth-child(4) .open'
        Wait-Until { (Get-Preview) -eq 'shot #10' }
        Move-Mouse $browser 'h1'
        Wait-Until { -not (Get-Preview) }
    }

    It 'previews what Tab brings to the keyboard; Enter opens it and Escape leads back' {
        $null = Invoke-Page $browser 'document.querySelector("#jobs summary").focus()'
        Send-Key $browser Tab 9
        Wait-Until { (Get-Preview) -eq 'holiday.mp4' }
        Send-Key $browser Enter 13 "`r"
        Wait-Until { (Get-Viewed) -eq 'holiday.mp4' }
        Get-Preview | Should -BeNullOrEmpty
        Get-Focus | Should -BeExactly 'player'
        Send-Key $browser Escape 27
        Wait-Until { -not (Get-Viewed) }
        Invoke-Page $browser 'document.activeElement === document.querySelector(".card .open")' | Should -BeTrue
        Send-Key $browser Tab 9
        Wait-Until { (Get-Focus) -eq 'more' }
        Wait-Until { -not (Get-Preview) }
    }

    It 'does not move by itself for those who asked for less motion' {
        Set-Preference $browser @{ 'prefers-reduced-motion' = 'reduce' }
        $null = Invoke-Page $browser 'document.querySelector("#jobs summary").focus()'
        Send-Key $browser Tab 9
        Wait-Until { (Get-Focus) -eq 'open' }
        Get-Preview | Should -BeNullOrEmpty
        Send-Key $browser Enter 13 "`r"
        Wait-Until { Get-Viewed }
        Invoke-Page $browser 'document.getElementById("player").paused' | Should -BeTrue
    }

    It 'has a larger view with seek bar, sound and full screen, that plays' {
        Invoke-Click $browser '.card:nth-child(2) .open'
        Wait-Until { (Get-Viewed) -eq 'shot #3 100%' }
        Wait-Until { (Invoke-Page $browser 'document.getElementById("player").currentTime') -gt 0 }
        Invoke-Page $browser '[player.controls, player.muted, player.controlsList.contains("nofullscreen")]' |
            Should -BeExactly @($true, $false, $false)
        $size = Invoke-Page $browser '(() => { const r = player.getBoundingClientRect(); return [r.width, r.height]; })()'
        $size[0] | Should -BeGreaterThan 800
        $size[1] | Should -BeGreaterThan 800
        Invoke-Page $browser 'document.getElementById("view-prompt").textContent' | Should -BeExactly 'Zebras in the rain'
        Invoke-Page $browser 'document.getElementById("view-facts").textContent' |
            Should -Match 'Size360 × 640.*Cost25 quota \(0\.25 USD\).*File.*\d KB'
        # The space bar and the arrows are the player's own.
        Send-Key $browser ' ' 32 ' '
        Wait-Until { Invoke-Page $browser 'player.paused' }
    }

    It 'goes to the next and the previous video, in the order and the choice of the page' {
        Set-Control sort name
        Set-Control model ray-v2
        Invoke-Click $browser '.card:not([hidden]) .open'
        Wait-Until { (Get-Viewed) -eq 'shot #10' }
        Invoke-Page $browser 'document.getElementById("position").textContent' | Should -BeExactly '1 of 2'
        Send-Key $browser n 78 'n'
        Get-Viewed | Should -BeExactly $evil
        Invoke-Click $browser '#next'
        Get-Viewed | Should -BeExactly 'shot #10'
        Send-Key $browser p 80 'p'
        Get-Viewed | Should -BeExactly $evil
        Invoke-Page $browser 'document.querySelector("dialog [role=status]").textContent' | Should -BeExactly "2 of 2: $evil"
        Invoke-Click $browser '#close'
        Wait-Until { -not (Get-Viewed) }
        Wait-Until { (Invoke-Page $browser 'document.activeElement.closest(".card")?.querySelector("h2").textContent') -ceq $evil }
        Invoke-Page $browser 'player.getAttribute("src")' | Should -BeNullOrEmpty
    }

    It 'closes the larger view when the reader goes back, and stays on the page' {
        Invoke-Click $browser '.card .more'
        Wait-Until { Get-Viewed }
        $null = Invoke-Page $browser 'history.back()'
        Wait-Until { -not (Get-Viewed) }
        Get-Title | Should -HaveCount 4
    }

    It 'keeps the height of every card when Details opens, with and without script' {
        $heights = 'JSON.stringify([...document.querySelectorAll(".card")].map(c => Math.round(c.getBoundingClientRect().height)))'
        Wait-Frame
        $closed = Invoke-Page $browser $heights
        Invoke-Click $browser '.card:nth-child(2) .more'
        Wait-Until { Get-Viewed }
        Invoke-Page $browser $heights | Should -BeExactly $closed

        $null = Send-Browser $browser 'Emulation.setScriptExecutionDisabled' @{ value = $true }
        try {
            Reset-Page
            Invoke-Page $browser 'document.querySelectorAll(".card video[controls]").length' | Should -Be 4
            $closed = Invoke-Page $browser $heights | ConvertFrom-Json
            Invoke-Click $browser '.card:nth-child(2) summary'
            Invoke-Page $browser 'document.querySelectorAll("details[open]").length' | Should -Be 1
            $opened = Invoke-Page $browser $heights | ConvertFrom-Json
            $opened[1] | Should -BeGreaterThan $closed[1]
            $opened[0, 2, 3] | Should -BeExactly $closed[0, 2, 3]
        }
        finally { $null = Send-Browser $browser 'Emulation.setScriptExecutionDisabled' @{ value = $false } }
    }

    It 'copies prompt and jobId, from the card and from the larger view' {
        Invoke-Click $browser '.card:nth-child(3) [data-copy=prompt]'
        Wait-Until { (Invoke-Page $browser 'navigator.clipboard.readText()') -ceq $evil }
        Wait-Until { (Invoke-Page $browser 'document.querySelector("body > [role=status]").textContent') -ceq 'The prompt is copied.' }
        $jobId = (Get-LumaJob -Name 'shot #10').JobId
        Invoke-Click $browser '.card:nth-child(4) [data-copy=job]'
        Wait-Until { (Invoke-Page $browser 'navigator.clipboard.readText()') -ceq $jobId }
        Invoke-Click $browser '.card:nth-child(4) .open'
        Wait-Until { Get-Viewed }
        Invoke-Click $browser 'dialog [data-copy=prompt]'
        Wait-Until { (Invoke-Page $browser 'navigator.clipboard.readText()') -ceq 'a red car' }
        Wait-Until { (Invoke-Page $browser 'document.querySelector("dialog [role=status]").textContent') -ceq 'The prompt is copied.' }
        # Where the clipboard is not to be had, as over plain http.
        $null = Invoke-Page $browser 'navigator.clipboard.writeText = () => Promise.reject(new Error()); 1'
        Invoke-Click $browser 'dialog [data-copy=job]'
        Wait-Until { (Invoke-Page $browser 'navigator.clipboard.readText()') -ceq $jobId }
        Get-Focus | Should -Match 'copy'
    }

    It 'counts the jobs without a video, and lists them on demand' {
        Invoke-Page $browser 'document.querySelector("#jobs summary").textContent' |
            Should -BeExactly '2 jobs without a video: 1 failed, 1 open'
        Invoke-Page $browser 'document.querySelector(".row").checkVisibility()' | Should -BeFalse
        Invoke-Click $browser '#jobs > summary'
        Invoke-Page $browser '[...document.querySelectorAll(".row:not([hidden]) h3")].map(e => e.textContent)' |
            Should -BeExactly @('shot #9', 'still under way')
        Invoke-Page $browser 'document.querySelector(".failed .reason").textContent' | Should -BeExactly $failed.Message
        Invoke-Click $browser '.failed [data-copy=job]'
        Wait-Until { (Invoke-Page $browser 'navigator.clipboard.readText()') -ceq $failed.JobId }
        Invoke-Click $browser '.running [data-copy=command]'
        Wait-Until {
            (Invoke-Page $browser 'navigator.clipboard.readText()') -ceq
                'Get-LumaJob -Status Pending, Running | Wait-LumaJob | Save-LumaVideo -Destination .'
        }
        Set-Control search 'never worked'
        Invoke-Page $browser '[...document.querySelectorAll(".row:not([hidden]) h3")].map(e => e.textContent)' | Should -BeExactly 'shot #9'
    }

    It 'filters by text, model and mode, and says when nothing is left' {
        Set-Control search 'RAIN zebra'
        Get-Title | Should -BeExactly 'shot #3 100%'
        Set-Control search ''
        Set-Control model 'ray-v2'
        Get-Title | Should -BeExactly @($evil, 'shot #10')
        Invoke-Page $browser 'document.getElementById("count").textContent' | Should -BeExactly '2 of 4 shown'
        Set-Control mode 'fast'
        Get-Title | Should -BeExactly 'shot #10'
        Set-Control search 'nobody'
        Invoke-Page $browser 'document.getElementById("nothing").hidden' | Should -BeFalse
        $null = Invoke-Page $browser 'document.getElementById("clear").click()'
        @(Get-Title).Count | Should -Be 4
    }

    It 'keeps filters and order over a reload' {
        Set-Control search 'car'
        Set-Control model 'ray-v2'
        Set-Control sort 'oldest'
        Update-Page $browser
        Get-Title | Should -BeExactly 'shot #10'
        Invoke-Page $browser '["search", "model", "mode", "sort"].map(id => document.getElementById(id).value)' |
            Should -BeExactly @('car', 'ray-v2', '', 'oldest')
        Set-Control search ''
        Set-Control model ''
        Set-Control sort 'newest'
        Update-Page $browser
        Get-Title | Should -HaveCount 4
    }

    It 'keeps filters over a reload from the larger view' {
        Set-Control model 'ray-v2'
        Invoke-Click $browser '.card:not([hidden]) .open'
        Wait-Until { Get-Viewed }
        Update-Page $browser
        Get-Viewed | Should -BeNullOrEmpty
        Get-Title | Should -HaveCount 2
    }

    It 'sorts by age, name, prompt and quota' {
        Set-Control sort oldest
        Get-Title | Should -BeExactly @('shot #10', $evil, 'shot #3 100%', 'holiday.mp4')
        Set-Control sort cheap
        (Get-Title)[3] | Should -BeExactly 'holiday.mp4'
        Set-Control sort name
        Get-Title | Should -BeExactly @('holiday.mp4', 'shot #3 100%', 'shot #10', $evil)
        Set-Control sort prompt
        Get-Title | Should -BeExactly @($evil, 'shot #10', 'shot #3 100%', 'holiday.mp4')
    }

    It 'keeps the filters in sight' {
        Set-Window $browser 800 500
        $null = Invoke-Page $browser 'scrollTo(0, document.body.scrollHeight)'
        Wait-Until { (Invoke-Page $browser 'scrollY') -gt 200 }
        Invoke-Page $browser 'document.getElementById("controls").getBoundingClientRect().top' | Should -Be 0
        # What the keyboard reaches does not lie behind them.
        $null = Invoke-Page $browser 'scrollTo(0, 0); document.querySelector(".card:last-child .open").focus()'
        Invoke-Page $browser ('document.activeElement.getBoundingClientRect().top >= ' +
            'document.getElementById("controls").getBoundingClientRect().bottom') | Should -BeTrue
    }

    It 'is light and dark as the system is' {
        $colors = foreach ($scheme in 'light', 'dark') {
            Set-Preference $browser @{ 'prefers-color-scheme' = $scheme }
            Invoke-Page $browser 'getComputedStyle(document.body).backgroundColor'
        }
        $colors | Should -BeExactly @('rgb(251, 251, 250)', 'rgb(15, 16, 18)')
    }

    It 'fits a phone, and shows a video in its first screen' {
        Set-Window $browser 360 740
        Invoke-Page $browser 'document.documentElement.scrollWidth' | Should -BeLessOrEqual 360
        Invoke-Page $browser 'document.querySelector(".card .frame").getBoundingClientRect().bottom' | Should -BeLessThan 740
        Invoke-Page $browser 'document.getElementById("sort").checkVisibility()' | Should -BeFalse
        Invoke-Click $browser '#more'
        Invoke-Page $browser 'document.getElementById("sort").checkVisibility()' | Should -BeTrue
        Invoke-Page $browser 'document.documentElement.scrollWidth' | Should -BeLessOrEqual 360
        Invoke-Click $browser '.card:nth-child(2) .open'
        Wait-Until { Get-Viewed }
        Invoke-Page $browser ('(() => { const r = player.getBoundingClientRect(); return [r.top >= 0, r.bottom < 740, r.right <= 360]; ' +
            '})()') | Should -BeExactly @($true, $true, $true)
    }

    It 'says in an empty folder how to fill it' {
        $empty = New-Item -ItemType Directory (Join-Path $TestDrive 'nothing yet')
        Reset-Page (Export-LumaGallery $empty -WarningAction Ignore).FullName
        Invoke-Page $browser 'document.getElementById("controls").checkVisibility()' | Should -BeFalse
        Invoke-Click $browser '#empty [data-copy=command]'
        Wait-Until {
            (Invoke-Page $browser 'navigator.clipboard.readText()') -ceq
                "New-LumaVideo 'a red car driving on a road' | Wait-LumaJob | Save-LumaVideo -Destination ."
        }
    }

    It 'asked for nothing but itself and its videos, and nothing failed on the way' {
        $requests = $browser.Events | Where-Object method -EQ 'Network.requestWillBeSent' | ForEach-Object { $_.params.request.url }
        @($requests).Count | Should -BeGreaterThan 10
        $requests | Where-Object { $_ -notmatch '^(file|data|about):' } | Should -BeNullOrEmpty
        $browser.Events | Where-Object method -EQ 'Runtime.exceptionThrown' | Should -BeNullOrEmpty
        # The one script that a test tried to add.
        $errors = @(
            $browser.Events | Where-Object { $_.method -eq 'Log.entryAdded' -and $_.params.entry.level -eq 'error' } |
                ForEach-Object { $_.params.entry.text }
        )
        $errors | Where-Object { $_ -notmatch 'script-src' } | Should -BeNullOrEmpty
        $errors.Count | Should -BeLessOrEqual 1
    }

    Context "Accessibility, as axe-core sees it$noAxeSuffix" -Skip:$noAxe {
        BeforeAll { $axe = Get-AxeScript }

        It 'finds nothing in the page, <Scheme>, <Width> pixels wide' -ForEach @(
            @{ Scheme = 'light'; Width = 1280 }, @{ Scheme = 'dark'; Width = 390 }
        ) {
            Set-Preference $browser @{ 'prefers-color-scheme' = $Scheme }
            Set-Window $browser $Width 844
            Wait-Frame
            Set-Control model 'ray-v2'
            if ($Width -lt 500) { Invoke-Click $browser '#more' }
            Invoke-Click $browser '#jobs > summary'
            Get-AxeViolation $browser $axe | Should -BeNullOrEmpty
        }

        It 'finds nothing in the larger view, <Scheme>' -ForEach @(@{ Scheme = 'light' }, @{ Scheme = 'dark' }) {
            Set-Preference $browser @{ 'prefers-color-scheme' = $Scheme }
            Invoke-Click $browser '.card:nth-child(2) .open'
            Wait-Until { Get-Viewed }
            Get-AxeViolation $browser $axe | Should -BeNullOrEmpty
        }

        It 'finds nothing in an empty page' {
            $bare = New-Item -ItemType Directory (Join-Path $TestDrive 'bare')
            Reset-Page (Export-LumaGallery $bare -WarningAction Ignore).FullName
            Get-AxeViolation $browser $axe | Should -BeNullOrEmpty
        }

        It 'would find a button without a name' {
            $null = Invoke-Page $browser 'document.querySelector(".card .open").removeAttribute("aria-labelledby"); 1'
            Get-AxeViolation $browser $axe | Should -Match '^critical button-name'
        }
    }
}
