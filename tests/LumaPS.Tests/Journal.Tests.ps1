BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    $modulePath = $LumaModulePath
    Import-Module $modulePath
    Add-Type -Path (Join-Path $modulePath 'LumaPS.Sandbox.dll')

    # No test may reach the real service, or the user's own journal.
    $environment = @{}
    foreach ($name in 'TTAPI_KEY', 'TTAPI_BASE_URI', 'LUMAPS_HOME') { $environment[$name] = [Environment]::GetEnvironmentVariable($name) }
    $env:TTAPI_KEY = $env:TTAPI_BASE_URI = $null
    Disconnect-Luma
    $root = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "LumaPS-$([guid]::NewGuid().ToString('n'))")).FullName
    $sandboxes = [Collections.Generic.List[IDisposable]]::new()

    function New-Sandbox([hashtable] $Options = @{}) {
        $settings = @{ RecordRequests = $true; JobSeconds = 0 } + $Options
        $new = [Luma.Sandbox.LumaSandbox]::Start([Luma.Sandbox.LumaSandboxOptions]$settings)
        $sandboxes.Add($new)
        $new
    }

    # A journal of its own for each test.
    function New-Home {
        $env:LUMAPS_HOME = Join-Path $root ([guid]::NewGuid().ToString('n'))
        $env:LUMAPS_HOME
    }

    # Runs a pipeline and sorts out what it gives.
    function Invoke-Sorted([scriptblock] $Script) {
        $all = @(try { & $Script *>&1 } catch { $_ })
        [pscustomobject]@{
            Output  = @($all.Where({ $_ -isnot [Management.Automation.ErrorRecord] -and $_ -isnot [Management.Automation.WarningRecord] }))
            Errors  = @($all.Where({ $_ -is [Management.Automation.ErrorRecord] }))
            Warning = @($all.Where({ $_ -is [Management.Automation.WarningRecord] }))
        }
    }

    function Wait-For([scriptblock] $Condition, [double] $Seconds = 60) {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        while (-not (& $Condition)) {
            if ($watch.Elapsed.TotalSeconds -gt $Seconds) { throw "Not within $Seconds s: {$Condition}" }
            [Threading.Thread]::Sleep(20)
        }
    }

    # A script in a runspace of its own, which can be stopped.
    function Start-Script([string] $Script, [object[]] $Arguments = @()) {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$($modulePath.Replace("'", "''"))'").Invoke()
        $shell.Commands.Clear()
        $null = $shell.AddScript($Script)
        foreach ($argument in $Arguments) { $null = $shell.AddArgument($argument) }
        @{ Shell = $shell; Result = $shell.BeginInvoke() }
    }

    # A script in a new process of this PowerShell, connected to a sandbox by its environment; $Answers go to its prompts.
    function Start-Shell([string] $Script, $Sandbox, [hashtable] $Environment = @{}, [string[]] $Answers = @()) {
        $start = New-PowerShellStart
        $text = "Import-Module '$($modulePath.Replace("'", "''"))'; $Script"
        '-NoLogo', '-NoProfile', '-EncodedCommand', [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text)) |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $start.Environment['NO_COLOR'] = '1'
        $start.Environment['TTAPI_KEY'] = $Sandbox.ApiKey
        $start.Environment['TTAPI_BASE_URI'] = "$($Sandbox.BaseUri)"
        $Environment.GetEnumerator() | ForEach-Object { $start.Environment[$_.Key] = $_.Value }
        $process = [Diagnostics.Process]::Start($start)
        $shell = @{
            Process = $process
            Output = $process.StandardOutput.ReadToEndAsync()
            Errors = $process.StandardError.ReadToEndAsync()
        }
        $Answers | ForEach-Object { $process.StandardInput.WriteLine($_) }
        $process.StandardInput.Close()
        $shell
    }

    function Receive-Shell($Shell) {
        if (-not $Shell.Process.WaitForExit(60000)) { $Shell.Process.Kill($true); throw 'The process has not ended after 60 s.' }
        $Shell.Output.Result.Trim()
        $Shell.Process.Dispose()
    }

    # The text of the whole journal.
    function Get-JournalText { (Get-ChildItem -LiteralPath $env:LUMAPS_HOME -Recurse -File -Filter *.jsonl | Get-Content -Raw) -join '' }

    # An answer held until it is released.
    function New-Hold {
        $release = [Threading.Tasks.TaskCompletionSource]::new()
        @{ Release = $release; Fault = [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task) }
    }

    # A submit that waits for a name which another process has. It tells so after ten seconds, so it begins beside all the others.
    $waiting = @{ Sandbox = New-Sandbox; Folder = (New-Item -ItemType Directory (Join-Path (New-Home) journal)).FullName }
    $waiting.Process = [IO.File]::Open((Join-Path $waiting.Folder 'another0.lock'), 'CreateNew', 'ReadWrite', 'None')
    $now = [datetime]::UtcNow.ToString('o', [cultureinfo]::InvariantCulture)
    $connection = $waiting.Sandbox | Connect-Luma -PassThru
    Disconnect-Luma
    $line = "{""v"":1,""event"":""intent"",""id"":""another"",""at"":""$now"",""service"":""$($connection.Service)""," +
        """name"":""n"",""kind"":""Generation"",""prompt"":""a"",""submittedAt"":""$now""}"
    Set-Content -LiteralPath (Join-Path $waiting.Folder 'another0.jsonl') $line
    $waiting.Submit = Start-Script 'New-LumaVideo a -Name n -Connection $args[0]' $connection
    Wait-For { Test-Path (Join-Path $waiting.Folder 'names.lock') } # From here on it has its journal.
}

AfterAll {
    $waiting.Submit.Shell.Dispose()
    $waiting.Process.Dispose()
    $sandboxes | ForEach-Object Dispose
    $environment.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
    Disconnect-Luma
    Remove-Item -LiteralPath $root -Recurse -Force -ErrorAction Ignore
}

Describe 'The journal' {
    BeforeEach {
        $null = New-Home
        $sandbox = New-Sandbox
        $sandbox | Connect-Luma
    }

    AfterEach {
        # Whatever a test did: the key is nowhere.
        if ([IO.Directory]::Exists($env:LUMAPS_HOME)) {
            Get-ChildItem -LiteralPath $env:LUMAPS_HOME -Recurse -File -Exclude *.lock -ErrorAction Ignore | Get-Content -Raw |
                Should -Not -Match $sandbox.ApiKey
        }
        $sandbox.Dispose()
    }

    Context 'read by Get-LumaJob' {
        It 'lists all jobs of the service in the order of their submits' {
            'a', 'b', 'c' | New-LumaVideo -ThrottleLimit 1 | Out-Null
            $requests = $sandbox.RequestCount
            $jobs = Get-LumaJob
            $jobs.Prompt -join ' ' | Should -BeExactly 'a b c'
            $jobs.JobId -join ' ' | Should -BeExactly ($sandbox.Jobs.JobId -join ' ')
            $jobs | ForEach-Object { $_ | Should -BeOfType Luma.LumaJob }
            $jobs.Status | Should -Be 'Pending', 'Pending', 'Pending'
            $sandbox.RequestCount | Should -Be $requests -Because 'the list costs no request'
        }

        It 'gives nothing, and no error, where there is nothing' {
            Get-LumaJob -ErrorAction Stop | Should -BeNullOrEmpty
            Get-LumaJob -Name 'no*such' -Status Failed -ErrorAction Stop | Should -BeNullOrEmpty
        }

        It 'selects by -Name <Names>' -ForEach @(
            @{ Names = 'shot-1'; Expected = 'shot-1' }
            @{ Names = 'SHOT-*'; Expected = 'shot-1 shot-2' }
            @{ Names = 'shot-?', 'o*'; Expected = 'shot-1 shot-2 other' }
            @{ Names = '[a-o]*'; Expected = 'other' }
            @{ Names = '*'; Expected = 'shot-1 shot-2 other' }
        ) {
            New-LumaVideo a -Name shot-1 | Out-Null
            New-LumaVideo b -Name shot-2 | Out-Null
            New-LumaVideo c -Name other | Out-Null
            New-LumaVideo d | Out-Null
            (Get-LumaJob -Name $Names).Name -join ' ' | Should -BeExactly $Expected
        }

        It 'selects by -Status' {
            $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::FailJob('no'),
                [Luma.Sandbox.SandboxFault]::CloseWithoutReply())
            'good', 'bad', 'open', 'new' | New-LumaVideo -ThrottleLimit 1 -ErrorAction Ignore | Out-Null
            $null = Get-LumaJob $sandbox.Jobs[0].JobId, $sandbox.Jobs[1].JobId
            (Get-LumaJob -Status Succeeded).Prompt | Should -Be 'good'
            (Get-LumaJob -Status failed).Prompt | Should -Be 'bad'
            (Get-LumaJob -Status Unconfirmed).Prompt | Should -Be 'open'
            (Get-LumaJob -Status Pending, Running).Prompt | Should -Be 'new'
            (Invoke-Sorted { Get-LumaJob -Status Done }).Errors.FullyQualifiedErrorId |
                Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.GetLumaJobCommand'
        }

        It 'selects by -After and -Before' {
            New-LumaVideo a | Out-Null
            $between = Get-Date
            New-LumaVideo b | Out-Null
            (Get-LumaJob -After $between).Prompt | Should -Be 'b'
            (Get-LumaJob -Before $between).Prompt | Should -Be 'a'
            (Get-LumaJob -After $between.ToUniversalTime()).Prompt | Should -Be 'b'
            Get-LumaJob -After $between -Before $between | Should -BeNullOrEmpty
            @(Get-LumaJob -After $between.AddDays(-1) -Before $between.AddDays(1)).Count | Should -Be 2
        }

        It 'takes a time that is typed for local time, in <_>' -ForEach 'Asia/Tokyo', 'America/New_York' {
            $script = 'New-LumaVideo a | Out-Null; $before, $after = -5, 5 | ForEach-Object { (Get-Date).AddMinutes($_).ToString("s") }
                "$(@(Get-LumaJob -After $before).Count) $(@(Get-LumaJob -After $after).Count) " +
                    "$(@(Get-LumaJob -Before $before).Count) $(@(Get-LumaJob -Before $after).Count)"'
            Receive-Shell (Start-Shell $script $sandbox -Environment @{ TZ = $_ }) | Should -BeExactly '1 0 0 1'
        }

        It 'finds the record of a row by its JobId, whatever else it calls Id' {
            $row = [pscustomobject]@{ Id = '7'; JobId = (New-LumaVideo a -Name n).JobId } | ConvertTo-Csv | ConvertFrom-Csv
            $file = $row | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo (Join-Path $env:LUMAPS_HOME videos)
            $job = Get-LumaJob
            $job.Status | Should -Be 'Succeeded'
            $job.SavedPath | Should -BeExactly $file.FullName
            $row | Remove-LumaJob
            Get-LumaJob | Should -BeNullOrEmpty
        }

        It 'asks with -Refresh about those that have not ended, and only those' {
            'a', 'b' | New-LumaVideo -ThrottleLimit 1 | Out-Null
            $null = Get-LumaJob $sandbox.Jobs[0].JobId
            $sandbox.JobSeconds = 600
            New-LumaVideo c | Out-Null
            $before = $sandbox.RequestCount
            $jobs = Get-LumaJob -Refresh
            ($jobs | Sort-Object Prompt | ForEach-Object { "$($_.Prompt) $($_.Status)" }) -join ', ' |
                Should -Match '^a Succeeded, b Succeeded, c (Pending|Running)$'
            $sandbox.RequestCount | Should -Be ($before + 2)
            (Get-LumaJob -Status Succeeded).Count | Should -Be 2
        }

        It 'finds a name in another Unicode form, and completes it' {
            New-LumaVideo a -Name "Käse$([char]0xA0)1" | Out-Null
            (Get-LumaJob -Name "KA$([char]0x308)SE 1").Name | Should -BeExactly "Käse$([char]0xA0)1"
            (Get-LumaJob -Name "ka$([char]0x308)*").Name | Should -BeExactly "Käse$([char]0xA0)1"
            $typed = "Get-LumaJob -Name Ka$([char]0x308)"
            (TabExpansion2 $typed $typed.Length).CompletionMatches.ListItemText | Should -BeExactly "Käse$([char]0xA0)1"
        }

        It 'completes names' {
            New-LumaVideo 'a car' -Name 'shot 1' | Out-Null
            (TabExpansion2 'Get-LumaJob -Name sh' 20).CompletionMatches.CompletionText | Should -BeExactly "'shot 1'"
        }

        It 'knows where a video was saved' {
            $file = New-LumaVideo a | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $root
            (Get-LumaJob).SavedPath | Should -BeExactly $file.FullName
            (Get-LumaJob).Quota | Should -Be 25
        }
    }

    Context 'in a new window' {
        It 'finishes what another process began' {
            Receive-Shell (Start-Shell "'one', 'two', 'three' | New-LumaVideo | ForEach-Object JobId" $sandbox) |
                Should -Match '^\S+\s+\S+\s+\S+$'
            $files = Get-LumaJob -Status Pending, Running | Wait-LumaJob -PollingInterval 1 |
                Save-LumaVideo (Join-Path $env:LUMAPS_HOME videos)
            $files.Count | Should -Be 3
            foreach ($job in $sandbox.Jobs) {
                $saved = $files.Where({ $_.Name -like "*$($job.JobId)*" })[0]
                [Convert]::ToBase64String([IO.File]::ReadAllBytes($saved)) |
                    Should -BeExactly ([Convert]::ToBase64String($sandbox.GetVideoBytes($job.JobId)))
            }
            Get-LumaJob -Status Pending, Running | Should -BeNullOrEmpty
            $sandbox.SubmitCount | Should -Be 3
        }
    }

    Context 'written by names' {
        It 'makes the same script pay once' {
            $script = {
                [pscustomobject]@{ Name = 'a'; Prompt = 'a car' }, [pscustomobject]@{ Name = 'b'; Prompt = 'a boat' } |
                    New-LumaVideo -Mode fast
            }
            $first = & $script
            $second = & $script
            $second.JobId -join ' ' | Should -BeExactly ($first.JobId -join ' ')
            $second.Id -join ' ' | Should -BeExactly ($first.Id -join ' ')
            (New-LumaVideo 'a car' -Name A -Mode fast).JobId | Should -BeExactly $first[0].JobId
            $sandbox.SubmitCount | Should -Be 2
        }

        It 'submits once where the same name comes twice at a time' {
            $jobs = 1..8 | ForEach-Object { [pscustomobject]@{ Name = 'same'; Prompt = 'a car' } } | New-LumaVideo -ThrottleLimit 8
            $jobs.JobId | Select-Object -Unique | Should -BeExactly $sandbox.Jobs[0].JobId
            $jobs.Count | Should -Be 8
            $sandbox.SubmitCount | Should -Be 1
        }

        It 'refuses another request under an old name, and names the fields' {
            $old = New-LumaVideo 'a red car' -Name car -AspectRatio 1:1 -Mode relax
            $result = Invoke-Sorted { New-LumaVideo 'a blue car' -Name car -AspectRatio 16:9 -Mode relax }
            $result.Output | Should -BeNullOrEmpty
            $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNameConflict,LumaPS.Commands.NewLumaVideoCommand'
            $result.Errors[0].CategoryInfo.Category | Should -Be 'ResourceExists'
            $result.Errors[0].TargetObject | Should -BeExactly $old.JobId
            $message = $result.Errors[0].Exception.Message
            $message | Should -BeLike "*Prompt was 'a red car' and is now 'a blue car'*"
            $message | Should -BeLike "*AspectRatio was '1:1' and is now '16:9'*"
            $message | Should -Not -Match 'Mode was'
            $sandbox.SubmitCount | Should -Be 1
        }

        It 'takes a parameter that is gone, or new, for a change too' {
            New-LumaVideo a -Name n -Duration 5 | Out-Null
            (Invoke-Sorted { New-LumaVideo a -Name n }).Errors[0].Exception.Message |
                Should -BeLike "*Duration was '5s' and is now not given*"
            (Invoke-Sorted { New-LumaVideo a -Name n -Duration 5s -Loop }).Errors[0].Exception.Message |
                Should -BeLike "*Loop was not given and is now 'True'*"
            $sandbox.SubmitCount | Should -Be 1
        }

        It 'does not mind another hook' {
            $old = New-LumaVideo a -Name n -HookUrl https://example.test/1
            (New-LumaVideo a -Name n -HookUrl https://example.test/2).JobId | Should -BeExactly $old.JobId
            $sandbox.SubmitCount | Should -Be 1
        }

        It 'submits in any case with -Force' {
            $jobs = @(New-LumaVideo a -Name n) + @(New-LumaVideo a -Name n -Force) + @(New-LumaVideo b -Name n -Force)
            ($jobs.JobId | Select-Object -Unique).Count | Should -Be 3
            $sandbox.SubmitCount | Should -Be 3
        }

        It 'is the same for extensions' {
            $parent = New-LumaVideo a
            $one = $parent | Add-LumaExtension more -Name e
            ($parent | Add-LumaExtension more -Name e).JobId | Should -BeExactly $one.JobId
            $other = New-LumaVideo b
            (Invoke-Sorted { $other | Add-LumaExtension more -Name e }).Errors[0].Exception.Message | Should -Match 'ParentJobId was'
            $sandbox.SubmitCount | Should -Be 3
        }

        It 'tries a failed one three times in all' {
            $sandbox.FailPercent = 100
            $ids = 1..3 | ForEach-Object {
                (New-LumaVideo a -Name n).JobId
                $null = Get-LumaJob -Refresh
            }
            ($ids | Select-Object -Unique).Count | Should -Be 3
            $result = Invoke-Sorted { New-LumaVideo a -Name n }
            $result.Output.Status | Should -Be 'Failed'
            $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaJobFailed,LumaPS.Commands.NewLumaVideoCommand'
            $result.Errors[0].Exception.Message | Should -Match '3 times'
            $sandbox.SubmitCount | Should -Be 3
            (New-LumaVideo a -Name n -Force).JobId | Should -Not -BeIn $ids
        }
    }

    Context 'with an unconfirmed submit' {
        BeforeEach {
            $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::CloseWithoutReply())
            $lost = Invoke-Sorted { New-LumaVideo 'a car' -Name car }
        }

        It 'says so, and lists it' {
            $lost.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaSubmitUnconfirmed,LumaPS.Commands.NewLumaVideoCommand'
            $open = Get-LumaJob -Status Unconfirmed
            $open.Name | Should -BeExactly 'car'
            $open.JobId | Should -BeNullOrEmpty
            $open.Id | Should -Match '^[0-9a-f]{16}$'
        }

        It 'does not send it again' {
            $result = Invoke-Sorted { New-LumaVideo 'a car' -Name car }
            $result.Output | Should -BeNullOrEmpty
            $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaSubmitUnconfirmed,LumaPS.Commands.NewLumaVideoCommand'
            $action = $result.Errors[0].ErrorDetails.RecommendedAction
            $action | Should -BeLike "*Get-LumaJob -JobId*-Name 'car'*"
            $action | Should -BeLike "*Remove-LumaJob -Id $((Get-LumaJob).Id)*"
            $sandbox.SubmitCount | Should -Be 1
        }

        It 'sends it again with -Force' {
            (New-LumaVideo 'a car' -Name car -Force).JobId | Should -BeExactly $sandbox.Jobs[1].JobId
            $sandbox.SubmitCount | Should -Be 2
        }

        It 'sends it again once its record is removed by -Id' {
            $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None)
            Remove-LumaJob -Id (Get-LumaJob).Id -Confirm:$false
            Get-LumaJob | Should -BeNullOrEmpty
            (New-LumaVideo 'a car' -Name car).JobId | Should -BeExactly $sandbox.Jobs[1].JobId
        }

        It 'is settled by a jobId learned elsewhere' {
            $id = (Get-LumaJob).Id
            $found = Get-LumaJob -JobId $sandbox.Jobs[0].JobId -Name car
            $found.Name | Should -BeExactly 'car'
            $found.Id | Should -BeExactly $id
            (Get-LumaJob).JobId | Should -BeExactly $sandbox.Jobs[0].JobId
            Get-LumaJob -Status Unconfirmed | Should -BeNullOrEmpty
            (New-LumaVideo 'a car' -Name car).JobId | Should -BeExactly $sandbox.Jobs[0].JobId
            $sandbox.SubmitCount | Should -Be 1
        }

        It 'keeps a name that belongs to another job' {
            $other = New-LumaVideo 'a boat' -Name boat
            $result = Invoke-Sorted { Get-LumaJob -JobId $sandbox.Jobs[0].JobId -Name boat }
            $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNameConflict,LumaPS.Commands.GetLumaJobCommand'
            (Get-LumaJob -Name boat).JobId | Should -BeExactly $other.JobId
        }
    }

    Context 'shortened by Remove-LumaJob' {
        BeforeEach {
            'a', 'b', 'c' | ForEach-Object { New-LumaVideo $_ -Name "shot-$_" } | Out-Null
            $null = Get-LumaJob -Refresh
            $requests = $sandbox.RequestCount
        }

        It 'forgets what has ended without a question, and sends nothing: <By>' -ForEach @(
            @{ By = '-Name'; Script = { Remove-LumaJob -Name shot-a, shot-b } }
            @{ By = '-Name with wildcards'; Script = { Remove-LumaJob -Name 'SHOT-[ab]' } }
            @{ By = '-JobId'; Script = { Remove-LumaJob -JobId $sandbox.Jobs[0].JobId, $sandbox.Jobs[1].JobId } }
            @{ By = '-Id'; Script = { Remove-LumaJob -Id (Get-LumaJob -Name shot-a, shot-b).Id } }
            @{ By = 'the pipeline'; Script = { Get-LumaJob -Name shot-a, shot-b | Remove-LumaJob } }
            @{ By = 'jobIds in the pipeline'; Script = { $sandbox.Jobs[0, 1].JobId | Remove-LumaJob } }
            @{ By = 'stored jobs'; Script = { Get-LumaJob -Name shot-a, shot-b | ConvertTo-Json | ConvertFrom-Json | Remove-LumaJob } }
        ) {
            $result = Invoke-Sorted $Script
            $result.Errors | Should -BeNullOrEmpty
            $result.Output | Should -BeNullOrEmpty
            (Get-LumaJob).Name | Should -BeExactly 'shot-c'
            $sandbox.RequestCount | Should -Be $requests
        }

        It 'changes nothing with -WhatIf' {
            $running = Start-Script 'Get-LumaJob | Remove-LumaJob -WhatIf; Remove-LumaJob -Name * -WhatIf'
            $null = $running.Shell.EndInvoke($running.Result)
            $running.Shell.Streams.Error | Should -BeNullOrEmpty
            $running.Shell.Dispose()
            @(Get-LumaJob).Count | Should -Be 3
        }

        It 'says what it does not know' {
            foreach ($script in { Remove-LumaJob -Id 0123456789abcdef }, { Remove-LumaJob -Name none },
                { Remove-LumaJob -JobId ed1a1b01-7d64-4c8a-acaa-71185d23a2f3 },
                { 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3' | Remove-LumaJob }) {
                (Invoke-Sorted $script).Errors.FullyQualifiedErrorId |
                    Should -BeExactly 'LumaJobNotFound,LumaPS.Commands.RemoveLumaJobCommand' -Because "$script"
            }
            (Invoke-Sorted { Remove-LumaJob -Name 'none*' }).Errors | Should -BeNullOrEmpty
            @(Get-LumaJob).Count | Should -Be 3
        }

        It 'leaves the video where it is' {
            $file = Get-LumaJob -Name shot-a | Save-LumaVideo $root
            Get-LumaJob -Name shot-a -ErrorAction Stop | Remove-LumaJob
            $file.Refresh()
            $file.Exists | Should -BeTrue
        }

        It 'asks for one that has not ended, and takes No for an answer' {
            $sandbox.JobSeconds = 600
            'd', 'e' | ForEach-Object { New-LumaVideo $_ -Name "shot-$_" } | Out-Null
            $output = Receive-Shell (Start-Shell 'Remove-LumaJob -Name shot-d; Remove-LumaJob -Name shot-e' $sandbox -Answers 'n', 'y')
            # There it goes to the console itself.
            if (-not $IsWindows) { $output | Should -Match 'shot-d \((Pending|Running)\) has not ended' }
            @(Get-LumaJob -Name shot-d).Count | Should -Be 1
            @(Get-LumaJob -Name shot-e -ErrorAction Ignore).Count | Should -Be 0
        }

        It 'does not ask with -Confirm:$false' {
            $sandbox.JobSeconds = 600
            New-LumaVideo d -Name shot-d | Out-Null
            Remove-LumaJob -Name shot-d -Confirm:$false
            Get-LumaJob -Name shot-d -ErrorAction Ignore | Should -BeNullOrEmpty
        }

        It 'keeps a job that is being submitted right now' {
            $hold = New-Hold
            $sandbox.Misbehave('Submit', $hold.Fault)
            $submits = $sandbox.SubmitCount
            $running = Start-Script "New-LumaVideo d -Name shot-d"
            try {
                Wait-For { $sandbox.SubmitCount -gt $submits }
                foreach ($script in { Remove-LumaJob -Name shot-d -Confirm:$false },
                    { Remove-LumaJob -Id (Get-LumaJob -Name shot-d).Id -Confirm:$false },
                    { Get-LumaJob -Name shot-d | Remove-LumaJob -Confirm:$false }) {
                    $result = Invoke-Sorted $script
                    $result.Errors.FullyQualifiedErrorId |
                        Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.RemoveLumaJobCommand' -Because "$script"
                    $result.Errors[0].Exception.Message | Should -Match 'being submitted right now'
                }
            }
            finally {
                $hold.Release.SetResult()
                $null = $running.Shell.EndInvoke($running.Result)
                $running.Shell.Dispose()
            }
            (Get-LumaJob -Name shot-d).JobId | Should -BeExactly $sandbox.Jobs[-1].JobId
        }

        It 'removes each of many without reading all for each' {
            # Each with a look at all the others, these would take many minutes.
            $many = 12000
            $journal = (New-Item -ItemType Directory -Force (Join-Path $env:LUMAPS_HOME journal)).FullName
            $service = (Get-LumaJob)[0].Service
            $lines = foreach ($i in 1..$many) {
                "{""v"":1,""event"":""intent"",""id"":""m$i"",""at"":""2026-05-04T03:02:01Z""," +
                    """service"":""$service"",""name"":""many-$i"",""prompt"":""a""}"
                "{""v"":1,""event"":""accepted"",""id"":""m$i"",""at"":""2026-05-04T03:02:01Z"",""jobId"":""j$i""}"
                "{""v"":1,""event"":""status"",""id"":""m$i"",""at"":""2026-05-04T03:02:02Z"",""status"":""Failed""}"
            }
            [IO.File]::WriteAllLines((Join-Path $journal 'many.jsonl'), [string[]]$lines)
            $removing = Start-Script "Get-LumaJob -Name 'many-1*' -Status Failed | Remove-LumaJob"
            $removing.Result.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue
            $removing.Shell.Dispose()
            @(Get-LumaJob -Name 'many-*').Count | Should -Be ($many - @(1..$many | Where-Object { "$_" -like '1*' }).Count)
        }

        It 'frees a name' {
            Remove-LumaJob -Name shot-a
            (New-LumaVideo 'quite another' -Name shot-a).JobId | Should -BeExactly $sandbox.Jobs[-1].JobId
        }
    }

    Context 'behind a whole batch' {
        BeforeEach {
            $videos = Join-Path $env:LUMAPS_HOME videos
            $csv = Join-Path $env:LUMAPS_HOME shots.csv
            $null = New-Item -ItemType Directory $env:LUMAPS_HOME -Force
            1..6 | ForEach-Object { [pscustomobject]@{ Name = "shot-$_"; userPrompt = "the prompt of $_" } } | Export-Csv -LiteralPath $csv
            $batch = {
                Import-Csv -LiteralPath $csv | New-LumaVideo -ThrottleLimit 1 | Wait-LumaJob -PollingInterval 1 |
                    Save-LumaVideo $videos -SkipExisting
            }
        }

        It 'gives what the journal has also after a row that the quota refused' {
            $null = & $batch
            $rows = @([pscustomobject]@{ Name = 'shot-0'; userPrompt = 'a new one' }) + @(Import-Csv -LiteralPath $csv) +
                @([pscustomobject]@{ Name = 'shot-7'; userPrompt = 'another' })
            $rows | Export-Csv -LiteralPath $csv
            $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::Status(402, 'no quota'))
            $result = Invoke-Sorted $batch
            $result.Output.Count | Should -Be 6
            $result.Errors.FullyQualifiedErrorId -join ' ' |
                Should -BeExactly ((@('LumaQuotaExhausted,LumaPS.Commands.NewLumaVideoCommand') * 2) -join ' ')
            $sandbox.SubmitCount | Should -Be 7
            (& $batch).Count | Should -Be 8
        }

        It 'can be run again and again' {
            $first = & $batch
            $first.Count | Should -Be 6
            $again = Invoke-Sorted $batch
            $again.Errors | Should -BeNullOrEmpty
            ($again.Output.FullName | Sort-Object) -join ' ' | Should -BeExactly (($first.FullName | Sort-Object) -join ' ')
            $sandbox.SubmitCount | Should -Be 6
            $sandbox.VideoRequestCount | Should -Be 6

            Remove-Item -LiteralPath $first[0].FullName
            (& $batch).Count | Should -Be 6
            $sandbox.SubmitCount | Should -Be 6
            $sandbox.VideoRequestCount | Should -Be 7
        }

        It 'saves what was made when the quota runs out, sends nothing more, and goes on when there is some' {
            $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::None,
                [Luma.Sandbox.SandboxFault]::None)
            $sandbox.MisbehaveAlways('Submit', [Luma.Sandbox.SandboxFault]::Status(402, 'Insufficient quota'))
            $result = Invoke-Sorted $batch
            $result.Output.Count | Should -Be 3
            $result.Errors.FullyQualifiedErrorId | Should -Be (@('LumaQuotaExhausted,LumaPS.Commands.NewLumaVideoCommand') * 2)
            $sandbox.SubmitCount | Should -Be 4 -Because 'after the first refusal nothing is sent'
            @(Get-LumaJob).Count | Should -Be 3

            $sandbox.Behave()
            (& $batch).Count | Should -Be 6
            $sandbox.SubmitCount | Should -Be 7
        }

        It 'is finished by another process that runs it' {
            $sandbox.Misbehave('Video', [Luma.Sandbox.SandboxFault]::Stall(1000))
            $running = Start-Shell ("Import-Csv -LiteralPath '$csv' | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo " +
                "'$videos' -SkipExisting") $sandbox
            Wait-For { $sandbox.VideoRequestCount -gt 0 }
            $running.Process.Kill()
            $running.Process.WaitForExit()
            $result = Invoke-Sorted $batch
            # Only a submit that was on its way when the process died can be open.
            $result.Errors.FullyQualifiedErrorId | Where-Object { $_ -ne 'LumaSubmitUnconfirmed,LumaPS.Commands.NewLumaVideoCommand' } |
                Should -BeNullOrEmpty
            ($sandbox.Jobs | ForEach-Object { $_.Fields['userPrompt'].GetString() } | Select-Object -Unique).Count |
                Should -Be $sandbox.Jobs.Count
            $result.Output.Count + $result.Errors.Count | Should -Be 6
        }
    }

    Context 'with faults of its own' {
        It 'that cannot be written: nothing is sent' {
            $null = New-Item -ItemType Directory $env:LUMAPS_HOME
            Set-Content -LiteralPath (Join-Path $env:LUMAPS_HOME journal) 'a file where the folder should be'
            foreach ($script in { New-LumaVideo a }, { New-LumaVideo a -Name n }, { 'a', 'b' | New-LumaVideo }) {
                $result = Invoke-Sorted $script
                $result.Output | Should -BeNullOrEmpty
                $result.Errors[0].FullyQualifiedErrorId | Should -BeExactly 'LumaJournalError,LumaPS.Commands.NewLumaVideoCommand'
                $result.Errors[0].CategoryInfo.Category | Should -Be 'WriteError'
                $result.Errors[0].Exception.Message | Should -Match 'nothing was charged|Nothing was sent|not sent|could not be written'
            }
            $sandbox.RequestCount | Should -Be 0
        }

        It 'that cannot be written when the answer comes: the job comes out, and its id is in the error' {
            if ($IsWindows) { Set-ItResult -Skipped -Because 'Windows removes no folder in which a file is open' }
            $hold = New-Hold
            $sandbox.Misbehave('Submit', $hold.Fault)
            $running = Start-Script 'New-LumaVideo a'
            Wait-For { $sandbox.SubmitCount -eq 1 }
            $journal = Join-Path $env:LUMAPS_HOME journal
            Remove-Item -LiteralPath $journal -Recurse -Force
            Set-Content -LiteralPath $journal 'a file where the folder should be'
            $hold.Release.SetResult()
            $job = $running.Shell.EndInvoke($running.Result)
            $jobId = $sandbox.Jobs[0].JobId
            $job.JobId | Should -BeExactly $jobId
            $errors = $running.Shell.Streams.Error
            $errors.FullyQualifiedErrorId | Should -BeExactly 'LumaJournalError,LumaPS.Commands.NewLumaVideoCommand'
            $errors[0].TargetObject | Should -BeExactly $jobId
            $errors[0].Exception.Message | Should -Match "$jobId was accepted and is billable"
            $running.Shell.Dispose()
        }

        It 'in <_>: it refuses, before anything is sent, and makes no folder' -ForEach 'lumaps', '$HOME/lumaps', '"~/lumaps"',
            '~nobody/lumaps', 'C:lumaps', '\lumaps' {
            $env:LUMAPS_HOME = $_
            $folder = (New-Item -ItemType Directory (Join-Path $root ([guid]::NewGuid().ToString('n')))).FullName
            Push-Location -LiteralPath $folder
            try {
                foreach ($script in { New-LumaVideo a -Name n }, { Get-LumaJob }, { 'a' | New-LumaVideo | Wait-LumaJob }) {
                    $result = Invoke-Sorted $script
                    $result.Output | Should -BeNullOrEmpty
                    $result.Errors[0].FullyQualifiedErrorId | Should -BeLike 'LumaJournalError,*'
                    $result.Errors[0].Exception.Message | Should -BeLike "*'$_', which is not an absolute path*"
                }
                Get-ChildItem -LiteralPath $folder -Force | Should -BeNullOrEmpty
            }
            finally { Pop-Location }
            $sandbox.RequestCount | Should -Be 0
        }

        It 'under ~: it is in the home folder, wherever the process starts' {
            if ($IsWindows) { Set-ItResult -Skipped -Because 'no variable names the home folder on Windows' }
            $alone = (New-Item -ItemType Directory (Join-Path $root ([guid]::NewGuid().ToString('n')))).FullName
            $shell = Start-Shell 'Set-Location /; (New-LumaVideo a -Name n).JobId' $sandbox @{ HOME = $alone; LUMAPS_HOME = '~/.lumaps' }
            $jobId = Receive-Shell $shell
            $jobId | Should -BeExactly $sandbox.Jobs[0].JobId
            Join-Path $alone .lumaps/journal | Should -Exist
        }

        # The share that Windows makes of each drive, which only administrators may use.
        $noShare = -not $IsWindows -or -not (Test-Path "\\localhost\$([IO.Path]::GetTempPath()[0])$\")
        It 'on a share, on Windows: two processes submit a name once' -Skip:$noShare {
            $env:LUMAPS_HOME = "\\localhost\$($root[0])$" + $root.Substring(2) + '\on a share'
            $job = New-LumaVideo a -Name n
            Receive-Shell (Start-Shell '(New-LumaVideo a -Name n).JobId; (New-LumaVideo b).JobId' $sandbox) | Should -Match "^$($job.JobId)"
            $sandbox.SubmitCount | Should -Be 2
            (Get-LumaJob).JobId -join ' ' | Should -BeExactly ($sandbox.Jobs.JobId -join ' ')
            Join-Path $root 'on a share/journal' | Should -Exist
        }

        It 'whose file locks do nothing: it refuses, and nothing is sent' {
            if ($IsWindows) { Set-ItResult -Skipped -Because 'nothing switches them off on Windows' }
            $shell = Start-Shell ('$ErrorView = "ConciseView"; foreach ($name in $null, "n") { try { New-LumaVideo a -Name $name ' +
                '-ErrorAction Stop } catch { "$($_.FullyQualifiedErrorId): $_" } }') $sandbox @{ DOTNET_SYSTEM_IO_DISABLEFILELOCKING = '1' }
            $output = Receive-Shell $shell
            [regex]::Matches($output, 'LumaJournalError,LumaPS.Commands.NewLumaVideoCommand: .*File locks do nothing').Count | Should -Be 2
            $sandbox.RequestCount | Should -Be 0
        }

        It 'whose lines are torn, foreign or newer: it warns, and reads the others' {
            New-LumaVideo a -Name n | Out-Null
            $journal = Join-Path $env:LUMAPS_HOME journal
            Set-Content -LiteralPath (Join-Path $journal 'torn.jsonl') '{"v":1,"event":"intent","id":"00000000000', 'not json at all',
                '{"v":3,"event":"intent","id":"0000000000000001"}'
            $result = Invoke-Sorted { Get-LumaJob }
            $result.Output.Name | Should -BeExactly 'n'
            $result.Warning.Count | Should -Be 1
            "$($result.Warning[0])" | Should -BeLike '3 lines of the journal*'
            (New-LumaVideo a -Name n).JobId | Should -BeExactly $sandbox.Jobs[0].JobId
        }

        It 'is its owner''s alone' {
            if ($IsWindows) { Set-ItResult -Skipped -Because 'files have no mode on Windows; Luma.Tests reads their rights' }
            New-LumaVideo a | Out-Null
            $journal = Join-Path $env:LUMAPS_HOME journal
            "$([IO.File]::GetUnixFileMode($journal))" | Should -Be 'UserExecute, UserWrite, UserRead'
            Get-ChildItem -LiteralPath $journal |
                ForEach-Object { "$([IO.File]::GetUnixFileMode($_.FullName))" | Should -Be 'UserWrite, UserRead' -Because $_.Name }
        }

        It 'holds prompts in any language, links with their escapes, and no key' {
            $prompt = "赤い車 🚗 `"quoted`" \ ü`nline"
            New-LumaVideo $prompt -ImageUrl 'https://example.test/a%20b.png?x=1&y=%C3%BC' | Out-Null
            Receive-Shell (Start-Shell ('$j = Get-LumaJob; [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($j.Prompt + "|" + ' +
                '$j.ImageUrl))') $sandbox) |
                Should -BeExactly (
                    [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("$prompt|https://example.test/a%20b.png?x=1&y=%C3%BC")))
            Get-JournalText | Should -Match '赤い車'
            Get-JournalText | Should -Not -Match $sandbox.ApiKey
        }

        It 'on a CI machine without LUMAPS_HOME: it warns, once' {
            $alone = Join-Path $env:LUMAPS_HOME home
            $null = New-Item -ItemType Directory $alone -Force
            $script = '1..3 | ForEach-Object { $null = Get-LumaJob *>&1 | ForEach-Object { "$_" } | Write-Host }'
            $output = Receive-Shell (
                Start-Shell $script $sandbox @{
                    CI = 'true'
                    LUMAPS_HOME = ''
                    HOME = $alone
                    XDG_DATA_HOME = $alone
                    LOCALAPPDATA = $alone
                })
            ([regex]::Matches($output, 'LUMAPS_HOME')).Count | Should -Be 1
            Receive-Shell (Start-Shell $script $sandbox @{ CI = 'true' }) | Should -BeNullOrEmpty
        }
    }

    Context 'when a pipeline ends early' {
        It 'has all eight submits that Ctrl+C met on their way' {
            $hold = New-Hold
            $sandbox.MisbehaveAlways('Submit', $hold.Fault)
            $running = Start-Script '1..30 | ForEach-Object { "$_" } | New-LumaVideo -ThrottleLimit 8'
            Wait-For { $sandbox.SubmitCount -eq 8 }
            $running.Shell.Stop() # Before any answer.
            $hold.Release.SetResult()
            Wait-For { @(Get-LumaJob | Where-Object JobId).Count -eq 8 }
            ((Get-LumaJob).JobId | Sort-Object) -join ' ' | Should -BeExactly (($sandbox.Jobs.JobId | Sort-Object) -join ' ')
            $sandbox.SubmitCount | Should -Be 8
            $running.Shell.Dispose()
        }

        It 'has them when <Signal> ends the whole process' -ForEach @{ Signal = 'INT' }, @{ Signal = 'TERM' } {
            if ($IsWindows) { Set-ItResult -Skipped -Because 'Windows has none; the next test closes the console' }
            if (sh -c "kill -$Signal `$`$; echo ignored") {
                Set-ItResult -Skipped -Because ('whoever started these tests (nohup, a shell in the background) has all their ' +
                    'processes ignore it')
            }
            $hold = New-Hold
            $sandbox.MisbehaveAlways('Submit', $hold.Fault)
            $running = Start-Shell '1..10000 | ForEach-Object { "$_" } | New-LumaVideo -ThrottleLimit 8' $sandbox
            Wait-For { $sandbox.SubmitCount -eq 8 }
            $sandbox.LatencyMilliseconds = 50 # A minute for all of them, however long the signal takes.
            sh -c "kill -$Signal $($running.Process.Id)"
            $hold.Release.SetResult()
            $null = Receive-Shell $running
            $made = @($sandbox.Jobs.JobId)
            (@(Get-LumaJob).JobId | Sort-Object) -join ' ' | Should -BeExactly (($made | Sort-Object) -join ' ')
            Get-LumaJob -Status Unconfirmed | Should -BeNullOrEmpty
            $made.Count | Should -BeLessThan 10000
        }

        # Only a process itself can raise a console's closing: on a thread that runs CtrlRoutine, as Windows does.
        It 'has them when the console is closed, on Windows' -Skip:(-not $IsWindows) {
            $hold = New-Hold
            $sandbox.MisbehaveAlways('Submit', $hold.Fault)
            $trigger = Join-Path $root ([guid]::NewGuid().ToString('n'))
            $running = Start-Shell @"
                Add-Type -Namespace Native -Name Console -MemberDefinition '
                    [DllImport("kernel32.dll")] static extern IntPtr CreateThread(
                        IntPtr attributes, UIntPtr stack, IntPtr start, IntPtr parameter, uint flags, IntPtr id);
                    public static void CloseOnce(string trigger)
                    {
                        IntPtr routine = NativeLibrary.GetExport(NativeLibrary.Load("kernel32.dll"), "CtrlRoutine");
                        var thread = new System.Threading.Thread(() =>
                        {
                            while (!System.IO.File.Exists(trigger)) System.Threading.Thread.Sleep(20);
                            CreateThread(IntPtr.Zero, UIntPtr.Zero, routine, new IntPtr(2), 0, IntPtr.Zero);
                        });
                        thread.IsBackground = true;
                        thread.Start();
                    }'
                [Native.Console]::CloseOnce('$trigger')
                1..10000 | ForEach-Object { "`$_" } | New-LumaVideo -ThrottleLimit 8
"@ $sandbox
            Wait-For { $sandbox.SubmitCount -eq 8 } 240 # It compiles first.
            $sandbox.LatencyMilliseconds = 50
            Set-Content -LiteralPath $trigger ''
            $hold.Release.SetResult()
            $null = Receive-Shell $running
            $made = @($sandbox.Jobs.JobId)
            (@(Get-LumaJob).JobId | Sort-Object) -join ' ' | Should -BeExactly (($made | Sort-Object) -join ' ')
            Get-LumaJob -Status Unconfirmed | Should -BeNullOrEmpty
            $made.Count | Should -BeLessThan 10000
        }

        It 'has what <Way> left behind' -ForEach @(
            @{
                Way = 'Select-Object -First 1'
                Script = { 1..30 | ForEach-Object { "$_" } | New-LumaVideo -ThrottleLimit 4 | Select-Object -First 1 }
            }
            @{ Way = '-ErrorAction Stop'; Script = { '1', '2', '', '3', '4', '5' | New-LumaVideo -ThrottleLimit 4 -ErrorAction Stop } }
            @{
                Way = 'an error downstream'
                Script = { 1..30 | ForEach-Object { "$_" } | New-LumaVideo -ThrottleLimit 4 | ForEach-Object { throw 'enough' } }
            }
        ) {
            $sandbox.LatencyMilliseconds = 300
            $null = Invoke-Sorted $Script
            $sandbox.SubmitCount | Should -BeLessThan 10
            Wait-For { @(Get-LumaJob | Where-Object JobId).Count -eq $sandbox.SubmitCount }
            (@(Get-LumaJob).JobId | Sort-Object) -join ' ' | Should -BeExactly (($sandbox.Jobs.JobId | Sort-Object) -join ' ')
            $sandbox.Jobs.Count | Should -BeGreaterThan 1
        }
    }
}

Describe 'Two services and one journal' {
    BeforeEach {
        $null = New-Home
        $a, $b = (New-Sandbox), (New-Sandbox)
        $toB = $b | Connect-Luma -PassThru
        $toA = $a | Connect-Luma -PassThru
    }

    AfterEach { $a.Dispose(); $b.Dispose() }

    It 'keeps names and lists apart' {
        $ofA = New-LumaVideo 'a car' -Name car
        $b | Connect-Luma
        Get-LumaJob | Should -BeNullOrEmpty
        $ofB = New-LumaVideo 'quite another' -Name car
        $ofB.JobId | Should -BeExactly $b.Jobs[0].JobId
        (Get-LumaJob).JobId | Should -BeExactly $ofB.JobId
        (Get-LumaJob -Connection $toA).JobId | Should -BeExactly $ofA.JobId
        (Get-LumaJob -Connection $toA).Service | Should -Not -Be $ofB.Service
        $a.SubmitCount, $b.SubmitCount | Should -Be 1, 1
    }

    It 'sends a job''s questions to where it came from' {
        $ofA = New-LumaVideo 'a car'
        $b | Connect-Luma
        ($ofA | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $root).Name | Should -BeLike "*$($ofA.JobId)*"
        (Get-LumaJob -Connection $toA).Status | Should -Be 'Succeeded'
        $b.RequestCount | Should -Be 0
    }

    It 'removes a job from where it came from' {
        $ofA = New-LumaVideo 'a car' -Name car
        $b | Connect-Luma
        $ofB = New-LumaVideo 'a car' -Name car
        $result = Invoke-Sorted { $ofA | Remove-LumaJob -Confirm:$false }
        $result.Errors | Should -BeNullOrEmpty
        Get-LumaJob -Connection $toA | Should -BeNullOrEmpty
        (Get-LumaJob -Connection $toB).JobId | Should -BeExactly $ofB.JobId
        Remove-LumaJob -Name car -Connection $toA -Confirm:$false -ErrorAction Ignore
        (Get-LumaJob).JobId | Should -BeExactly $ofB.JobId
    }
}

Describe 'A name that another process has' {
    It 'is waited for, and after a while it is told who has it' {
        $warnings = $waiting.Submit.Shell.Streams.Warning
        Wait-For { $warnings.Count }
        $warnings[0].Message | Should -BeLike "'n' has been in submission elsewhere since *(Id another)*Ctrl+C is safe*"
        $waiting.Sandbox.RequestCount | Should -Be 0
        $waiting.Submit.Result.IsCompleted | Should -BeFalse
    }
}
