BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest

    # All that a person or a log could see of a pipeline, as one text.
    function Get-AllText($Result) {
        $text = [Text.StringBuilder]::new()
        foreach ($record in $Result.Verbose + $Result.Debug + $Result.Warning) { $null = $text.AppendLine("$record") }
        foreach ($one in $Result.Errors) {
            $null = $text.AppendLine(($one | Out-String))
            $null = $text.AppendLine(($one | Format-List * -Force | Out-String -Width 500))
            $null = $text.AppendLine(($one.Exception | Format-List * -Force | Out-String -Width 500))
            $null = $text.AppendLine($one.Exception.ToString())
            $null = $text.AppendLine("$($one.TargetObject) $($one.CategoryInfo) $($one.ErrorDetails.RecommendedAction)")
            $null = $text.AppendLine([Management.Automation.PSSerializer]::Serialize($one, 2))
        }
        foreach ($one in $Result.Output) {
            $null = $text.AppendLine(($one | Out-String -Width 500))
            $null = $text.AppendLine(($one | Format-List * -Force | Out-String -Width 500))
            $null = $text.AppendLine(($one | ConvertTo-Json -Depth 4 -WarningAction SilentlyContinue))
            $null = $text.AppendLine([Management.Automation.PSSerializer]::Serialize($one, 2))
        }
        $text.ToString()
    }

    function Invoke-Aloud([scriptblock] $Script) {
        $VerbosePreference = $DebugPreference = 'Continue'
        Invoke-Luma $Script
    }
}

AfterAll { Exit-LumaTest }

Describe 'The key' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $key = $sandbox.ApiKey
        $sandbox | Connect-Luma -MaximumRetryCount 0
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
    }

    AfterEach { $sandbox.Dispose() }

    It 'is nowhere in a round trip with -Verbose and -Debug' {
        $result = Invoke-Aloud {
            New-LumaVideo 'a' | Get-LumaJob | Wait-LumaJob | Tee-Object -Variable jobs | Save-LumaVideo $folder
            $jobs
            Get-LumaConnection
        }
        $result.Output.Count | Should -Be 3
        $result.Verbose.Count | Should -BeGreaterOrEqual 3
        Get-AllText $result | Should -Not -Match $key
    }

    It 'is shown by none of the requests that are told of' {
        $result = Invoke-Aloud { New-LumaVideo 'a' | Save-LumaVideo $folder }
        $told = "$($result.Verbose)"
        $told | Should -Match 'POST /\S+/luma/v1/generations: 200 in \d+ ms'
        $told | Should -Match 'GET /\S+/luma/v1/fetch: 200 in \d+ ms'
        $told | Should -Match 'GET \S+\.mp4: 200 in \d+ ms'
    }

    It 'is nowhere in what follows <Case>, also where the service repeats it' -ForEach @(
        @{ Case = '400'; Fault = { [Luma.Sandbox.SandboxFault]::Status(400, "bad: $key") } }
        @{ Case = '401'; Fault = { [Luma.Sandbox.SandboxFault]::Status(401, "The key $($key.ToUpperInvariant()) is wrong") } }
        @{ Case = '403'; Fault = { [Luma.Sandbox.SandboxFault]::Status(403, "blocked:$key") } }
        @{ Case = '404'; Fault = { [Luma.Sandbox.SandboxFault]::Status(404, $key) } }
        @{ Case = '429'; Fault = { [Luma.Sandbox.SandboxFault]::Status(429, $key) } }
        @{ Case = '500'; Fault = { [Luma.Sandbox.SandboxFault]::Status(500, "[$key]") } }
        @{ Case = '200 FAILED without a jobId'; Fault = { [Luma.Sandbox.SandboxFault]::Status(200, "bad: $key") } }
        @{ Case = 'HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(403, "<html>$key</html>") } }
        @{ Case = 'a redirect'; Fault = { [Luma.Sandbox.SandboxFault]::Redirect(307, "http://127.0.0.1:9/?$key") } }
        @{ Case = 'a reason phrase'; Fault = { [Luma.Sandbox.SandboxFault]::Reply(418, 'text/plain', $key) } }
        @{ Case = 'a cut'; Fault = { [Luma.Sandbox.SandboxFault]::CloseWithoutReply() } }
    ) {
        $job = New-LumaVideo 'a'
        $sandbox.MisbehaveAlways('Submit', (& $Fault))
        $sandbox.MisbehaveAlways('Fetch', (& $Fault))
        $result = Invoke-Aloud {
            New-LumaVideo 'b'
            $job | Add-LumaExtension 'c'
            $job | Get-LumaJob
            $job.JobId | Wait-LumaJob -Timeout 0
            $job | Save-LumaVideo $folder
        }
        $result.Errors.Count | Should -BeGreaterOrEqual 5
        $text = Get-AllText $result
        $text | Should -Match 'Luma'
        $text | Should -Not -Match $key
    }

    It 'is nowhere in a failed job whose reason repeats it' {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::FailJob("because of $key"))
        $job = New-LumaVideo 'a'
        $result = Invoke-Aloud { $job.JobId | Wait-LumaJob; $job | Save-LumaVideo $folder }
        $result.Output.Message | Should -BeExactly 'because of ***'
        $result.Errors.Count | Should -Be 2
        Get-AllText $result | Should -Not -Match $key
    }

    It 'is nowhere where it was taken for a jobId' {
        $before = $sandbox.RequestCount
        $result = Invoke-Aloud {
            Get-LumaJob -JobId $key
            $key | Get-LumaJob
            Wait-LumaJob -JobId $key -Timeout 0
            Save-LumaVideo -JobId $key -Destination $folder
        }
        $result.Errors.Count | Should -Be 4
        $result.Errors.ForEach({ $_.FullyQualifiedErrorId.Split(',')[0] }) | Select-Object -Unique | Should -BeExactly 'LumaInvalidValue'
        $result.Errors.TargetObject | Select-Object -Unique | Should -BeExactly '***'
        Get-AllText $result | Should -Not -Match $key
        $sandbox.RequestCount | Should -Be $before
    }

    It 'is nowhere where what it was taken for is not in the journal: <Case>' -ForEach @(
        @{ Case = 'Remove-LumaJob -JobId'; Script = { Remove-LumaJob -JobId $key, " $key" } }
        @{ Case = 'Remove-LumaJob -Job'; Script = { Remove-LumaJob $key; $key | Remove-LumaJob } }
        @{
            Case = 'Remove-LumaJob, an object'
            Script = { [pscustomobject]@{ JobId = $key }, [pscustomobject]@{ JobId = $key } | Remove-LumaJob }
        }
        @{ Case = 'Remove-LumaJob -Id and -Name'; Script = { Remove-LumaJob -Id $key; Remove-LumaJob -Name $key } }
        @{ Case = 'Get-LumaJob -Name'; Script = { Get-LumaJob -Name $key; Get-LumaJob -Name $key.ToUpperInvariant() } }
        @{ Case = 'Measure-LumaUsage'; Script = { $null = $key, $key | Measure-LumaUsage } }
    ) {
        $result = Invoke-Aloud $Script
        $result.Errors.ForEach({ $_.FullyQualifiedErrorId.Split(',')[0] }) | Should -BeExactly 'LumaInvalidValue', 'LumaInvalidValue'
        Get-AllText $result | Should -Not -Match $key
    }

    It 'is nowhere where it is no jobId by its form: <Case>' -ForEach @(
        @{ Case = 'Get-LumaJob'; Script = { Get-LumaJob -JobId $key } }
        @{ Case = 'Wait-LumaJob'; Script = { $key | Wait-LumaJob } }
        @{ Case = 'Save-LumaVideo'; Script = { Save-LumaVideo -JobId $key -Destination $folder } }
        @{ Case = 'Add-LumaExtension'; Script = { Add-LumaExtension 'more' -JobId $key; $key | Add-LumaExtension 'more' } }
        @{ Case = 'Remove-LumaJob'; Script = { Remove-LumaJob -JobId $key } }
    ) {
        $key = 'made-up-key-of-another-form'
        Connect-Luma -ApiKey $key -BaseUri $sandbox.BaseUri
        $result = Invoke-Aloud $Script
        $result.Errors.Count | Should -BeGreaterOrEqual 1
        Get-AllText $result | Should -Not -Match $key
        $sandbox.RequestCount | Should -Be 0
    }

    It 'is nowhere where Add-LumaExtension took it for a jobId' {
        $before = $sandbox.RequestCount
        $result = Invoke-Aloud { Add-LumaExtension 'more' -JobId $key; $key | Add-LumaExtension 'more' }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (, 'LumaInvalidValue,LumaPS.Commands.AddLumaExtensionCommand' * 2)
        Get-AllText $result | Should -Not -Match $key
        $sandbox.RequestCount | Should -Be $before
    }

    It 'is nowhere where nobody listens, and where connecting fails' {
        $sandbox.Dispose()
        $result = Invoke-Aloud { New-LumaVideo 'a' }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNetworkError,LumaPS.Commands.NewLumaVideoCommand'
        $result.Errors += (Invoke-Aloud { Connect-Luma -ApiKey $key -BaseUri http://example.test }).Errors
        $result.Errors += (Invoke-Aloud { Connect-Luma -ApiKey "$key x" }).Errors
        $result.Errors.Count | Should -Be 3
        Get-AllText $result | Should -Not -Match $key
    }

    It 'never reaches the video''s host, nor where a video''s link redirects' {
        $elsewhere = Start-TestSandbox
        $job = New-LumaVideo 'a' | Get-LumaJob
        $sandbox.Misbehave('Video', [Luma.Sandbox.SandboxFault]::Redirect(302, "$($elsewhere.BaseUri)video.mp4"))
        $null = Invoke-Aloud { $job | Save-LumaVideo $folder }
        $job | Save-LumaVideo $folder -Force | Should -BeOfType IO.FileInfo
        $requests = @($sandbox.VideoRequests) + @($elsewhere.Requests)
        $elsewhere.RequestCount | Should -BeGreaterThan 0
        foreach ($request in $requests) {
            "$($request.Path) $($request.Query) $($request.HeaderList.ForEach({ "$($_.Key): $($_.Value)" })) $($request.Body)" |
                Should -Not -Match "$key|TT-API-KEY"
        }
    }

    It 'reaches the service in its header alone' {
        $null = New-LumaVideo 'a' | Get-LumaJob
        foreach ($request in $sandbox.Requests) {
            $request.Headers['TT-API-KEY'] | Should -BeExactly $key
            "$($request.Path) $($request.Query) $($request.Body)" | Should -Not -Match $key
        }
    }
}
