BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $environment = $env:LUMAPS_HOME
    # Not in TestDrive: Pester takes away after each block what came in it.
    $env:LUMAPS_HOME = $journalHome = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    $rendering = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = 'PlainText'
    $sandbox = Start-TestSandbox
    $sandbox | Connect-Luma
    $job = New-LumaVideo ('a red car driving on a road ' * 10) -Name shot-1 | Wait-LumaJob

    function Show($Object, [int] $Width, [string] $As = 'Format-Table') {
        , @(($Object | & $As | Out-String -Width $Width -Stream).TrimEnd().Where({ $_ }))
    }

    # A job as it would be with these properties.
    function New-Job([hashtable] $Properties) {
        $all = @{ JobId = 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3'; Prompt = 'a red car'; SubmittedAt = [datetime]::Now }
        foreach ($key in $Properties.Keys) { $all[$key] = $Properties[$key] }
        [Luma.LumaJob]$all
    }
}

AfterAll {
    $PSStyle.OutputRendering = $rendering
    $env:LUMAPS_HOME = $environment
    Exit-LumaTest
    Remove-Item -LiteralPath $journalHome -Recurse -ErrorAction Ignore
}

Describe 'A job as a table' {
    It 'fits <Width> columns, with the prompt cut to fit' -ForEach @(@{ Width = 80 }, @{ Width = 120 }) {
        $lines = Show $job $Width
        $lines.Count | Should -Be 3
        $lines[0] -split '\s+' | Should -BeExactly 'JobId', 'Name', 'Status', 'Failure', 'Quota', 'Saved', 'Age', 'Prompt'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual $Width }
        $lines[2] | Should -Match "^$($job.JobId.Substring(0, 8))… shot-1 {9}Succeeded +25 no +\d+[sm] a red car.*…$"
    }

    It 'says an age of <Seconds> s as <Age>' -ForEach @(
        @{ Seconds = -100; Age = '0s' }, @{ Seconds = 5; Age = '\d+s' }, @{ Seconds = 65; Age = '1m' }, @{ Seconds = 3545; Age = '59m' }
        @{ Seconds = 3700; Age = '1h' }, @{ Seconds = 86000; Age = '23h' }, @{ Seconds = 90000; Age = '1d' },
            @{ Seconds = 40000000; Age = '462d' }
    ) {
        $line = (Show (New-Job @{ Name = 'n'; SubmittedAt = [datetime]::Now.AddSeconds(-$Seconds) }) 80)[2]
        $line | Should -Match " +$Age a red car$"
    }

    It 'says why a job failed, what it cost and whether it is saved' {
        $jobs = (New-Job @{ Status = 'Failed'; Message = 'Moderation: the prompt was blocked' }),
            (New-Job @{ Status = 'Succeeded'; Quota = 12.5; SavedPath = '/x.mp4' }), (New-Job @{ Status = 'Running' })
        $lines = Show $jobs 80
        $lines[2] | Should -Match " Failed +$($jobs[0].FailureKind) +\d+s a red car$"
        $jobs[0].FailureKind | Should -Not -BeNullOrEmpty
        $lines[3] | Should -Match ' Succeeded +12[.]5 yes +\d+s a red car$'
        $lines[4] | Should -Match ' Running +\d+s a red car$'
    }

    It 'bears a job with nothing in it' {
        (Show ([Luma.LumaJob]::new()) 80)[2].Trim() | Should -BeExactly 'Pending'
    }

    It 'colours the status <Status> where the host has colours' -ForEach @(
        @{ Status = 'Succeeded'; Colour = 'Green' }, @{ Status = 'Failed'; Colour = 'Red' }, @{ Status = 'Running'; Colour = 'Cyan' },
            @{ Status = 'Unconfirmed'; Colour = 'Yellow' }
    ) {
        $PSStyle.OutputRendering = 'Ansi'
        $text = New-Job @{ Status = $Status } | Format-Table | Out-String
        $PSStyle.OutputRendering = 'PlainText'
        $text.Contains("$($PSStyle.Foreground.$Colour)$Status$($PSStyle.Reset)") | Should -BeTrue
        New-Job @{ Status = $Status } | Format-Table | Out-String | Should -Not -Match "`e"
    }

    It 'sorts and groups by what is shown' {
        $jobs = (New-Job @{ Status = 'Running'; Prompt = 'b' }), (New-Job @{ Status = 'Failed'; Prompt = 'c' }),
            (New-Job @{ Status = 'Running'; Prompt = 'a' })
        ($jobs | Sort-Object Status, Prompt).Prompt -join '' | Should -BeExactly 'cab'
        $text = $jobs | Sort-Object Status | Format-Table -GroupBy Status | Out-String
        $text | Should -Match '(?s)Status: Failed.+Status: Running'
        @($jobs | Group-Object Status -NoElement).ForEach('Count') | Should -Be 1, 2
    }

    It 'looks the same when it comes back from a file or another machine' {
        $job | Export-Clixml $TestDrive/job.xml
        $back = Import-Clixml $TestDrive/job.xml
        (Show $back 80)[0] | Should -BeExactly (Show $job 80)[0]
        (Show $back 80)[2] | Should -BeLike "$($job.JobId.Substring(0, 8))… shot-1*"
    }
}

Describe 'The other looks' {
    It 'is a list with everything: a job' {
        $text = $job | Format-List | Out-String
        foreach ($name in $job.psobject.Properties.Name) { $text | Should -Match "(?m)^$name +:" }
        $text | Should -Match $job.JobId
    }

    It 'fits 80 columns: <Name>' -ForEach @(
        @{ Name = 'a connection'; Object = { Get-LumaConnection }; Shown = 'BaseUri', 'TimeoutSec', 'MaximumRetryCount', 'Proxy' }
        @{ Name = 'a sandbox'; Object = { $sandbox }; Shown = 'BaseUri', 'IsRunning', 'JobSeconds', 'FailPercent', 'Submits' }
        @{ Name = 'a listener'; Object = { Start-LumaHookListener }; Shown = 'HookUrl', 'IsRunning', 'Callbacks' }
    ) {
        $lines = Show (& $Object) 80
        $lines[0] -split '\s+' | Should -BeExactly $Shown
        $lines.Count | Should -Be 3
        $lines[2] | Should -Not -Match '…'
        Stop-LumaHookListener
    }

    It 'has no key: a connection, as a table or a list' {
        (Get-LumaConnection | Format-List | Out-String) + (Get-LumaConnection | Out-String) | Should -Not -Match $sandbox.ApiKey
    }
}

Describe 'Progress' {
    It 'of saving has one line for the whole and one for each download, and takes all away' {
        $sandbox.VideoBytes = 3MB
        $release = [Threading.Tasks.TaskCompletionSource]::new()
        $sandbox.MisbehaveAlways('Video', [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task))
        $running = Start-LumaScript '"a", "b" | New-LumaVideo | Wait-LumaJob | Save-LumaVideo $args[0]' (Join-Path $TestDrive parts)
        function Get-Part { @($running.Shell.Streams.Progress.Where({ $_.Activity -like '*.mp4' })) }
        Wait-Until { (Get-Part).Count -ge 2 }
        $release.SetResult()
        $null = Receive-LumaScript $running
        $whole = @($running.Shell.Streams.Progress.Where({ $_.Activity -eq 'Saving Luma videos' }))
        @($whole.StatusDescription) -match '^0 saved, 2 under way, \d' | Should -Not -BeNullOrEmpty
        $whole[0].SecondsRemaining | Should -Be -1
        (Get-Part).ParentActivityId | Select-Object -Unique | Should -Be $whole[0].ActivityId
        (Get-Part)[0].StatusDescription | Should -Match 'MiB$'
        foreach ($activity in $running.Shell.Streams.Progress | Group-Object ActivityId) {
            $activity.Group[-1].RecordType | Should -Be 'Completed'
        }
        (Get-Part).ActivityId | Select-Object -Unique | Should -HaveCount 2
        $sandbox.Behave()
        $sandbox.VideoBytes = $null
    }

    It 'of waiting names no share of a whole that is not known yet' {
        $sandbox.JobSeconds = 600
        $sandbox.LatencyMilliseconds = 1500
        $running = Start-LumaScript '"a", "b" | New-LumaVideo -ThrottleLimit 1 | Wait-LumaJob -Timeout 6'
        $null = Receive-LumaScript $running
        $waiting = @($running.Shell.Streams.Progress.Where({ $_.Activity -eq 'Waiting for Luma jobs' -and $_.RecordType -eq 'Processing' }))
        $waiting.Where({ $_.StatusDescription -like '* of 1 ended*' }).PercentComplete | Should -BeIn @(-1)
        $waiting[-1].StatusDescription | Should -BeLike '0 of 2 ended, * running, * pending, 0:0* elapsed'
        $waiting[-1].PercentComplete | Should -Be 0
        $sandbox.JobSeconds = $sandbox.LatencyMilliseconds = 0
    }

    It 'of waiting estimates what is left by what the journal has seen of the mode, and says why it polls again' {
        1..3 | ForEach-Object { "done $_" } | New-LumaVideo -Mode fast | Wait-LumaJob | Should -HaveCount 3 # Seen to end at an age of 3 s.
        $sandbox.JobSeconds = 600
        $running = Start-LumaScript '"a" | New-LumaVideo -Mode fast | Wait-LumaJob -Timeout 7 -PollingInterval 3'
        $sandbox.MisbehaveAlways('Fetch', [Luma.Sandbox.SandboxFault]::Html(502))
        $null = Receive-LumaScript $running
        $waiting = @($running.Shell.Streams.Progress.Where({ $_.Activity -eq 'Waiting for Luma jobs' -and $_.RecordType -eq 'Processing' }))
        $left = $waiting.SecondsRemaining.Where({ $_ -ge 0 })
        $left | Should -Not -BeNullOrEmpty
        $left | Should -BeIn @(1..4)
        $waiting[-1].SecondsRemaining | Should -Be -1 -Because 'it takes longer than its like took'
        $waiting[-1].StatusDescription | Should -BeLike '*polling again after HTTP 502, an HTML page (* without an answer)'
        $sandbox.Behave()
        $sandbox.JobSeconds = 0
    }
}
