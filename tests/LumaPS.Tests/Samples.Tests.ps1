BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $journals = New-TestFolder # Not in TestDrive: a segment is open as long as this process lives, and Windows removes no open file.
    $samples = (Resolve-Path "$PSScriptRoot/../../samples").ProviderPath
    $names = 'LUMAPS_HOME', 'LUMA_VIDEOS', 'LUMA_HOOK_URL', 'GITHUB_RUN_ATTEMPT', 'GITHUB_STEP_SUMMARY', 'PSModulePath', 'CI'
    $before = @{}
    $names | ForEach-Object { $before[$_] = [Environment]::GetEnvironmentVariable($_) }
    $env:CI = $null

    # A sandbox as the service of this process and of those it starts, by the environment, as an engine sets it.
    function Start-EngineSandbox([hashtable] $Options = @{}) {
        $service = Start-TestSandbox $Options
        $env:TTAPI_KEY = $service.ApiKey
        $env:TTAPI_BASE_URI = $service.BaseUri
        $service
    }

    function New-Csv([string] $Name, [string[]] $Names) {
        $path = Join-Path $TestDrive $Name
        $Names | ForEach-Object { [pscustomobject]@{ Name = $_; userPrompt = "the video $_"; aspectRatio = '16:9' } } |
            Export-Csv -LiteralPath $path
        $path
    }
}

AfterAll {
    $names | ForEach-Object { [Environment]::SetEnvironmentVariable($_, $before[$_]) }
    Exit-LumaTest
}

Describe 'Scripts of the recipes' {
    It '<_> is a script that PowerShell can read' -ForEach @(
        Get-ChildItem "$PSScriptRoot/../../samples" -Recurse -File -Include *.ps1 |
            ForEach-Object { [IO.Path]::GetRelativePath("$PSScriptRoot/../../samples", $_.FullName) }
    ) {
        $problems = $null
        $null = [Management.Automation.Language.Parser]::ParseFile((Join-Path $samples $_), [ref]$null, [ref]$problems)
        $problems | Should -BeNullOrEmpty
    }
}

Describe 'azure-functions' {
    BeforeAll {
        $app = Join-Path $samples azure-functions

        # What the engine brings: the context of an answer, and the output bindings, here by their names.
        Add-Type ('public class HttpResponseContext { public object Body { get; set; } public System.Net.HttpStatusCode StatusCode { ' +
            'get; set; } }')
        $bound = @{}
        function Push-OutputBinding([string] $Name, $Value) { if (-not $bound[$Name]) { $bound[$Name] = @() }; $bound[$Name] += , $Value }

        # A queue's messages are JSON on their way, and come to a function as a hashtable.
        function Send-Message([string] $Function, $Message) {
            $item = $Message | ConvertTo-Json | ConvertFrom-Json -AsHashtable
            & "$app/$Function/run.ps1" -QueueItem $item 6>$null
        }

        function Receive-Message([string] $Binding) {
            $messages = $bound[$Binding]
            $bound.Remove($Binding)
            $messages
        }

        # What the platform makes of a callback, where it goes by the route of function.json.
        function Send-Callback($Request) {
            $route = (Get-Content "$app/TakeCallback/function.json" -Raw |
                ConvertFrom-Json).bindings[0].route.Replace('{name}', '(?<name>[^/]+)')
            "/api/$($Request.Path.TrimStart('/'))" -match "^/api/$route$" | Should -BeTrue
            $context = [pscustomobject]@{
                Body = ($Request.Body | ConvertFrom-Json -AsHashtable)
                RawBody = $Request.Body
                Params = @{ name = [uri]::UnescapeDataString($Matches.name) }
            }
            & "$app/TakeCallback/run.ps1" -Request $context
            (Receive-Message Response).StatusCode | Should -Be 'OK'
        }

        # The first callback of a job.
        function Get-RequestOf($Hook, [string] $JobId) {
            Wait-Until { $Hook.Requests | Where-Object Body -Like "*$JobId*" }
            $Hook.Requests | Where-Object Body -Like "*$JobId*" | Select-Object -First 1
        }
    }

    BeforeEach {
        Clear-LumaConnection
        $bound.Clear()
        $service = Start-EngineSandbox
        $hook = Start-TestSandbox
        $env:LUMAPS_HOME = Join-Path $journals "home-$([guid]::NewGuid().ToString('n'))"
        $env:LUMA_VIDEOS = Join-Path $TestDrive "videos-$([guid]::NewGuid().ToString('n'))"
        $env:LUMA_HOOK_URL = "$($hook.BaseUri)luma?code=abc=="
    }

    It 'has bindings that the scripts take and fill' {
        foreach ($file in Get-ChildItem $app -Recurse -Filter function.json) {
            $bindings = (Get-Content $file -Raw | ConvertFrom-Json).bindings
            $script = Join-Path $file.DirectoryName run.ps1
            $ast = [Management.Automation.Language.Parser]::ParseFile($script, [ref]$null, [ref]$null)
            foreach ($in in $bindings | Where-Object direction -EQ in) {
                $ast.ParamBlock.Parameters.Name.VariablePath.UserPath | Should -Contain $in.name
            }
            foreach ($out in $bindings | Where-Object direction -EQ out) {
                "$ast" | Should -BeLike "*Push-OutputBinding -Name $($out.name) *"
            }
        }
        Get-Content $app/host.json -Raw | Test-Json | Should -BeTrue
        Get-Content $app/local.settings.example.json -Raw | Test-Json | Should -BeTrue
        Import-PowerShellDataFile $app/requirements.psd1 | Should -BeOfType hashtable
    }

    It 'does not start without <_>' -ForEach 'TTAPI_KEY', 'LUMAPS_HOME', 'LUMA_VIDEOS', 'LUMA_HOOK_URL' {
        [Environment]::SetEnvironmentVariable($_, $null)
        { & $app/profile.ps1 } | Should -Throw "*$_*"
    }

    It 'finds the module beside it' {
        $env:PSModulePath = "$(Split-Path $LumaModulePath)$([IO.Path]::PathSeparator)$($before.PSModulePath)"
        { & $app/profile.ps1 } | Should -Not -Throw
    }

    It 'submits, takes the callback, confirms and saves' {
        Send-Message SubmitVideo @{ Name = 'shot-1'; userPrompt = 'a red car'; aspectRatio = '16:9' }
        $sent = (Get-Submit $service)[0]
        $sent.userPrompt, $sent.aspectRatio | Should -Be 'a red car', '16:9'
        $sent.hookUrl | Should -BeExactly "$($hook.BaseUri)luma/shot-1?code=abc=="
        $callback = Get-RequestOf $hook $service.Jobs[0].JobId
        Send-Callback $callback
        Receive-Message Ended | ForEach-Object { Send-Message SaveVideo $_ }
        $file = Get-ChildItem $env:LUMA_VIDEOS
        $file.Name | Should -Be "shot-1-$($service.Jobs[0].JobId).mp4"
        [IO.File]::ReadAllBytes($file.FullName).Length | Should -Be $service.GetVideoBytes($service.Jobs[0].JobId).Length
        (Get-LumaJob -Name shot-1).Status | Should -Be 'Succeeded'
    }

    It 'pays once for a message that comes twice, and saves once for two callbacks' {
        1..2 | ForEach-Object { Send-Message SubmitVideo @{ Name = 'twice'; userPrompt = 'a red car' } }
        $service.SubmitCount | Should -Be 1
        $callback = Get-RequestOf $hook $service.Jobs[0].JobId
        1..2 | ForEach-Object { Send-Callback $callback }
        Receive-Message Ended | ForEach-Object { Send-Message SaveVideo $_ }
        @(Get-ChildItem $env:LUMA_VIDEOS).Count | Should -Be 1
        $service.VideoRequestCount | Should -Be 1
    }

    It 'refuses a message <Kind>' -ForEach @(
        @{ Kind = 'without a name'; Message = @{ userPrompt = 'a red car' } }
        @{ Kind = 'with a name that is a path'; Message = @{ Name = '../x'; userPrompt = 'a red car' } }
        @{ Kind = 'without a prompt'; Message = @{ Name = 'x' } }
        @{ Kind = 'that is text'; Message = 'a red car' }
    ) {
        { Send-Message SubmitVideo $Message } | Should -Throw
        $service.SubmitCount | Should -Be 0
    }

    It 'settles a submit whose answer was lost, and pays no second time' {
        $service.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::CloseWithoutReply())
        1..3 | ForEach-Object {
            { Send-Message SubmitVideo @{ Name = 'lost'; userPrompt = 'a red car' } } | Should -Throw '*may have been*'
        }
        $service.SubmitCount | Should -Be 1
        Send-Callback (Get-RequestOf $hook $service.Jobs[0].JobId)
        Receive-Message Ended | ForEach-Object { Send-Message SaveVideo $_ }
        (Get-LumaJob -Name lost).JobId | Should -Be $service.Jobs[0].JobId
        @(Get-ChildItem $env:LUMA_VIDEOS).Count | Should -Be 1
        { Send-Message SubmitVideo @{ Name = 'lost'; userPrompt = 'a red car' } } | Should -Not -Throw
        $service.SubmitCount | Should -Be 1
    }

    It 'does not take a foreign job for the one that was lost' {
        $service.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::CloseWithoutReply())
        { Send-Message SubmitVideo @{ Name = 'mine'; userPrompt = 'a red car' } } | Should -Throw
        $home1, $env:LUMAPS_HOME = $env:LUMAPS_HOME, (Join-Path $journals elsewhere)
        $foreign = New-LumaVideo 'a red car'
        $env:LUMAPS_HOME = $home1
        Send-Message SaveVideo @{ JobId = $foreign.JobId; Name = 'mine' } 3>$null
        (Get-LumaJob -Name mine).Status | Should -Be 'Unconfirmed'
        Test-Path $env:LUMA_VIDEOS | Should -BeFalse
    }

    It 'answers the same to a callback that is <_>' -ForEach 'no JSON', '{"event":"push"}', '' {
        Send-Callback ([pscustomobject]@{ Path = '/luma/x'; Body = '{}' })
        & $app/TakeCallback/run.ps1 -Request ([pscustomobject]@{ Body = $_; RawBody = $_; Params = @{ name = 'x' } })
        (Receive-Message Response).StatusCode | Should -Be 'OK'
        Receive-Message Ended | Should -BeNullOrEmpty
    }

    It 'does not save what a forged callback says' {
        $service.JobSeconds = 600
        Send-Message SubmitVideo @{ Name = 'forged'; userPrompt = 'a red car' }
        $body = @{
            status = 'SUCCESS'
            jobId = $service.Jobs[0].JobId
            data = @{ jobId = $service.Jobs[0].JobId; videoUrl = $service.VideoBaseUri }
        } | ConvertTo-Json
        Send-Callback ([pscustomobject]@{ Path = '/luma/forged'; Body = $body })
        Receive-Message Ended | ForEach-Object { Send-Message SaveVideo $_ }
        (Get-LumaJob -Name forged).Status | Should -BeIn 'Pending', 'Running'
        Test-Path $env:LUMA_VIDEOS | Should -BeFalse
    }

    It 'sweeps up what no callback told of, and nothing that is saved' {
        $service.MisbehaveAlways('Submit', [Luma.Sandbox.SandboxFault]::NoCallback())
        'one', 'two' | ForEach-Object { Send-Message SubmitVideo @{ Name = $_; userPrompt = 'a red car' } }
        & $app/SweepJobs/run.ps1 -Timer @{ IsPastDue = $false }
        $messages = Receive-Message Ended
        $messages.Count | Should -Be 2
        $messages | ForEach-Object { Send-Message SaveVideo $_ }
        @(Get-ChildItem $env:LUMA_VIDEOS).Count | Should -Be 2
        & $app/SweepJobs/run.ps1 -Timer @{ IsPastDue = $false }
        Receive-Message Ended | Should -BeNullOrEmpty
    }
}

Describe 'github-actions' {
    BeforeAll {
        $folder = Join-Path $samples github-actions
        $workflow = Get-Content $folder/luma-videos.yml -Raw
        $all = 1..12 | ForEach-Object { "shot-$_" }
    }

    BeforeEach {
        Clear-LumaConnection
        $service = Start-EngineSandbox
        $env:GITHUB_RUN_ATTEMPT = '1'
        $env:LUMAPS_HOME = Join-Path $journals "home-$([guid]::NewGuid().ToString('n'))"
        $videos = Join-Path $TestDrive "videos-$([guid]::NewGuid().ToString('n'))"
        $csv = New-Csv "$([guid]::NewGuid()).csv" $all

        # One runner: the journal of those before it in its own folder, and its own afterwards in the artifacts.
        function Invoke-Runner([int] $Shard, [int] $Count, [string] $Artifacts, [hashtable] $More = @{}) {
            $env:LUMAPS_HOME = Join-Path $journals "runner-$([guid]::NewGuid().ToString('n'))"
            $null = New-Item -ItemType Directory (Join-Path $env:LUMAPS_HOME journal), $Artifacts -Force
            Get-ChildItem $Artifacts -Filter *.jsonl | Copy-Item -Destination (Join-Path $env:LUMAPS_HOME journal)
            try {
                $shared = @{ Path = $csv; Destination = $videos; Module = $LumaModulePath }
                & $folder/Invoke-LumaShard.ps1 @shared -Shard $Shard -ShardCount $Count @More 6>$null
            }
            finally { Get-ChildItem (Join-Path $env:LUMAPS_HOME journal) -Filter *.jsonl | Copy-Item -Destination $Artifacts }
        }
    }

    It 'names scripts and parameters in the workflow that there are' {
        $calls = [regex]::Matches($workflow, '(?m)run: \./samples/github-actions/(?<script>[\w-]+\.ps1)(?<arguments>.*)$')
        $calls.Count | Should -Be 3
        foreach ($call in $calls) {
            $script = Get-Command (Join-Path $folder $call.Groups['script'].Value)
            [regex]::Matches($call.Groups['arguments'].Value, '(?<=\s-)[A-Za-z]+').Value |
                ForEach-Object { $script.Parameters.Keys | Should -Contain $_ }
        }
        $workflow | Should -Match '(?m)^concurrency:'
        $workflow | Should -Match 'LUMAPS_JOURNAL:'
    }

    It 'makes every row in one shard, and again nothing' {
        $artifacts = Join-Path $TestDrive "artifacts-$([guid]::NewGuid().ToString('n'))"
        1..4 | ForEach-Object { Invoke-Runner $_ 4 $artifacts @{ SubmitOnly = $true } }
        $service.SubmitCount | Should -Be 12
        (Get-Submit $service).userPrompt | Sort-Object | Should -Be ($all.ForEach({ "the video $_" }) | Sort-Object)
        Test-Path $videos | Should -BeFalse
        1..4 | ForEach-Object { Invoke-Runner $_ 4 $artifacts }
        @(Get-ChildItem $videos).Count | Should -Be 12

        # A later run, with another number of shards and one more row.
        $csv = New-Csv "$([guid]::NewGuid()).csv" (@('a new one') + $all)
        1..3 | ForEach-Object { Invoke-Runner $_ 3 $artifacts }
        $service.SubmitCount | Should -Be 13

        $env:LUMAPS_HOME = Join-Path $journals "report-$([guid]::NewGuid().ToString('n'))"
        Copy-Item $artifacts (Join-Path $env:LUMAPS_HOME journal) -Recurse
        $env:GITHUB_STEP_SUMMARY = Join-Path $TestDrive summary.md
        & $folder/Write-LumaReport.ps1 -Path $csv -Destination (Join-Path $TestDrive report.csv) -Module $LumaModulePath |
            Should -Be '13 Succeeded. Quota of the finished ones: 325.'
        Get-Content $env:GITHUB_STEP_SUMMARY | Should -BeLike '13 Succeeded*'
        (Import-Csv (Join-Path $TestDrive report.csv)).Count | Should -Be 13
    }

    It 'goes on after a row that fails, fails itself, and pays for the others no second time' {
        $csv = New-Csv 'bad.csv' 'good', 'bad', 'fine'
        (Get-Content $csv -Raw).Replace('"the video bad"', '""') | Set-Content $csv
        $artifacts = Join-Path $TestDrive bad-artifacts
        { Invoke-Runner 1 1 $artifacts 2>$null } | Should -Throw '1 of 3 rows*'
        @(Get-ChildItem $videos).Count | Should -Be 2
        $env:GITHUB_RUN_ATTEMPT = '2'
        { Invoke-Runner 1 1 $artifacts 2>$null } | Should -Throw '1 of 3 rows*'
        $service.SubmitCount | Should -Be 2
    }

    It 'refuses a rerun whose journal is not there' {
        $env:GITHUB_RUN_ATTEMPT = '2'
        { & $folder/Invoke-LumaShard.ps1 -Path $csv -Module $LumaModulePath 6>$null } | Should -Throw '*no journal*'
        $service.SubmitCount | Should -Be 0
    }

    It 'refuses <Kind>' -ForEach @(
        @{ Kind = 'a run without LUMAPS_HOME'; Names = 'one', 'two'; WithoutHome = $true; Message = '*LUMAPS_HOME*' }
        @{ Kind = 'rows without a name'; Names = 'one', ' '; Message = '1 of 2 rows have no Name*' }
        @{ Kind = 'a name that stands there twice'; Names = 'one', 'ONE'; Message = '*more than once*' }
    ) {
        if ($WithoutHome) { $env:LUMAPS_HOME = $null }
        $path = New-Csv 'refused.csv' $Names
        { & $folder/Invoke-LumaShard.ps1 -Path $path -Module $LumaModulePath 6>$null } | Should -Throw $Message
        $service.SubmitCount | Should -Be 0
    }
}

Describe 'Processes that tests start' {
    It 'leave no startup profile, which two that end at once would spoil for all later ones' -Skip:(-not $env:LUMAPS_MODULE) {
        # Not where Pester was started by hand: see PowerShellHost.cs.
        $cache = New-TestFolder
        Invoke-NewProcess 'Get-Date' @{ XDG_CACHE_HOME = $cache } | Out-Null
        Get-ChildItem $cache -Recurse -Filter StartupProfileData* | Should -BeNullOrEmpty
    }
}
