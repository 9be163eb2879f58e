# Dot-source it in BeforeAll, then Enter-LumaTest; Exit-LumaTest belongs into AfterAll.

$LumaModulePath = if ($env:LUMAPS_MODULE) { $env:LUMAPS_MODULE } else { Join-Path $PSScriptRoot '../../out/LumaPS' }
$LumaModulePath = (Resolve-Path -LiteralPath $LumaModulePath).ProviderPath

# Imports the module and takes the environment's key and address away; no test may ever reach the real service.
function Enter-LumaTest {
    $script:LumaTest = @{
        Environment = @{ TTAPI_KEY = $env:TTAPI_KEY; TTAPI_BASE_URI = $env:TTAPI_BASE_URI; LUMAPS_HOME = $env:LUMAPS_HOME }
        Location    = Get-Location
        Sandboxes   = [Collections.Generic.List[IDisposable]]::new()
        Folders     = [Collections.Generic.List[string]]::new()
        Culture     = [cultureinfo]::CurrentCulture
    }
    Import-Module $LumaModulePath -Global
    Add-Type -Path (Join-Path $LumaModulePath 'LumaPS.Sandbox.dll')
    Clear-LumaConnection
}

function Exit-LumaTest {
    $script:LumaTest.Sandboxes | ForEach-Object Dispose
    $script:LumaTest.Environment.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
    Set-Location -LiteralPath $script:LumaTest.Location.Path
    [cultureinfo]::CurrentCulture = $script:LumaTest.Culture
    Disconnect-Luma
    Get-LumaConnection -Name * | ForEach-Object { Disconnect-Luma -Name $_.Name }
    $script:LumaTest.Folders | ForEach-Object { Remove-Item -LiteralPath $_ -Recurse -Force -ErrorAction Ignore }
}

# From here on the journal does not know the jobs made so far, as if they had been made on another machine.
function Use-NewJournal {
    $env:LUMAPS_HOME = New-TestFolder
}

# No connection, and no key in the environment.
function Clear-LumaConnection {
    $env:TTAPI_KEY = $env:TTAPI_BASE_URI = $null
    Disconnect-Luma
}

# A sandbox that records its requests and whose jobs are done at once, unless told otherwise.
function Start-TestSandbox([hashtable] $Options = @{}) {
    $settings = @{ RecordRequests = $true; JobSeconds = 0 } + $Options
    $sandbox = [Luma.Sandbox.LumaSandbox]::Start([Luma.Sandbox.LumaSandboxOptions]$settings)
    $script:LumaTest.Sandboxes.Add($sandbox)
    $sandbox
}

# A connection to a sandbox that leaves the connection of the process alone.
function New-TestConnection($Sandbox, [hashtable] $Settings = @{}) {
    $connection = $Sandbox | Connect-Luma -PassThru @Settings
    Disconnect-Luma
    $connection
}

# A folder for what goes on beside several blocks of tests; TestDrive is swept after each of them.
function New-TestFolder {
    $folder = Join-Path ([IO.Path]::GetTempPath()) "LumaPS-$([guid]::NewGuid().ToString('n'))"
    $null = New-Item -ItemType Directory $folder
    $script:LumaTest.Folders.Add($folder)
    $folder
}

# Jobs take as many seconds as the first word of their prompt says. Built as an expression: the sandbox calls it on
# threads that have no runspace to run a script block in.
function Set-JobSecondsByPrompt($Sandbox) {
    $job = [Linq.Expressions.Expression]::Parameter([Luma.Sandbox.SandboxJob], 'job')
    $fields = [Linq.Expressions.Expression]::Property($job, 'Fields')
    $prompt = [Linq.Expressions.Expression]::Property(
        $fields, 'Item', [Linq.Expressions.Expression[]]@([Linq.Expressions.Expression]::Constant('userPrompt')))
    $text = [Linq.Expressions.Expression]::Call($prompt, [Text.Json.JsonElement].GetMethod('GetString'))
    $words = [Linq.Expressions.Expression]::Call(
        $text, [string].GetMethod('Split', [type[]]@([char[]])), [Linq.Expressions.Expression]::Constant([char[]]@(' ')))
    $first = [Linq.Expressions.Expression]::ArrayIndex($words, [Linq.Expressions.Expression]::Constant(0))
    $invariant = [Linq.Expressions.Expression]::Constant([cultureinfo]::InvariantCulture, [IFormatProvider])
    $seconds = [Linq.Expressions.Expression]::Call([double].GetMethod('Parse', [type[]]@([string], [IFormatProvider])), $first, $invariant)
    $Sandbox.JobSecondsFor = [Linq.Expressions.Expression]::Lambda(
        [Func[Luma.Sandbox.SandboxJob, double]], $seconds, [Linq.Expressions.ParameterExpression[]]@($job)).Compile()
}

# A task that ends when a request with a text in its body arrives; an expression for the same reason.
function Get-RequestTask($Sandbox, [string] $Text) {
    $request = [Linq.Expressions.Expression]::Parameter([Luma.Sandbox.SandboxRequest], 'request')
    $body = [Linq.Expressions.Expression]::Property($request, 'Body')
    $contains = [Linq.Expressions.Expression]::Call(
        $body, [string].GetMethod('Contains', [type[]]@([string])), [Linq.Expressions.Expression]::Constant($Text))
    $match = [Linq.Expressions.Expression]::Lambda(
        [Func[Luma.Sandbox.SandboxRequest, bool]], $contains, [Linq.Expressions.ParameterExpression[]]@($request)).Compile()
    , $Sandbox.WaitForRequestAsync($match)
}

# Runs a pipeline and sorts out what it gives: Output, Errors (a terminating one is the last), Verbose, Debug, Warning.
function Invoke-Luma([scriptblock] $Script) {
    $result = [pscustomobject]@{ Output = @(); Errors = @(); Verbose = @(); Debug = @(); Warning = @(); Terminated = $false; Seconds = 0.0 }
    $all = [Collections.Generic.List[object]]::new()
    $watch = [Diagnostics.Stopwatch]::StartNew()
    try {
        & $Script *>&1 | ForEach-Object { $all.Add($_) }
    }
    catch {
        $all.Add($_)
        $result.Terminated = $true
    }
    $result.Seconds = $watch.Elapsed.TotalSeconds
    foreach ($one in $all) {
        switch ($one) {
            { $_ -is [Management.Automation.ErrorRecord] } { $result.Errors += $one; break }
            { $_ -is [Management.Automation.VerboseRecord] } { $result.Verbose += $one; break }
            { $_ -is [Management.Automation.DebugRecord] } { $result.Debug += $one; break }
            { $_ -is [Management.Automation.WarningRecord] } { $result.Warning += $one; break }
            default { $result.Output += $one }
        }
    }
    $result
}

# What a sandbox was asked to make, as objects, in the order of arrival.
function Get-Submit($Sandbox) {
    , @(
        $Sandbox.Requests | Where-Object { "$($_.Target)" -in 'Generations', 'Extend' } |
            ForEach-Object { $_.Body | ConvertFrom-Json -AsHashtable }
    )
}

# Polls for something that is to come about, and fails if it does not.
function Wait-Until([scriptblock] $Condition, [double] $Seconds = 30) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt $Seconds) { throw "Not within $Seconds s: {$Condition}" }
        [Threading.Thread]::Sleep(10)
    }
}

# Runs a script in a runspace of its own, with the module imported and $args filled; a hashtable of what belongs to it.
# Output comes as it is emitted, into a collection that can be watched.
function Start-LumaScript([string] $Script, [object[]] $Arguments = @()) {
    $shell = [powershell]::Create()
    $null = $shell.AddScript("Import-Module '$($LumaModulePath.Replace("'", "''"))'; `$ErrorActionPreference = 'Continue'").Invoke()
    $shell.Commands.Clear()
    $null = $shell.AddScript($Script)
    foreach ($argument in $Arguments) { $null = $shell.AddArgument($argument) }
    $running = @{
        Shell  = $shell
        Output = [Management.Automation.PSDataCollection[psobject]]::new()
        Watch  = [Diagnostics.Stopwatch]::StartNew()
    }
    $running.Result = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $running.Output)
    $running
}

# Waits for the end of a script and gives what it gave; its errors are then in Errors.
function Receive-LumaScript($Running, [double] $Seconds = 30) {
    try {
        if (-not $Running.Result.AsyncWaitHandle.WaitOne([int](1000 * $Seconds))) { throw "The script has not ended after $Seconds s." }
        $null = $Running.Shell.EndInvoke($Running.Result)
        $Running.Errors = @($Running.Shell.Streams.Error) # Disposing empties them.
        $Running.Output
    }
    finally {
        $Running.Shell.Dispose()
    }
}

# Ctrl+C: stops a script, and gives the seconds that took.
function Stop-LumaScript($Running, [double] $Seconds = 10) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $stopped = $Running.Shell.BeginStop($null, $null)
    if (-not $stopped.AsyncWaitHandle.WaitOne([int](1000 * $Seconds))) { throw "The script has not stopped after $Seconds s." }
    $elapsed = $watch.Elapsed.TotalSeconds
    $Running.Shell.EndStop($stopped)
    "$($Running.Shell.InvocationStateInfo.State)" | Should -Be 'Stopped'
    $Running.Shell.Dispose()
    $elapsed
}

# A start of this PowerShell once more. The one that came with the restore has no file of its own: dotnet runs it.
function New-PowerShellStart {
    $start = [Diagnostics.ProcessStartInfo]::new([Environment]::ProcessPath)
    if ([IO.Path]::GetFileNameWithoutExtension($start.FileName) -eq 'dotnet') {
        'exec', (Join-Path $PSHOME 'pwsh.dll') | ForEach-Object { $start.ArgumentList.Add($_) }
    }
    $start
}

# Runs a script in a new process of this PowerShell; a string that it writes, and an error if it ends with one.
function Invoke-NewProcess([string] $Script, [hashtable] $Environment = @{}) {
    $start = New-PowerShellStart
    '-NoLogo', '-NoProfile', '-NonInteractive', '-Command', '-' | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $start.Environment['NO_COLOR'] = '1'
    $start.Environment['LUMAPS_TEST_MODULE'] = $LumaModulePath
    $Environment.GetEnumerator() | ForEach-Object { $start.Environment[$_.Key] = $_.Value }
    $process = [Diagnostics.Process]::Start($start)
    try {
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        $process.StandardInput.Write("`$ErrorActionPreference = 'Stop'; & {`n$Script`n}`n`n")
        $process.StandardInput.Close()
        if (-not $process.WaitForExit(60000)) { $process.Kill($true); throw 'The process has not ended after 60 s.' }
        if ($process.ExitCode -ne 0 -or $errors.Result.Trim()) {
            throw "The process ended with $($process.ExitCode): $($errors.Result) $($output.Result)"
        }
        $output.Result.Trim()
    }
    finally {
        $process.Dispose()
    }
}
