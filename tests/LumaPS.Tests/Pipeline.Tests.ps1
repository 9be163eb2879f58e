BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest

    # What takes long goes on beside the other tests.
    $clocked = Start-TestSandbox
    Set-JobSecondsByPrompt $clocked
    $oneAndEight = Start-LumaScript @'
        param($connection, $folder)
        $watch = [Diagnostics.Stopwatch]::StartNew()
        '8 s', '1 s' | New-LumaVideo -Connection $connection | Wait-LumaJob | Save-LumaVideo $folder -FileName '{Prompt}' |
            ForEach-Object { [pscustomobject]@{ Name = $_.Name; Seconds = $watch.Elapsed.TotalSeconds } }
'@ (New-TestConnection $clocked), (New-TestFolder)

    $many = Start-TestSandbox
    1..200 | ForEach-Object { [pscustomobject]@{ userPrompt = "shot $_"; aspectRatio = '1:1'; loop = 'false' } } |
        Export-Csv (Join-Path ($manyFolder = New-TestFolder) shots.csv)
    $twoHundred = Start-LumaScript @'
        param($connection, $csv, $folder)
        Import-Csv $csv | New-LumaVideo -Connection $connection | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $folder
'@ (New-TestConnection $many), (Join-Path $manyFolder shots.csv), $manyFolder
}

AfterAll { Exit-LumaTest }

Describe 'A pipeline' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $release = [Threading.Tasks.TaskCompletionSource]::new()
    }

    AfterEach {
        $null = $release.TrySetResult()
        $sandbox.Dispose()
    }

    It 'of New, Wait, Add, Wait, Save saves the extensions' {
        $sandbox.JobSeconds = 0.2
        $files = 'a', 'b' | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | Add-LumaExtension 'more' | Wait-LumaJob -PollingInterval 1 |
            Save-LumaVideo $folder
        $extensions = $sandbox.Jobs | Where-Object Kind -EQ 'extension'
        $files.Name | Sort-Object | Should -BeExactly ($extensions.JobId.ForEach({ "$_.mp4" }) | Sort-Object)
        $extensions.ParentJobId | Sort-Object | Should -Be (($sandbox.Jobs | Where-Object Kind -EQ 'generation').JobId | Sort-Object)
        $sandbox.SubmitCount | Should -Be 4
    }

    It 'gives the jobs in the order of the input, whatever the service''s haste' {
        $delays = 300, 0, 120, 0, 250, 60, 0, 200, 0, 0, 90, 0, 150, 0, 0, 30
        $sandbox.Misbehave('Submit', $delays.ForEach({ [Luma.Sandbox.SandboxFault]::None.After([timespan]::FromMilliseconds($_)) }))
        $prompts = 1..16 | ForEach-Object { "shot $_" }
        $jobs = $prompts | New-LumaVideo -ThrottleLimit 8
        $jobs.Prompt | Should -BeExactly $prompts
        foreach ($job in $jobs) {
            $sandbox.Jobs.Where({ $_.JobId -eq $job.JobId }).Fields['userPrompt'].GetString() | Should -BeExactly $job.Prompt
        }
    }

    It 'submits no more than -ThrottleLimit at a time' {
        $sandbox.MisbehaveAlways('Submit', [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task))
        $running = Start-LumaScript '1..10 | ForEach-Object { "$_" } | New-LumaVideo -ThrottleLimit 3'
        Wait-Until { $sandbox.SubmitCount -eq 3 }
        [Threading.Thread]::Sleep(150) # A fourth one would have come by now.
        $sandbox.SubmitCount | Should -Be 3
        $release.SetResult()
        (Receive-LumaScript $running).Count | Should -Be 10
    }

    It 'saves the first while the second is still being submitted, whatever stands between' {
        # All at once, each with its own sandbox.
        $scenarios = @(
            '"a", "b" | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $folder'
            '"a", "b" | New-LumaVideo | Save-LumaVideo $folder'
            '"a", "b" | New-LumaVideo | Where-Object JobId | Wait-LumaJob -PollingInterval 1 | Where-Object Status -EQ Succeeded | ' +
                'Save-LumaVideo $folder'
            '"a", "b" | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | Select-Object JobId, Status | Save-LumaVideo $folder ' +
                '-Connection $connection'
            '"a", "b" | New-LumaVideo | ForEach-Object { $_ | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $folder }'
            '"a", "b" | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | Add-LumaExtension more | Save-LumaVideo $folder'
            '"a", "b" | New-LumaVideo | Tee-Object -Variable jobs | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $folder'
        ).ForEach({
                $one = @{
                    Script = $_
                    Sandbox = Start-TestSandbox
                    Releases = 1..2 | ForEach-Object { [Threading.Tasks.TaskCompletionSource]::new() }
                }
                $one.Sandbox.Misbehave('Generations', $one.Releases.ForEach({ [Luma.Sandbox.SandboxFault]::None.AfterRelease($_.Task) }))
                $one.Running = Start-LumaScript ('param($folder, $connection) ' +
                    $_.Replace('New-LumaVideo', 'New-LumaVideo -Connection $connection')) $folder, (New-TestConnection $one.Sandbox)
                $one
            })
        foreach ($one in $scenarios) {
            Wait-Until { $one.Sandbox.SubmitCount -eq 2 }
            $one.First = (Get-Submit $one.Sandbox).userPrompt.IndexOf('a')
            $one.Releases[$one.First].SetResult()
        }
        foreach ($one in $scenarios) {
            Wait-Until { $one.Running.Output.Count -eq 1 }
            $one.Running.Output[0] | Should -BeOfType IO.FileInfo -Because $one.Script
        }
        foreach ($one in $scenarios) { $one.Releases[1 - $one.First].SetResult() }
        foreach ($one in $scenarios) {
            $files = Receive-LumaScript $one.Running
            $files.Count | Should -Be 2 -Because $one.Script
            $files.DirectoryName | Should -Be $folder, $folder -Because $one.Script
            $one.Running.Errors | Should -BeNullOrEmpty -Because $one.Script
        }
    }

    It 'goes on past jobs that fail' {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::FailJob('no'),
            [Luma.Sandbox.SandboxFault]::Status(400, 'no'))
        $result = Invoke-Luma {
            'a', 'b', 'c', 'd' | New-LumaVideo -ThrottleLimit 1 | Wait-LumaJob -PollingInterval 1 |
                Save-LumaVideo $folder -FileName '{Prompt}'
        }
        $result.Output.Name | Sort-Object | Should -BeExactly 'a.mp4', 'd.mp4'
        $result.Errors.FullyQualifiedErrorId | Sort-Object |
            Should -BeExactly 'LumaBadRequest,LumaPS.Commands.NewLumaVideoCommand', 'LumaJobFailed,LumaPS.Commands.WaitLumaJobCommand'
    }

    It 'of other pipelines in ForEach-Object works' {
        $files = 'a', 'b' |
            ForEach-Object { New-LumaVideo $_ | ForEach-Object { New-LumaVideo "$($_.Prompt) again" | Save-LumaVideo $folder } }
        $files.Count | Should -Be 2
        $sandbox.SubmitCount | Should -Be 4
    }

    It 'hands nothing but jobs to a function around a pipeline of its own' {
        # The first job is done while the second submit is held up: that is when the cmdlets call on each other.
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task))
        $running = Start-LumaScript @'
            function Wait-Video {
                begin {
                    $pipeline = { Where-Object JobId | Wait-LumaJob -PollingInterval 1 }.GetSteppablePipeline()
                    $pipeline.Begin($true)
                }
                process {
                    $_.GetType().FullName
                    $pipeline.Process($_)
                }
                end { $pipeline.End() }
            }
            'a', 'b' | New-LumaVideo -ThrottleLimit 1 | Wait-Video
'@
        Wait-Until { $sandbox.Requests.Where({ $_.Target -eq 'Fetch' }) }
        [Threading.Thread]::Sleep(1500) # By now a token would have come through.
        $release.SetResult()
        $output = Receive-LumaScript $running
        @($output | Where-Object { $_ -is [string] }) | Should -BeExactly 'Luma.LumaJob', 'Luma.LumaJob'
        @($output | Where-Object { $_ -is [Luma.LumaJob] }).Count | Should -Be 2
    }

    It 'lets a job out while the next submit is held up, also where comments and line ends stand between the cmdlets' {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task))
        $running = Start-LumaScript @'
            'a', 'b' | New-LumaVideo -ThrottleLimit 1 | # a comment | with a pipe
                <# another #> Wait-LumaJob -PollingInterval 1
'@
        Wait-Until { $running.Output.Count -eq 1 }
        $release.SetResult()
        (Receive-LumaScript $running).Count | Should -Be 2
    }

    It 'of ForEach-Object -Parallel works' {
        $files = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:LumaModulePath
            New-LumaVideo "$_" | Save-LumaVideo $using:folder -FileName '{Prompt}'
        }
        $files.Name | Sort-Object | Should -BeExactly '1.mp4', '2.mp4', '3.mp4', '4.mp4'
    }
}

Describe 'Progress' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        function Get-Progress($Running, [string] $Activity) { @($Running.Shell.Streams.Progress.Where({ $_.Activity -like $Activity })) }
    }

    It 'is not shown in the first second' {
        $quick = Start-LumaScript 'New-LumaVideo a | Save-LumaVideo $args[0]' (Join-Path $TestDrive quick)
        $null = Receive-LumaScript $quick
        Get-Progress $quick '*Luma*' | Should -BeNullOrEmpty
    }

    It 'is shown after it, once a second, and taken away at the end' {
        $sandbox.JobSeconds = 600
        $running = Start-LumaScript ('$job = New-LumaVideo a; $watch = [Diagnostics.Stopwatch]::StartNew(); $job.JobId | Wait-LumaJob ' +
            '-Timeout 2.5')
        Wait-Until { Get-Progress $running '*Luma*' }
        $running.Watch.Elapsed.TotalSeconds | Should -BeGreaterThan 1
        $null = Receive-LumaScript $running
        $records = Get-Progress $running '*Luma*'
        $records.Count | Should -BeLessOrEqual 4
        $records[-1].RecordType | Should -Be 'Completed'
        $records[0].StatusDescription | Should -BeLike '0 of 1 ended*'
        ($records.ActivityId | Select-Object -Unique).Count | Should -Be 1
        $sandbox.JobSeconds = 0
    }

    It 'has an id of its own for each cmdlet' {
        $release = [Threading.Tasks.TaskCompletionSource]::new()
        $sandbox.MisbehaveAlways('Video', [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task))
        $running = Start-LumaScript ('New-LumaVideo a | Wait-LumaJob -PollingInterval 2 | Save-LumaVideo ' +
            '$args[0]') (Join-Path $TestDrive slow)
        Wait-Until { Get-Progress $running 'Saving*' }
        $release.SetResult()
        $null = Receive-LumaScript $running
        $waiting = Get-Progress $running 'Waiting*'
        $saving = Get-Progress $running 'Saving*'
        $waiting[-1].RecordType, $saving[-1].RecordType | Should -Be 'Completed', 'Completed'
        $waiting[0].ActivityId | Should -Not -Be $saving[0].ActivityId
    }
}

Describe 'A long pipeline' {
    It 'saves a job of 1 s while one of 8 s still runs' {
        $files = Receive-LumaScript $oneAndEight
        $files.Name | Should -BeExactly '1 s.mp4', '8 s.mp4'
        $files[1].Seconds | Should -BeGreaterThan ($files[0].Seconds + 3) # Whenever the pipeline began.
    }

    It 'takes a CSV file with 200 rows' {
        $files = Receive-LumaScript $twoHundred 60
        $twoHundred.Errors | Should -BeNullOrEmpty
        $files.Count | Should -Be 200
        $many.SubmitCount | Should -Be 200
        ($files.FullName | Sort-Object -Unique).Count | Should -Be 200
        ($files | Measure-Object Length -Minimum).Minimum | Should -BeGreaterThan 1000
    }
}
