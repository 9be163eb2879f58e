BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
}

AfterAll { Exit-LumaTest }

Describe 'In the culture <_>' -ForEach 'tr-TR', 'de-DE', 'th-TH', 'ar-SA' {
    BeforeAll {
        $culture = $_
        $folder = New-TestFolder
        $now = [datetime]::Now.ToString('yyyy-MM-dd', [cultureinfo]::InvariantCulture)
        $running = Start-LumaScript @'
            param($culture, $folder)
            [cultureinfo]::CurrentCulture = [cultureinfo]::CurrentUICulture = $culture
            $sandbox = Start-LumaSandbox -JobSeconds '0.3'
            $connection = $sandbox | Connect-Luma -PassThru
            $result = @{ Culture = [cultureinfo]::CurrentCulture.Name; Sandbox = $sandbox }
            $result.Job = New-LumaVideo 'I ı İ i' -AspectRatio 16:9 -Duration 10 -Mode FAST -Connection $connection
            $result.Rows = "userPrompt,loop,duration`nTITLE,TRUE,5`nfile,FALSE," | ConvertFrom-Csv | New-LumaVideo -Connection $connection
            $result.Saved = $result.Job | Wait-LumaJob -PollingInterval 1 -Verbose 4>&1 | ForEach-Object {
                if ($_ -is [Management.Automation.VerboseRecord]) { $result.Verbose = "$_" } else { $_ }
            } | Save-LumaVideo $folder -FileName '{Prompt}-{Date}'
            $sandbox.FailPercent = 100
            $result.Failed = (New-LumaVideo 'fails' -Connection $connection).JobId |
                Wait-LumaJob -PollingInterval 1 -ErrorAction SilentlyContinue
            $sandbox.FailPercent = 0
            $sandbox.JobSeconds = 600
            $job = New-LumaVideo 'takes long' -Connection $connection
            foreach ($timeout in 1.5, '1.5') {
                $watch = [Diagnostics.Stopwatch]::StartNew()
                $job.JobId | Wait-LumaJob -Timeout $timeout -Connection $connection -ErrorVariable failure -ErrorAction SilentlyContinue
                $result["$($timeout.GetType().Name)"] = @{
                    Seconds = $watch.Elapsed.TotalSeconds
                    Id = $failure.FullyQualifiedErrorId
                    Text = "$failure"
                }
            }
            $job | Export-Csv (Join-Path $folder job.csv)
            $job | Export-Clixml (Join-Path $folder job.xml)
            $result.Stored = & {
                Import-Csv (Join-Path $folder job.csv)
                Import-Clixml (Join-Path $folder job.xml)
                $job | ConvertTo-Json | ConvertFrom-Json
            } | ForEach-Object { $_ | Get-LumaJob -Connection $connection }
            $result.Long = $job

            # A date that is another one, or none, in other cultures.
            $dated = [pscustomobject]@{ JobId = $result.Job.JobId; SubmittedAt = [datetime]::new(2026, 11, 5, 13, 14, 15) }
            $dated | Export-Csv (Join-Path $folder dated.csv)
            $env:LUMAPS_HOME = Join-Path $folder other-home # The journal here knows better when it was.
            $result.Dated = Import-Csv (Join-Path $folder dated.csv) | Save-LumaVideo $folder -FileName '{Date}' -Connection $connection
            $result.Formatted = $job | Out-String
            $result
'@ $culture, $folder
        $result = Receive-LumaScript $running
        $errors = $running.Errors
    }

    AfterAll {
        $result.Sandbox | Stop-LumaSandbox
        Disconnect-Luma
    }

    It 'a video is made and saved' {
        $result.Culture | Should -Be $culture
        $errors.Where({ $_.FullyQualifiedErrorId -notlike 'LumaJobFailed*' -and $_.FullyQualifiedErrorId -notlike 'LumaWaitTimeout*' }) |
            Should -BeNullOrEmpty
        $result.Saved.Name | Should -BeExactly "I ı İ i-$now.mp4"
        $result.Saved.Length | Should -BeGreaterThan 1000
        $result.Failed.Status | Should -BeExactly 'Failed'
    }

    It 'the fields are what they are everywhere' {
        $fields = $result.Sandbox.Jobs[0].Fields
        $fields['userPrompt'].GetString() | Should -BeExactly 'I ı İ i'
        $fields['duration'].GetString() | Should -BeExactly '10s'
        $rows = $result.Sandbox.Jobs[1, 2] | Sort-Object { $_.Fields['userPrompt'].GetString() }
        $rows[1].Fields['loop'].ValueKind, $rows[0].Fields['loop'].ValueKind | Should -Be 'True', 'False'
        $rows[1].Fields['duration'].GetString() | Should -BeExactly '5s'
    }

    It '-Timeout 1.5 is 1.5 s, as a number and as text' {
        foreach ($timeout in $result['Double'], $result['String']) {
            $timeout.Id | Should -BeExactly 'LumaWaitTimeout,LumaPS.Commands.WaitLumaJobCommand'
            $timeout.Seconds | Should -BeGreaterThan 1.4
            $timeout.Seconds | Should -BeLessThan 10
            $timeout.Text | Should -BeLike '*1.5 s*'
        }
    }

    It 'jobs survive CSV, CliXml and JSON' {
        $result.Stored.JobId | Should -Be (, $result.Long.JobId * 3)
        # CSV has whole seconds.
        foreach ($stored in $result.Stored) {
            [Math]::Abs(($stored.SubmittedAt - $result.Long.SubmittedAt).TotalSeconds) | Should -BeLessThan 1
        }
    }

    It 'the date in a CSV file is the one that was written' {
        $result.Dated.Name | Should -BeExactly '2026-11-05.mp4'
    }

    It 'what is shown can be read by machines' {
        $result.Verbose | Should -Match '^GET /\S+/luma/v1/fetch: 200 in \d+ ms$'
        $result.Formatted | Should -Match $result.Long.JobId.Substring(0, 8)
    }
}
