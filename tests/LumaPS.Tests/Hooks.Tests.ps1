BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $journalBefore = $env:LUMAPS_HOME
    $env:LUMAPS_HOME = Join-Path ([IO.Path]::GetTempPath()) "LumaPS-$([guid]::NewGuid().ToString('n'))"

    # A callback's body, as the service sends it.
    function New-HookBody([string] $JobId, [string] $Status = 'SUCCESS', [string] $VideoUrl = 'https://videos.example/v.mp4') {
        @{
            status = $Status
            message = 'success'
            jobId = $JobId
            data = [ordered]@{
                jobId = $JobId
                userPrompt = 'a red car'
                width = '512'
                height = '512'
                imageUrl = $null
                imageEndUrl = $null
                hookUrl = $null
                videoUrl = $VideoUrl
                quota = 25
            }
        } | ConvertTo-Json
    }

    # The code of the answer to a callback.
    function Send-Hook([string] $Address, [string] $Body, [string] $Method = 'Post') {
        $settings = $Method -eq 'Get' ? @{} : @{ Body = $Body; ContentType = 'application/json' }
        [int](Invoke-WebRequest $Address -Method $Method @settings -SkipHttpErrorCheck -NoProxy).StatusCode
    }

    function Get-FetchCount($Sandbox, [string] $JobId) {
        @($Sandbox.Requests | Where-Object { "$($_.Target)" -eq 'Fetch' -and $_.Query -like "*$JobId*" }).Count
    }

    $sandbox = Start-TestSandbox
    $sandbox.JobSeconds = 600
    $sandbox | Connect-Luma
}

AfterAll {
    Stop-LumaHookListener
    Exit-LumaTest
    Remove-Item -LiteralPath $env:LUMAPS_HOME -Recurse -Force -ErrorAction Ignore
    $env:LUMAPS_HOME = $journalBefore
}

Describe 'ConvertFrom-LumaHook' {
    BeforeAll { $id = [guid]::NewGuid().ToString() }

    It 'takes <Form>' -ForEach @(
        @{ Form = 'text'; Script = { New-HookBody $id } }
        @{ Form = 'bytes'; Script = { , [Text.Encoding]::UTF8.GetBytes((New-HookBody $id)) } }
        @{ Form = 'a parsed object'; Script = { New-HookBody $id | ConvertFrom-Json } }
        @{ Form = 'a hashtable'; Script = { New-HookBody $id | ConvertFrom-Json -AsHashtable } }
        @{
            Form = 'a dictionary of other case'
            Script = {
                $table = [Collections.Generic.Dictionary[string, object]]::new()
                $table['Status'] = 'SUCCESS'
                $table['JobID'] = [guid]$id
                $table['Data'] = @{ VIDEOURL = 'https://videos.example/v.mp4'; quota = '25'; Width = 512 }
                $table
            }
        }
        @{
            Form = 'a pretty-printed file, line by line'
            Script = {
                New-HookBody $id | ConvertFrom-Json | ConvertTo-Json -Depth 5 | Set-Content $TestDrive/hook.json
                Get-Content $TestDrive/hook.json
            }
        }
        @{ Form = 'a JsonElement'; Script = { [Text.Json.JsonDocument]::Parse((New-HookBody $id)).RootElement } }
        @{ Form = 'a JsonDocument'; Script = { [Text.Json.JsonDocument]::Parse((New-HookBody $id)) } }
        @{ Form = 'a JsonNode, which PowerShell takes apart'; Script = { [Text.Json.Nodes.JsonNode]::Parse((New-HookBody $id)) } }
        @{ Form = 'a JsonNode in one piece'; Script = { , [Text.Json.Nodes.JsonNode]::Parse((New-HookBody $id)) } }
        @{
            Form = 'a dictionary of JsonElements'
            Script = {
                $table = [Collections.Generic.Dictionary[string, object]]::new()
                [Text.Json.JsonDocument]::Parse((New-HookBody $id)).RootElement.EnumerateObject() |
                    ForEach-Object { $table[$_.Name] = $_.Value }
                $table
            }
        }
        @{
            Form = 'the other spelling of the jobId'
            Script = {
                @{ status = 'SUCCESS'; data = @{ job_id = $id; videoUrl = 'https://videos.example/v.mp4'; quota = 25; width = 512 } }
            }
        }
    ) {
        $job = & $Script | ConvertFrom-LumaHook
        $job | Should -BeOfType Luma.LumaJob
        $job.JobId | Should -Be $id
        $job.Status | Should -BeExactly 'Unconfirmed'
        $job.VideoUrl | Should -BeExactly 'https://videos.example/v.mp4'
        $job.Quota | Should -Be 25
        $job.Width | Should -Be 512
        $job.Message | Should -BeLike '*SUCCESS*unsigned*Get-LumaJob*'
    }

    It 'takes several pretty-printed callbacks, one after the other, and one that is cut is one error' {
        $ids = 1..3 | ForEach-Object { [guid]::NewGuid().ToString() }
        $pretty = $ids.ForEach({ (New-HookBody $_ | ConvertFrom-Json | ConvertTo-Json -Depth 5) })
        $lines = ($pretty[0] -split '\r?\n') + ($pretty[1] -split '\r?\n')[0..2] + ($pretty[2] -split '\r?\n') + (New-HookBody $id)
        $result = Invoke-Luma { $lines | ConvertFrom-LumaHook }
        $result.Output.JobId | Should -BeExactly $ids[0], $ids[2], $id
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.ConvertFromLumaHookCommand'
        (Invoke-Luma { ($pretty[1] -split '\r?\n')[0..2] | ConvertFrom-LumaHook }).Errors | Should -HaveCount 1
        (ConvertFrom-LumaHook -InputObject $pretty[0]).JobId | Should -Be $ids[0]
        (ConvertFrom-LumaHook -InputObject ([Text.Json.Nodes.JsonNode]::Parse($pretty[0]))).JobId | Should -Be $ids[0]
    }

    It 'makes an error, and nothing else, of <Form>' -ForEach @(
        @{ Form = 'nothing'; Value = $null }
        @{ Form = 'an empty text'; Value = '' }
        @{ Form = 'a page'; Value = '<html><body>502</body></html>' }
        @{ Form = 'other JSON'; Value = '{"event":"push"}' }
        @{ Form = 'half a callback'; Value = '{"status":"SUCCESS","jobId":"6eb34b44-' }
        @{ Form = 'a callback without a jobId'; Value = '{"status":"SUCCESS","message":""}' }
        @{ Form = 'too much'; Value = '{"status":"SUCCESS","jobId":"6eb34b44-64c8-4629-a0a1-608737de9583"}'.PadRight(65537) }
        @{ Form = 'a number'; Value = 17 }
        @{ Form = 'another object'; Value = [pscustomobject]@{ Name = 'x' } }
        @{
            Form = 'an object with too much in it'
            Value = [pscustomobject]@{ status = 'SUCCESS'; jobId = '6eb34b44-64c8-4629-a0a1-608737de9583'; message = 'x' * 70000 }
        }
        @{
            Form = 'an object that throws'
            Value = ([pscustomobject]@{ status = 'SUCCESS' } | Add-Member ScriptProperty jobId { throw 'no' } -PassThru)
        }
        @{ Form = 'half a character'; Value = @{ status = [string][char]0xD83D; jobId = [string][char]0xDE00 } }
    ) {
        $result = Invoke-Luma { $Value, (New-HookBody $id) | ConvertFrom-LumaHook }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.ConvertFromLumaHookCommand'
        $result.Output.JobId | Should -Be $id
        $result.Terminated | Should -BeFalse
    }

    It 'gives what <Name> asks the service about, and of which it takes the jobId alone' -ForEach @(
        @{ Name = 'Wait-LumaJob'; Script = { $_ | Wait-LumaJob -Connection $connection } }
        @{ Name = 'Get-LumaJob'; Script = { $_ | Get-LumaJob -Connection $connection } }
        @{ Name = 'Wait-LumaJob, stored,'; Script = { $_ | ConvertTo-Json | ConvertFrom-Json | Wait-LumaJob -Connection $connection } }
    ) {
        $here = Start-TestSandbox
        $connection = New-TestConnection $here
        $submit = @{
            Uri = "$($here.BaseUri)luma/v1/generations"
            Method = 'Post'
            Body = '{"userPrompt":"a blue car"}'
            ContentType = 'application/json'
            Headers = @{ 'TT-API-KEY' = $here.ApiKey }
            NoProxy = $true
        }
        $made = Invoke-RestMethod @submit
        $found = New-HookBody $made.data.jobId -VideoUrl 'https://evil.example/x.mp4' | ConvertFrom-LumaHook | ForEach-Object $Script
        $found.Status | Should -Be 'Succeeded'
        $found.VideoUrl | Should -Be $here.VideoUrlFor($made.data.jobId)
        $found.Prompt | Should -Be 'a blue car'
        $sandbox | Connect-Luma
    }

    It 'gives what Save-LumaVideo asks the service about before it saves' {
        $here = Start-TestSandbox
        $connection = New-TestConnection $here
        $job = New-LumaVideo 'a blue car' -Connection $connection
        $file = New-HookBody $job.JobId -VideoUrl 'http://127.0.0.1:9/evil.mp4' | ConvertFrom-LumaHook |
            Save-LumaVideo $TestDrive -Connection $connection
        $file.Length | Should -Be $here.GetVideoBytes($job.JobId).Length
        $sandbox | Connect-Luma
    }

    It 'asks nobody and changes nothing' {
        $before = $sandbox.RequestCount
        $job = New-LumaVideo 'only read'
        $null = New-HookBody $job.JobId | ConvertFrom-LumaHook
        $sandbox.RequestCount | Should -Be ($before + 1)
        (Get-LumaJob -Status Pending | Where-Object JobId -EQ $job.JobId).VideoUrl | Should -BeNullOrEmpty
    }
}

Describe 'Start-LumaHookListener' {
    AfterEach { Stop-LumaHookListener }

    It 'gives an address that cannot be guessed' {
        $listener = Start-LumaHookListener
        $listener | Should -BeOfType Luma.LumaHookListener
        $listener.HookUrl | Should -MatchExactly "^http://127\.0\.0\.1:$($listener.Port)/[0-9A-F]{32}$"
        $listener.IsRunning | Should -BeTrue
        (Start-LumaHookListener).HookUrl.Split('/')[-1] | Should -Not -Be $listener.HookUrl.Split('/')[-1]
    }

    It 'takes a port, and says so where it is taken' {
        $first = Start-LumaHookListener
        $result = Invoke-Luma { Start-LumaHookListener $first.Port }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNetworkError,LumaPS.Commands.StartLumaHookListenerCommand'
        $result.Terminated | Should -BeTrue
        Stop-LumaHookListener
        Wait-Until { try { (Start-LumaHookListener -Port $first.Port).Port } catch { $false } } # Wine frees a port a moment later.
    }

    It 'refuses -<Name> <Value>' -ForEach @(
        @{ Name = 'Port'; Value = 65536 }
        @{ Name = 'Port'; Value = -1 }
        @{ Name = 'PublicUrl'; Value = 'hooks.example' }
        @{ Name = 'PublicUrl'; Value = 'ftp://hooks.example' }
        @{ Name = 'PublicUrl'; Value = 'https://hooks.example/?a=b' }
        @{ Name = 'PublicUrl'; Value = 'https://hooks.example/#a' }
    ) {
        $settings = @{ $Name = $Value }
        (Invoke-Luma { Start-LumaHookListener @settings }).Errors.FullyQualifiedErrorId |
            Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.StartLumaHookListenerCommand'
    }

    It 'hands out the address that a proxy forwards, and takes its path' {
        $listener = Start-LumaHookListener -PublicUrl https://hooks.example/luma/
        $listener.HookUrl | Should -MatchExactly '^https://hooks\.example/luma/[0-9A-F]{32}$'
        Send-Hook $listener.HookUrl.Replace('https://hooks.example', "http://127.0.0.1:$($listener.Port)") (
            New-HookBody ([guid]::NewGuid())) | Should -Be 200
        Wait-Until { $listener.CallbackCount -eq 1 }
    }

    It 'answers a wrong token, a GET and the bare port with 404' {
        $listener = Start-LumaHookListener
        $base = "http://127.0.0.1:$($listener.Port)"
        Send-Hook "$base/$('0' * 32)" (New-HookBody ([guid]::NewGuid())) | Should -Be 404
        Send-Hook $base '{}' | Should -Be 404
        Send-Hook $listener.HookUrl -Method Get | Should -Be 404
        $listener.CallbackCount | Should -Be 0
        Send-Hook $listener.HookUrl (New-HookBody ([guid]::NewGuid())) | Should -Be 200
    }

    It 'stays flat under ten thousand garbage requests and hears the next callback' {
        $listener = Start-LumaHookListener
        Add-Type -TypeDefinition @'
using System.Net; using System.Net.Sockets; using System.Text; using System.Threading; using System.Threading.Tasks;
public static class LumaFlood
{
    // How many of so many garbage requests were answered with 404.
    public static int Run(int port, string path, int count)
    {
        int refused = 0;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            string[] kinds =
            {
                "GET " + path + " HTTP/1.1\r\n\r\n",
                "POST /" + i.ToString("x32") + " HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
                new string('x', 9000),
                "POST " + path + " HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n"
            };
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, port);
            socket.Send(Encoding.ASCII.GetBytes(kinds[i % kinds.Length]));
            byte[] answer = new byte[256];
            int read = socket.Receive(answer);
            if (Encoding.ASCII.GetString(answer, 0, read).StartsWith("HTTP/1.1 404")) Interlocked.Increment(ref refused);
        });
        return refused;
    }
}
'@
        $path = ([uri]$listener.HookUrl).AbsolutePath
        $null = [LumaFlood]::Run($listener.Port, $path, 500)
        $before = [GC]::GetTotalMemory($true)
        [LumaFlood]::Run($listener.Port, $path, 10000) | Should -Be 10000
        [GC]::GetTotalMemory($true) - $before | Should -BeLessThan 5MB
        $listener.CallbackCount | Should -Be 0
        Send-Hook $listener.HookUrl (New-HookBody ([guid]::NewGuid())) | Should -Be 200
        Wait-Until { $listener.CallbackCount -eq 1 }
    }
}

Describe 'Stop-LumaHookListener' {
    It 'stops those of the pipeline, all without any, and none where the pipeline is empty' {
        $first = Start-LumaHookListener
        $second = Start-LumaHookListener
        $first | Stop-LumaHookListener
        $first.IsRunning, $second.IsRunning | Should -Be $false, $true
        @() | Stop-LumaHookListener
        $second.IsRunning | Should -BeTrue
        Stop-LumaHookListener
        $second.IsRunning | Should -BeFalse
        Stop-LumaHookListener $first
        { Send-Hook $second.HookUrl '{}' } | Should -Throw
    }
}

Describe 'Stop-LumaHookListener of what is not there' {
    It 'stops none where a variable that is not there was given: <Case>' -ForEach @(
        @{ Case = 'by name'; Script = { Stop-LumaHookListener -HookListener $undefined } }
        @{ Case = 'by place'; Script = { Stop-LumaHookListener $undefined } }
        @{ Case = 'in the pipeline'; Script = { $undefined | Stop-LumaHookListener } }
    ) {
        $running = Start-LumaHookListener
        try {
            $result = Invoke-Luma $Script
            $running.IsRunning | Should -BeTrue
            $result.Errors[0].FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.StopLumaHookListenerCommand'
        }
        finally { $running | Stop-LumaHookListener }
    }
}

Describe 'Waiting with a listener' {
    BeforeAll {
        # What takes long goes on beside the other tests: a job of six seconds, and when it came out.
        $slow = Start-TestSandbox
        $slow.JobSeconds = 6
        $sixSeconds = Start-LumaScript -Arguments (New-TestConnection $slow) -Script '
            param($connection)
            $listener = Start-LumaHookListener -Connection $connection
            New-LumaVideo "six seconds" -HookUrl $listener -Connection $connection |
                Wait-LumaJob -HookListener $listener -PollingInterval 60 -Timeout 50
            [DateTimeOffset]::UtcNow
            $listener | Stop-LumaHookListener'
    }

    BeforeEach {
        $sandbox.Behave()
        $sandbox | Connect-Luma
    }

    It 'changes nothing for a forged SUCCESS, in the wait and in the journal' {
        $listener = Start-LumaHookListener
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::ForgedCallback('https://evil.example/x.mp4'))
        $job = New-LumaVideo 'forged' -HookUrl $listener
        Wait-Until { $listener.CallbackCount -eq 1 }
        Send-Hook $job.HookUrl (New-HookBody $job.JobId -VideoUrl 'https://evil.example/x.mp4') | Should -Be 200
        $result = Invoke-Luma { $job | Wait-LumaJob -HookListener $listener -PollingInterval 60 -Timeout 2 }
        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaWaitTimeout,LumaPS.Commands.WaitLumaJobCommand'
        $before = $sandbox.RequestCount
        $known = Get-LumaJob | Where-Object JobId -EQ $job.JobId
        $sandbox.RequestCount | Should -Be $before
        $known.Status | Should -BeIn 'Pending', 'Running'
        $known.VideoUrl | Should -BeNullOrEmpty
        Get-ChildItem $env:LUMAPS_HOME -Recurse -Filter *.jsonl | Get-Content | Should -Not -BeLike '*evil*'
    }

    It 'hands out an address for each submit, which the journal and a rerun know' {
        $listener = Start-LumaHookListener
        $jobs = 'one', 'two' | New-LumaVideo -HookUrl $listener
        $sent = @((Get-Submit $sandbox)[-2, -1].hookUrl)
        $sent | Sort-Object | Should -Be ($jobs.HookUrl | Sort-Object)
        $jobs.ForEach({ $_.HookUrl }) | Should -Be $jobs.ForEach({ "$($listener.HookUrl)/$($_.Id)" })
        $named = New-LumaVideo 'named' -Name 'hooked' -HookUrl $listener
        (New-LumaVideo 'named' -Name 'hooked' -HookUrl (Start-LumaHookListener)).JobId | Should -Be $named.JobId
    }

    It 'hears of a job that is given by its jobId alone' {
        $short = Start-TestSandbox
        $short | Connect-Luma
        $listener = Start-LumaHookListener
        $job = New-LumaVideo 'by its id' -HookUrl $listener
        Wait-Until { $listener.CallbackCount -eq 1 }
        $result = Invoke-Luma { Wait-LumaJob -JobId $job.JobId -HookListener $listener -PollingInterval 60 }
        $result.Output.Status | Should -Be 'Succeeded'
        $result.Seconds | Should -BeLessThan 5
    }

    It 'settles a submit whose answer was lost' {
        $short = Start-TestSandbox
        $short | Connect-Luma
        $listener = Start-LumaHookListener
        $short.Misbehave('Submit',
            [Luma.Sandbox.SandboxFault]::CloseWithoutReply().And([Luma.Sandbox.SandboxFault]::LateCallback([timespan]::FromSeconds(0.5))))
        $result = Invoke-Luma { New-LumaVideo 'lost' -Name 'lost' -HookUrl $listener }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaSubmitUnconfirmed,LumaPS.Commands.NewLumaVideoCommand'
        Wait-Until { (Get-LumaJob -Name lost).Status -eq 'Succeeded' }
        (Get-LumaJob -Name lost).JobId | Should -Be $short.Jobs[0].JobId
        (New-LumaVideo 'lost' -Name 'lost').JobId | Should -Be $short.Jobs[0].JobId
        $short.SubmitCount | Should -Be 1
    }

    It 'notices a job whose callback never comes by polling' {
        $short = Start-TestSandbox
        $short | Connect-Luma
        $short.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::NoCallback())
        $listener = Start-LumaHookListener
        $result = Invoke-Luma { New-LumaVideo 'never' -HookUrl $listener | Wait-LumaJob -HookListener $listener -PollingInterval 2 }
        $result.Output.Status | Should -Be 'Succeeded'
        $listener.CallbackCount | Should -Be 0
    }

    It 'notices a job of six seconds within one second of its callback, and confirms it by one fetch' {
        $job, $cameOut = Receive-LumaScript $sixSeconds 60
        $sixSeconds.Errors | Should -BeNullOrEmpty
        $job | Should -BeOfType Luma.LumaJob
        $job.Status | Should -Be 'Succeeded'
        $job.VideoUrl | Should -Be $slow.VideoUrlFor($job.JobId)
        ($cameOut - $slow.Jobs[0].CalledBackAt).TotalSeconds | Should -BeLessThan 1
        ($cameOut - $slow.Jobs[0].SubmittedAt).TotalSeconds | Should -BeGreaterThan 5.9
        Get-FetchCount $slow $job.JobId | Should -Be 1
    }

    It 'needs at most two fetches for each of 1,000 jobs' {
        $many = Start-TestSandbox
        $many.JobSeconds = 3
        $many | Connect-Luma
        $listener = Start-LumaHookListener
        $result = Invoke-Luma {
            1..1000 | ForEach-Object { "job $_" } | New-LumaVideo -HookUrl $listener -ThrottleLimit 16 |
                Wait-LumaJob -HookListener $listener -Timeout 100
        }
        $result.Errors | Should -BeNullOrEmpty
        $result.Output.Count | Should -Be 1000
        @($result.Output.Status | Sort-Object -Unique) | Should -Be 'Succeeded'
        $fetches = $many.Requests | Where-Object { "$($_.Target)" -eq 'Fetch' } | Group-Object Query
        $fetches.Count | Should -Be 1000
        ($fetches.Group.Count / 1000) | Should -BeLessOrEqual 2
        ($fetches | Measure-Object Count -Maximum).Maximum | Should -BeLessOrEqual 2
    }
}
