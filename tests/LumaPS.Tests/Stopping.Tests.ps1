BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
}

AfterAll { Exit-LumaTest }

Describe 'Stopping' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $connection = New-TestConnection $sandbox
        $sandbox | Connect-Luma
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $release = [Threading.Tasks.TaskCompletionSource]::new()
        $held = [Luma.Sandbox.SandboxFault]::None.AfterRelease($release.Task)
    }

    AfterEach {
        $null = $release.TrySetResult()
        $sandbox.Dispose()
    }

    Context 'by Ctrl+C' {
        It 'ends <Cmdlet> at once, sends nothing more, and does not cut what is on its way' -ForEach @(
            @{ Cmdlet = 'New-LumaVideo'; Script = '1..5 | ForEach-Object { "$_" } | New-LumaVideo -ThrottleLimit 1' }
            @{ Cmdlet = 'Add-LumaExtension'; Script = '(New-LumaVideo a), $args[0], $args[0] | Add-LumaExtension more -ThrottleLimit 1' }
        ) {
            $parent = New-LumaVideo 'parent'
            $before = $sandbox.SubmitCount
            $sandbox.Misbehave(($Cmdlet -eq 'New-LumaVideo' ? 'Generations' : 'Extend'), $held)
            $running = Start-LumaScript $Script $parent
            $expected = $before + ($Cmdlet -eq 'New-LumaVideo' ? 1 : 2)
            Wait-Until { $sandbox.SubmitCount -eq $expected }
            Stop-LumaScript $running | Should -BeLessThan 1

            # Had the request been cut, the next one would come over a new connection.
            $release.SetResult()
            $held.Applied.Wait(30000) | Should -BeTrue
            $submit = @($sandbox.Requests)[-1]
            $answered = { $null = Get-LumaJob $parent.JobId; @($sandbox.Requests)[-1].ConnectionId -eq $submit.ConnectionId }
            Wait-Until $answered
            $sandbox.SubmitCount | Should -Be $expected
            $sandbox.Jobs.Count | Should -Be $expected
        }

        It 'ends New-LumaVideo that waits for the service to take more' {
            $later = [ValueTuple[string, string]]::new('Retry-After', '60')
            $refused = [Luma.Sandbox.SandboxFault]::Status(429, 'later', @($later))
            $sandbox.MisbehaveAlways('Submit', $refused)
            $running = Start-LumaScript '"a", "b" | New-LumaVideo'
            $refused.Applied.Wait(30000) | Should -BeTrue
            Stop-LumaScript $running | Should -BeLessThan 1
            $sandbox.Jobs.Count | Should -Be 0
        }

        It 'ends Get-LumaJob' {
            $job = New-LumaVideo 'a'
            $hang = [Luma.Sandbox.SandboxFault]::Hang()
            $sandbox.MisbehaveAlways('Fetch', $hang)
            $running = Start-LumaScript '$args[0] | Get-LumaJob' $job
            $hang.Applied.Wait(30000) | Should -BeTrue
            Stop-LumaScript $running | Should -BeLessThan 1
        }

        It 'ends Wait-LumaJob between two questions' {
            $sandbox.JobSeconds = 600
            $job = New-LumaVideo 'a'
            $running = Start-LumaScript '$args[0].JobId | Wait-LumaJob' $job
            Wait-Until { $sandbox.RequestCount -eq 2 }
            Stop-LumaScript $running | Should -BeLessThan 1
            $running.Output.Count | Should -Be 0
        }

        It 'ends Wait-LumaJob in the middle of a question' {
            $job = New-LumaVideo 'a'
            $hang = [Luma.Sandbox.SandboxFault]::Hang()
            $sandbox.MisbehaveAlways('Fetch', $hang)
            $running = Start-LumaScript '$args[0].JobId | Wait-LumaJob' $job
            $hang.Applied.Wait(30000) | Should -BeTrue
            Stop-LumaScript $running | Should -BeLessThan 1
        }

        It 'ends Save-LumaVideo, leaves no file under its name, and a later call goes on' {
            $job = New-LumaVideo 'a' | Get-LumaJob
            $stall = [Luma.Sandbox.SandboxFault]::Stall(5000)
            $sandbox.Misbehave('Video', $stall)
            $running = Start-LumaScript '$args[0] | Save-LumaVideo $args[1]' $job, $folder
            $stall.Applied.Wait(30000) | Should -BeTrue
            Wait-Until { (Get-ChildItem $folder -Filter *.part -ErrorAction Ignore).Length -gt 0 }
            Stop-LumaScript $running | Should -BeLessThan 1
            Get-ChildItem $folder -Filter *.mp4 | Should -BeNullOrEmpty

            # What was stopped may need a moment to let go of the part file.
            Wait-Until {
                $script:result = Invoke-Luma { $job | Save-LumaVideo $folder }
                $script:result.Output
            }
            $sandbox.VideoRequests[-1].Headers['Range'] | Should -Match '^bytes=[1-9]\d*-$' # Of the 5000, what had been read.
            [Convert]::ToHexString([IO.File]::ReadAllBytes($script:result.Output[0])) |
                Should -BeExactly ([Convert]::ToHexString($sandbox.GetVideoBytes($job.JobId)))
            (Get-ChildItem $folder -Force).Count | Should -Be 1
        }

        It 'ends a whole pipeline, and leaves no file under its name' {
            $stall = [Luma.Sandbox.SandboxFault]::Stall(5000)
            $sandbox.Misbehave('Video', $stall)
            $running = Start-LumaScript '"a", "b" | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $args[0]' $folder
            $stall.Applied.Wait(30000) | Should -BeTrue
            $sandbox.MisbehaveAlways('Video', $stall)
            Stop-LumaScript $running | Should -BeLessThan 1
            # One that was whole just then may have its name already; no other has.
            Get-ChildItem $folder -Filter *.mp4 -ErrorAction Ignore |
                Where-Object { $_.Length -ne $sandbox.GetVideoBytes($_.BaseName).Length } | Should -BeNullOrEmpty
        }
    }

    Context 'by Select-Object -First 1' {
        It 'ends New-LumaVideo, and does not cut what is on its way' {
            # The first one's answer comes when the second one has arrived.
            $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None.AfterRelease((Get-RequestTask $sandbox '"b"')), $held)
            $prompts = {
                'a'
                Wait-Until { $sandbox.SubmitCount -eq 1 }
                'b', 'c', 'd'
            }
            $result = Invoke-Luma { & $prompts | New-LumaVideo -ThrottleLimit 2 | Select-Object -First 1 }
            $result.Output.Prompt | Should -BeExactly 'a'
            $result.Seconds | Should -BeLessThan 1
            $sandbox.SubmitCount | Should -BeLessOrEqual 3
            $release.SetResult()
            $held.Applied.Wait(30000) | Should -BeTrue
            Wait-Until { $sandbox.Jobs.Count -eq $sandbox.SubmitCount }
            $connections = $sandbox.Requests.ConnectionId
            'e', 'f', 'g' | New-LumaVideo -ThrottleLimit 3 | Out-Null
            $sandbox.Requests.ConnectionId | Select-Object -Last 3 |
                Should -Contain $connections[1] -Because 'a request that was cut takes its connection with it'
        }

        It 'ends Add-LumaExtension' {
            $job = New-LumaVideo 'a'
            $null = Invoke-Luma { $job | Add-LumaExtension more }
            $result = Invoke-Luma { $job, $job, $job, $job, $job, $job | Add-LumaExtension more -ThrottleLimit 1 | Select-Object -First 1 }
            $result.Output.Count | Should -Be 1
            $result.Seconds | Should -BeLessThan 1
            $sandbox.SubmitCount | Should -BeLessOrEqual 4
        }

        It 'ends Get-LumaJob' {
            $job = New-LumaVideo 'a'
            $sandbox.Misbehave('Fetch', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::Hang(),
                [Luma.Sandbox.SandboxFault]::Hang(), [Luma.Sandbox.SandboxFault]::Hang())
            $result = Invoke-Luma { Get-LumaJob $job.JobId, $job.JobId, $job.JobId, $job.JobId | Select-Object -First 1 }
            $result.Output.Count | Should -Be 1
            $result.Seconds | Should -BeLessThan 1
        }

        It 'ends Wait-LumaJob' {
            $job = New-LumaVideo 'a'
            $sandbox.JobSeconds = 600
            $running = New-LumaVideo 'b'
            Use-NewJournal
            $result = Invoke-Luma { $running.JobId, $job.JobId, $running | Wait-LumaJob | Select-Object -First 1 }
            $result.Output.JobId | Should -Be $job.JobId
            $result.Seconds | Should -BeLessThan 1
        }

        It 'ends Save-LumaVideo, and leaves no other file under its name' {
            $jobs = 'a', 'b', 'c' | New-LumaVideo | Get-LumaJob
            $sandbox.Misbehave('Video', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::Stall(5000),
                [Luma.Sandbox.SandboxFault]::Stall(5000))
            $result = Invoke-Luma { $jobs | Save-LumaVideo $folder | Select-Object -First 1 }
            $result.Output.Count | Should -Be 1
            $result.Seconds | Should -BeLessThan 1
            (Get-ChildItem $folder -Filter *.mp4).FullName | Should -BeExactly $result.Output[0].FullName
        }

        It 'ends a whole pipeline' {
            Set-JobSecondsByPrompt $sandbox
            $result = Invoke-Luma {
                '600 s', '0 s', '600 s' | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | Save-LumaVideo $folder -FileName '{Prompt}' |
                    Select-Object -First 1
            }
            $result.Output.Name | Should -BeExactly '0 s.mp4'
            $result.Seconds | Should -BeLessThan 2.5
        }
    }

    Context 'by an error' {
        It 'ends Wait-LumaJob with -ErrorAction Stop, after the failed job' {
            $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::FailJob('no'))
            $failed = New-LumaVideo 'a'
            $sandbox.JobSeconds = 600
            $running = New-LumaVideo 'b'
            Use-NewJournal
            $result = Invoke-Luma { $running.JobId, $failed.JobId | Wait-LumaJob -ErrorAction Stop }
            $result.Terminated | Should -BeTrue
            $result.Output.JobId | Should -Be $failed.JobId
            $result.Seconds | Should -BeLessThan 1
        }

        It 'of the command behind them ends a whole pipeline' {
            Set-JobSecondsByPrompt $sandbox
            $result = Invoke-Luma {
                '600 s', '0 s', '600 s' | New-LumaVideo | Wait-LumaJob -PollingInterval 1 | ForEach-Object { throw "stop at $($_.Prompt)" }
            }
            $result.Terminated | Should -BeTrue
            $result.Errors[-1].Exception.Message | Should -BeExactly 'stop at 0 s'
            $result.Seconds | Should -BeLessThan 2.5
        }

        It 'and the module goes on working after it' {
            $null = Invoke-Luma { 'a', '' | New-LumaVideo -ErrorAction Stop }
            'b' | New-LumaVideo | Save-LumaVideo $folder | Should -BeOfType IO.FileInfo
        }
    }
}
