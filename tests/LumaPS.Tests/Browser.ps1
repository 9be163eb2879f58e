# A headless Chromium, driven over its DevTools protocol. Dot-source it; Open-Browser, Close-Browser.

# The browser's file; nothing where there is none. $env:LUMAPS_BROWSER names another one.
function Find-Browser {
    $names = @($env:LUMAPS_BROWSER; 'chromium'; 'chromium-browser'; 'google-chrome'; 'google-chrome-stable'; 'msedge') | Where-Object { $_ }
    (Get-Command $names -CommandType Application -ErrorAction Ignore | Select-Object -First 1).Source
}

# Opens a page and waits until it is there. Events are what the page did: console, exceptions, requests.
function Open-Browser([string] $Page) {
    $profileFolder = Join-Path ([IO.Path]::GetTempPath()) "luma-browser-$([guid]::NewGuid())"
    $start = [Diagnostics.ProcessStartInfo]::new((Find-Browser))
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking',
        '--disable-component-update', '--no-first-run',
    '--remote-debugging-port=0', '--window-size=1280,900', "--user-data-dir=$profileFolder", 'about:blank' |
        ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $browser = @{
        Process = [Diagnostics.Process]::Start($start)
        Profile = $profileFolder
        Id = 0
        Events = [Collections.Generic.List[object]]::new()
    }
    try {
        $browser.Process.BeginErrorReadLine() # Nobody reads it, and a full pipe would stop the browser.
        $portFile = Join-Path $profileFolder 'DevToolsActivePort'
        Wait-Until { (Test-Path -LiteralPath $portFile) -and @(Get-Content -LiteralPath $portFile).Count -ge 2 } -Seconds 30
        $port = @(Get-Content -LiteralPath $portFile)[0]
        $browser.Port = $port
        Wait-Until {
            $browser.Target = Invoke-RestMethod "http://127.0.0.1:$port/json/list" -NoProxy | ForEach-Object { $_ } |
                Where-Object type -EQ page | Select-Object -First 1
            $browser.Target
        } -Seconds 30
        $browser.Socket = [Net.WebSockets.ClientWebSocket]::new()
        $null = $browser.Socket.ConnectAsync([uri]$browser.Target.webSocketDebuggerUrl, [Threading.CancellationToken]::None).Wait(10000)
        foreach ($domain in 'Page', 'Runtime', 'Network', 'Log') { $null = Send-Browser $browser "$domain.enable" }
        $null = Send-Browser $browser 'Browser.grantPermissions' @{ permissions = @('clipboardReadWrite', 'clipboardSanitizedWrite') }
        Show-Page $browser $Page
    }
    catch {
        Close-Browser $browser # Nobody else knows it yet.
        throw
    }
    $browser
}

# One command; its result. What happens meanwhile goes into Events.
function Send-Browser($Browser, [string] $Method, [hashtable] $Parameters = @{}) {
    $limit = [Threading.CancellationTokenSource]::new(30000)
    $id = ++$Browser.Id
    $command = [Text.Encoding]::UTF8.GetBytes((@{ id = $id; method = $Method; params = $Parameters } | ConvertTo-Json -Depth 9 -Compress))
    $null = $Browser.Socket.SendAsync([ArraySegment[byte]]::new($command), [Net.WebSockets.WebSocketMessageType]::Text, $true,
        $limit.Token).GetAwaiter().GetResult()
    while ($true) {
        $message = [IO.MemoryStream]::new()
        $buffer = [byte[]]::new(65536)
        do {
            $part = $Browser.Socket.ReceiveAsync([ArraySegment[byte]]::new($buffer), $limit.Token).GetAwaiter().GetResult()
            $message.Write($buffer, 0, $part.Count)
        } until ($part.EndOfMessage)
        $answer = [Text.Encoding]::UTF8.GetString($message.ToArray()) | ConvertFrom-Json -AsHashtable
        if ($answer.id -ne $id) { $Browser.Events.Add($answer); continue }
        if ($answer.error) { throw "$Method`: $($answer.error.message)" }
        return $answer.result
    }
}

# Goes to a page, and waits until it is there.
function Show-Page($Browser, [string] $Page) {
    $address = [uri]::new($Page).AbsoluteUri
    $null = Send-Browser $Browser 'Page.navigate' @{ url = $address }
    Wait-Until { (Invoke-Page $Browser 'document.readyState + location.href.split("#")[0]') -eq "complete$address" } -Seconds 30
}

# Loads the page again, as a reader would, and waits until it is there.
function Update-Page($Browser) {
    $null = Invoke-Page $Browser 'window.before = true'
    $null = Send-Browser $Browser 'Page.reload'
    Wait-Until { Invoke-Page $Browser 'document.readyState === "complete" && window.before === undefined' } -Seconds 30
}

# The size of the window, of a phone's if it is that narrow.
function Set-Window($Browser, [int] $Width, [int] $Height) {
    $null = Send-Browser $Browser 'Emulation.setDeviceMetricsOverride' @{
        width = $Width
        height = $Height
        deviceScaleFactor = 1
        mobile = $Width -lt 500
    }
}

# What the system prefers: light or dark, motion or calm.
function Set-Preference($Browser, [hashtable] $Features = @{}) {
    $list = @($Features.GetEnumerator() | ForEach-Object { @{ name = $_.Key; value = $_.Value } })
    $null = Send-Browser $Browser 'Emulation.setEmulatedMedia' @{ features = $list }
}

# The script of axe-core, of the assembly that the restore brought; nothing where it did not.
function Get-AxeScript {
    if (-not $env:LUMAPS_AXE -or -not (Test-Path -LiteralPath $env:LUMAPS_AXE)) { return }
    $assembly = [Reflection.Assembly]::LoadFile($env:LUMAPS_AXE)
    [IO.StreamReader]::new($assembly.GetManifestResourceStream('Deque.AxeCore.Commons.Resources.axe.min.js')).ReadToEnd()
}

# What axe-core finds in the page as it is now: a line for each kind of problem.
function Get-AxeViolation($Browser, [string] $Script) {
    $null = Invoke-Page $Browser "if (!window.axe) { $Script }; 1"
    Invoke-Page $Browser ('axe.run().then(r => r.violations.map(v => `${v.impact} ${v.id}: ${v.nodes.map(n => n.html.slice(0, ' +
        '160)).join(" | ")}`))')
}

# Runs JavaScript in the page; its value.
function Invoke-Page($Browser, [string] $Script) {
    # As if a hand had asked for it: some things a page may do only then.
    $result = Send-Browser $Browser 'Runtime.evaluate' @{
        expression = $Script
        awaitPromise = $true
        returnByValue = $true
        userGesture = $true
    }
    if ($result.exceptionDetails) { throw "$Script`: $($result.exceptionDetails.exception.description)" }
    $result.result.value
}

# The mouse goes to the middle of an element, as a hand would move it.
function Move-Mouse($Browser, [string] $Selector) {
    $at = Invoke-Page $Browser ("(() => { const e = document.querySelector('$Selector'); e.scrollIntoView({ block: 'center' }); const " +
        "r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")
    $null = Send-Browser $Browser 'Input.dispatchMouseEvent' @{ type = 'mouseMoved'; x = $at[0]; y = $at[1]; pointerType = 'mouse' }
}

# Clicks in the middle of an element.
function Invoke-Click($Browser, [string] $Selector) {
    $at = Invoke-Page $Browser ("(() => { const e = document.querySelector('$Selector'); e.scrollIntoView({ block: 'center' }); const " +
        "r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")
    foreach ($type in 'mousePressed', 'mouseReleased') {
        $null = Send-Browser $Browser 'Input.dispatchMouseEvent' @{
            type = $type
            x = $at[0]
            y = $at[1]
            button = 'left'
            clickCount = 1
            pointerType = 'mouse'
        }
    }
}

function Send-Key($Browser, [string] $Key, [int] $Code, [string] $Text = '') {
    $down = @{ type = 'keyDown'; key = $Key; code = $Key; windowsVirtualKeyCode = $Code }
    if ($Text) { $down.text = $Text }
    $null = Send-Browser $Browser 'Input.dispatchKeyEvent' $down
    $null = Send-Browser $Browser 'Input.dispatchKeyEvent' @{ type = 'keyUp'; key = $Key; code = $Key; windowsVirtualKeyCode = $Code }
}

function Close-Browser($Browser) {
    if (-not $Browser) { return }
    try { $null = Send-Browser $Browser 'Browser.close' } catch { Write-Verbose "It closes without an answer: $_" }
    if (-not $Browser.Process.WaitForExit(5000)) { $Browser.Process.Kill($true); $null = $Browser.Process.WaitForExit(5000) }
    if ($Browser.Socket) { $Browser.Socket.Dispose() }
    $Browser.Process.Dispose()
    Remove-Item -LiteralPath $Browser.Profile -Recurse -Force -ErrorAction Ignore
}
