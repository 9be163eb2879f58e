BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
}

AfterAll { Exit-LumaTest }

Describe 'What New-LumaVideo sends' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    AfterEach { $sandbox.Dispose() }

    It 'is the prompt and nothing else, unless more is set' {
        $job = New-LumaVideo 'a red car driving on a road'
        $sandbox.Requests.Count | Should -Be 1
        $sandbox.Requests[0].Method | Should -BeExactly 'POST'
        $sandbox.Requests[0].Path | Should -BeExactly '/luma/v1/generations'
        $sandbox.Requests[0].Headers['TT-API-KEY'] | Should -BeExactly $sandbox.ApiKey
        $sandbox.Requests[0].Body | Should -BeExactly '{"userPrompt":"a red car driving on a road"}'
        $job | Should -BeOfType Luma.LumaJob
        $job.JobId | Should -Be $sandbox.Jobs[0].JobId
        $job.Status | Should -BeExactly 'Pending'
        $job.Kind | Should -BeExactly 'Generation'
        $job.Prompt | Should -BeExactly 'a red car driving on a road'
        $job.Loop | Should -BeNullOrEmpty
    }

    It 'has all ten fields under the names and types of the service' {
        $images = @{ ImageUrl = 'https://example.test/a.png'; EndImageUrl = 'http://example.test/b.png?x=1&y=%20' }
        $more = @{ AspectRatio = '16:9'; Model = 'ray-v2'; Duration = '5s'; Resolution = '720p'; Loop = $true; Mode = 'fast' }
        $job = New-LumaVideo 'a red car' @images @more -HookUrl https://example.test/hook
        $expected = ('{"userPrompt":"a red car","modelName":"ray-v2","hookUrl":"https://example.test/hook","aspectRatio":"16:9",' +
            '"imageUrl":"https://example.test/a.png","imageEndUrl":"http://example.test/b.png?x=1&y=%20","duration":"5s",' +
            '"resolution":"720p","useMode":"fast","loop":true}') | ConvertFrom-Json -AsHashtable
        $sent = (Get-Submit $sandbox)[0]
        ($sent.Keys | Sort-Object) -join ' ' | Should -BeExactly (($expected.Keys | Sort-Object) -join ' ')
        foreach ($name in $expected.Keys) {
            $sent[$name] | Should -BeExactly $expected[$name] -Because $name
            $sent[$name] | Should -BeOfType $expected[$name].GetType()
        }
        $job.AspectRatio, $job.Model, $job.ImageUrl, $job.EndImageUrl, $job.Duration, $job.Resolution, $job.Loop, $job.Mode,
            $job.HookUrl -join ' ' |
            Should -BeExactly ('16:9 ray-v2 https://example.test/a.png http://example.test/b.png?x=1&y=%20 5s 720p True fast ' +
                'https://example.test/hook')
    }

    It 'takes the names of the service for parameters, too' {
        $null = New-LumaVideo -UserPrompt a -ModelName ray-v1 -ImageEndUrl https://example.test/b.png -UseMode relax
        $sandbox.Requests[0].Body |
            Should -BeExactly '{"userPrompt":"a","modelName":"ray-v1","imageEndUrl":"https://example.test/b.png","useMode":"relax"}'
    }

    It 'is 10s for -Duration <Given>' -ForEach @{ Given = 10 }, @{ Given = '10' }, @{ Given = '10s' } {
        $null = New-LumaVideo a -Duration $Given
        (Get-Submit $sandbox)[0].duration | Should -BeExactly '10s'
    }

    It 'is loop false for -Loop:$false, and values that the document does not list' {
        $values = @{ Loop = $false; Model = 'ray-v9'; AspectRatio = '2:1'; Resolution = '4k'; Mode = 'turbo'; Duration = '20s' }
        $null = New-LumaVideo a @values -WarningAction SilentlyContinue
        $sandbox.Requests[0].Body | Should -BeExactly ('{"userPrompt":"a","modelName":"ray-v9","aspectRatio":"2:1","duration":"20s",' +
            '"resolution":"4k","loop":false,"useMode":"turbo"}')
    }

    It 'is a prompt exactly as it was written' {
        $prompt = "  Ein rotes Auto, 赤い車 🚗, `"quoted`" \ <b>&amp; I ı İ i`r`n`ttab  "
        $job = New-LumaVideo $prompt
        (Get-Submit $sandbox)[0].userPrompt | Should -BeExactly $prompt
        $job.Prompt | Should -BeExactly $prompt
        ($job | Get-LumaJob).Prompt | Should -BeExactly $prompt
        $prompt | New-LumaVideo | Out-Null
        (Get-Submit $sandbox)[1].userPrompt | Should -BeExactly $prompt
    }

    It 'is nothing with -WhatIf' {
        # In a runspace without a host, since the text of -WhatIf goes past all streams.
        Receive-LumaScript (Start-LumaScript '"a", "b" | New-LumaVideo -WhatIf; $WhatIfPreference = $true; New-LumaVideo c') |
            Should -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be 0
    }
}

Describe 'What New-LumaVideo takes from the pipeline' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    AfterEach { $sandbox.Dispose() }

    It 'is text as a prompt, also the lines of a file' {
        Set-Content TestDrive:/prompts.txt 'one', 'two'
        Get-Content TestDrive:/prompts.txt | New-LumaVideo -Mode fast -ThrottleLimit 1 | Out-Null
        $sandbox.Requests.Body -join "`n" |
            Should -BeExactly "{`"userPrompt`":`"one`",`"useMode`":`"fast`"}`n{`"userPrompt`":`"two`",`"useMode`":`"fast`"}"
    }

    It 'is a CSV file whose columns are the fields of the service, with others beside them' {
        @'
no,userPrompt,aspectRatio,modelName,imageUrl,imageEndUrl,duration,resolution,loop,useMode,hookUrl,note,status,length
1,full,16:9,ray-v2,https://example.test/a.png,https://example.test/b.png,5s,1080p,true,fast,https://example.test/h,x,open,7
2,only the prompt,,,,,,,,,,,,
3,blanks, , , , , , , , , ,,,
4,loop,,,,,10,,TRUE,,,,,
5,no loop,,,,,,,false,,,,,
'@ | Set-Content TestDrive:/shots.csv
        $jobs = Import-Csv TestDrive:/shots.csv | New-LumaVideo -ThrottleLimit 1
        $jobs.Count | Should -Be 5
        $sandbox.Requests.Body -join "`n" | Should -BeExactly (@(
                '{"userPrompt":"full","modelName":"ray-v2","aspectRatio":"16:9","imageUrl":"https://example.test/a.png",' +
                    '"imageEndUrl":"https://example.test/b.png","duration":"5s","resolution":"1080p","loop":true,"useMode":"fast",' +
                    '"hookUrl":"https://example.test/h"}'
                '{"userPrompt":"only the prompt"}'
                '{"userPrompt":"blanks"}'
                '{"userPrompt":"loop","duration":"10s","loop":true}'
                '{"userPrompt":"no loop","loop":false}'
            ) -join "`n")
    }

    It 'is objects with the names of the parameters, of any type' {
        [pscustomobject]@{
            Prompt = 'a'
            Model = 'ray-v1'
            Duration = 10
            Loop = $true
            EndImageUrl = [uri]'https://example.test/b%20c.png'
            Mode = $null
        } | New-LumaVideo | Out-Null
        '{"userPrompt":"b","loop":false,"duration":5}' | ConvertFrom-Json | New-LumaVideo | Out-Null
        $sandbox.Requests.Body -join "`n" | Should -BeExactly ("{`"userPrompt`":`"a`",`"modelName`":`"ray-v1`"," +
            "`"imageEndUrl`":`"https://example.test/b%20c.png`",`"duration`":`"10s`",`"loop`":true}`n{`"userPrompt`":`"b`"," +
            "`"duration`":`"5s`",`"loop`":false}")
    }

    It 'does not let one row leak into the next' {
        $rows = [pscustomobject]@{ Prompt = 'a'; Model = 'ray-v1'; Loop = 'true'; HookUrl = 'https://example.test/h' },
            [pscustomobject]@{ Prompt = 'b' }, 'c'
        $rows | New-LumaVideo -ThrottleLimit 1 | Out-Null
        $sandbox.Requests[1, 2].Body -join ' ' | Should -BeExactly '{"userPrompt":"b"} {"userPrompt":"c"}'
    }

    It 'gives way to what is typed' {
        [pscustomobject]@{ userPrompt = 'a'; modelName = 'ray-v1'; loop = 'true' } | New-LumaVideo -Model ray-v2 -Loop:$false | Out-Null
        $sandbox.Requests[0].Body | Should -BeExactly '{"userPrompt":"a","modelName":"ray-v2","loop":false}'
    }

    It 'is refused: <Case>' -ForEach @(
        @{ Case = 'a CSV without a prompt column'; Piped = { "text,modelName`nx,ray-v2" | ConvertFrom-Csv }; Says = 'text, modelName' }
        @{ Case = 'a FileInfo'; Piped = { Get-Item $PSCommandPath } }
        @{ Case = 'a folder'; Piped = { Get-Item $PSScriptRoot } }
        @{ Case = '$null'; Piped = { , $null } }
        @{ Case = 'a number'; Piped = { 5 } }
        @{ Case = 'a hashtable'; Piped = { @{ Prompt = 'x' } } }
        @{ Case = 'a list in a list'; Piped = { , @('x', 'y') } }
        @{ Case = 'an empty cell'; Piped = { "userPrompt,modelName`n,ray-v2" | ConvertFrom-Csv }; Says = 'userPrompt, modelName' }
        @{ Case = 'loop neither true nor false'; Piped = { "userPrompt,loop`nx,maybe" | ConvertFrom-Csv }; Says = "'maybe'" }
        @{
            Case = 'a live job'
            Piped = { [Luma.LumaJob]@{ JobId = 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3'; Prompt = 'x' } }
            Says = 'Add-LumaExtension'
        }
    ) {
        $result = Invoke-Luma { & $Piped | New-LumaVideo }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
        $result.Errors[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        $result.Errors[0].Exception.Message | Should -Match 'Nothing was sent'
        if ($Says) { $result.Errors[0].Exception.Message | Should -BeLike "*$Says*" }
        $result.Output | Should -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be 0
    }

    It 'is refused: a job after <Way>' -ForEach @(
        @{ Way = 'New-LumaVideo'; Store = { $_ } }
        @{ Way = 'Select-Object'; Store = { $_ | Select-Object * } }
        @{ Way = 'Export-Clixml'; Store = { $_ | Export-Clixml TestDrive:/job.xml; Import-Clixml TestDrive:/job.xml } }
        @{ Way = 'ConvertTo-Json'; Store = { $_ | ConvertTo-Json | ConvertFrom-Json } }
        @{ Way = 'Export-Csv'; Store = { $_ | Export-Csv TestDrive:/job.csv; Import-Csv TestDrive:/job.csv } }
        @{
            Way = 'a background job'
            Store = { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($_, 1)) }
        }
    ) {
        $job = New-LumaVideo 'a red car' -Model ray-v2
        $stored = $job | ForEach-Object $Store
        $stored.JobId | Should -Be $job.JobId
        $result = Invoke-Luma { $stored | New-LumaVideo }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
        $result.Errors[0].Exception.Message | Should -BeLike '*Add-LumaExtension*'
        $result.Output | Should -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be 1
    }

    It 'is refused: text beside a typed prompt' {
        $result = Invoke-Luma { 'piped' | New-LumaVideo 'typed' }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
        $sandbox.RequestCount | Should -Be 0
    }

    It 'goes on after a bad row, and all comes out in the order of the rows' {
        $rows = 'userPrompt,resolution,duration,imageUrl', 'a,,,', ',720p,,', 'b,1080p,10s,', 'c,,,', 'd,,,nowhere.png', 'e,720p,10s,' |
            ConvertFrom-Csv
        $all = $rows | New-LumaVideo 2>&1
        $all.ForEach({ $_ -is [Luma.LumaJob] ? $_.Prompt : 'error' }) -join ' ' | Should -BeExactly 'a error error c error e'
        (Get-Submit $sandbox).userPrompt | Sort-Object | Should -BeExactly 'a', 'c', 'e'
    }

    It 'ends at the first error with -ErrorAction Stop, after what came before it' {
        $result = Invoke-Luma { 'a', 5, 'b' | New-LumaVideo -ThrottleLimit 1 -ErrorAction Stop }
        $result.Terminated | Should -BeTrue
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
        $result.Output.Prompt | Should -BeExactly 'a'
        (Get-Submit $sandbox).userPrompt | Should -BeExactly 'a'
    }
}

Describe 'What New-LumaVideo refuses before anything is sent' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    It '<Case>' -ForEach @(
        @{ Case = '10s with 1080p'; Settings = @{ Prompt = 'a'; Duration = '10s'; Resolution = '1080p' } }
        @{ Case = '10 with 1080P'; Settings = @{ Prompt = 'a'; Duration = 10; Resolution = '1080P' } }
        @{ Case = 'no prompt'; Settings = @{ } }
        @{ Case = 'an empty prompt'; Settings = @{ Prompt = '' } }
        @{ Case = 'a $null prompt'; Settings = @{ Prompt = $null } }
        @{ Case = 'a blank prompt'; Settings = @{ Prompt = "  `n" } }
        @{ Case = 'an ftp link'; Settings = @{ Prompt = 'a'; ImageUrl = 'ftp://example.test/a.png' } }
        @{ Case = 'a file'; Settings = @{ Prompt = 'a'; ImageUrl = 'C:\pictures\a.png' } }
        @{ Case = 'a path'; Settings = @{ Prompt = 'a'; EndImageUrl = '/pictures/a.png' } }
        @{ Case = 'a link without a scheme'; Settings = @{ Prompt = 'a'; EndImageUrl = 'example.test/a.png' } }
        @{ Case = 'a link with a blank'; Settings = @{ Prompt = 'a'; ImageUrl = 'https://example.test/a b.png' } }
        @{ Case = 'a hook that is no link'; Settings = @{ Prompt = 'a'; HookUrl = 'hook' } }
        @{ Case = '-ThrottleLimit 0'; Settings = @{ Prompt = 'a'; ThrottleLimit = 0 } }
        @{ Case = '-ThrottleLimit 65'; Settings = @{ Prompt = 'a'; ThrottleLimit = 65 } }
    ) {
        $result = Invoke-Luma { New-LumaVideo @Settings }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
        $result.Errors[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        $result.Output | Should -BeNullOrEmpty
        $sandbox.RequestCount | Should -Be 0
    }
}

Describe 'What New-LumaVideo says of an answer' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $elsewhere = Start-TestSandbox
        $sandbox | Connect-Luma -MaximumRetryCount 1
        $now = [ValueTuple[string, string]]::new('Retry-After', '0')
    }

    AfterEach {
        $sandbox.Dispose()
        $elsewhere.Dispose()
    }

    It 'after <Case>: an error of its own, and no second POST that could be charged' -ForEach @(
        @{
            Case = '400'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(400, 'Parameter error') }
            ErrorId = 'LumaBadRequest'
            Category = 'InvalidOperation'
        }
        @{
            Case = '401'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(401, 'no') }
            ErrorId = 'LumaUnauthorized'
            Category = 'AuthenticationError'
        }
        @{
            Case = '402'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(402, 'no') }
            ErrorId = 'LumaQuotaExhausted'
            Category = 'QuotaExceeded'
        }
        @{
            Case = '403'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(403, 'no') }
            ErrorId = 'LumaAccountBlocked'
            Category = 'PermissionDenied'
        }
        @{
            Case = '404'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(404, 'no') }
            ErrorId = 'LumaBadRequest'
            Category = 'InvalidOperation'
        }
        @{
            Case = '429'
            Fault = { [Luma.Sandbox.SandboxFault]::Status(429, 'no', @($now)) }
            ErrorId = 'LumaRateLimited'
            Category = 'LimitsExceeded'
            Posts = 2
        }
        @{
            Case = '200 FAILED without a jobId'
            Fault = { [Luma.Sandbox.SandboxFault]::Reply(200, 'application/json', '{"status":"FAILED","message":"no","data":null}') }
            ErrorId = 'LumaBadRequest'
            Category = 'InvalidOperation'
        }
        @{ Case = '500'; Fault = { [Luma.Sandbox.SandboxFault]::Status(500, 'no') } }
        @{ Case = '502'; Fault = { [Luma.Sandbox.SandboxFault]::Status(502, 'no') } }
        @{ Case = '503 with Retry-After'; Fault = { [Luma.Sandbox.SandboxFault]::Status(503, 'no', @($now)) } }
        @{ Case = '504'; Fault = { [Luma.Sandbox.SandboxFault]::Status(504, 'no') } }
        @{ Case = '524'; Fault = { [Luma.Sandbox.SandboxFault]::Status(524, 'no') } }
        @{ Case = '200 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(200) } }
        @{ Case = '401 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(401) } }
        @{ Case = '403 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(403) } }
        @{ Case = '404 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(404) } }
        @{ Case = '429 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(429) } }
        @{ Case = '499 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(499) } }
        @{ Case = '502 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(502) } }
        @{ Case = '200 and no JSON'; Fault = { [Luma.Sandbox.SandboxFault]::Reply(200, 'application/json', '{"status":"SUCC') } }
        @{
            Case = '200 SUCCESS without a jobId'
            Fault = { [Luma.Sandbox.SandboxFault]::Reply(200, 'application/json', '{"status":"SUCCESS","message":"","data":{}}') }
        }
        @{ Case = '307'; Fault = { [Luma.Sandbox.SandboxFault]::Redirect(307, "$($elsewhere.BaseUri)luma/v1/generations") } }
        @{ Case = '308'; Fault = { [Luma.Sandbox.SandboxFault]::Redirect(308, "$($elsewhere.BaseUri)luma/v1/generations") } }
        @{ Case = '302'; Fault = { [Luma.Sandbox.SandboxFault]::Redirect(302, "$($elsewhere.BaseUri)luma/v1/generations") } }
        @{ Case = 'a cut before the body was read'; Fault = { [Luma.Sandbox.SandboxFault]::CloseBeforeReading() } }
        @{ Case = 'a cut instead of an answer'; Fault = { [Luma.Sandbox.SandboxFault]::CloseWithoutReply() }; Jobs = 1 }
        @{ Case = 'a cut in the head'; Fault = { [Luma.Sandbox.SandboxFault]::TruncateHead() }; Jobs = 1 }
        @{ Case = 'a cut in the body'; Fault = { [Luma.Sandbox.SandboxFault]::TruncateBody(20) }; Jobs = 1 }
    ) {
        $sandbox.MisbehaveAlways('Submit', (& $Fault))
        $result = Invoke-Luma { New-LumaVideo 'a red car' }
        $expected = @{ ErrorId = 'LumaSubmitUnconfirmed'; Category = 'InvalidResult'; Posts = 1; Jobs = 0 }
        if ($ErrorId) { $expected.ErrorId = $ErrorId; $expected.Category = $Category }
        if ($Posts) { $expected.Posts = $Posts }
        if ($Jobs) { $expected.Jobs = $Jobs }

        $result.Output | Should -BeNullOrEmpty
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly "$($expected.ErrorId),LumaPS.Commands.NewLumaVideoCommand"
        $result.Errors[0].CategoryInfo.Category | Should -Be $expected.Category
        $result.Errors[0].TargetObject | Should -BeExactly 'a red car'
        $result.Errors[0].Exception.Message |
            Should -Match ($expected.ErrorId -eq 'LumaSubmitUnconfirmed' ? 'may have been created and charged' : 'nothing was charged')
        $result.Errors[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $sandbox.SubmitCount | Should -Be $expected.Posts
        $sandbox.Jobs.Count | Should -Be $expected.Jobs
        $elsewhere.RequestCount | Should -Be 0
    }

    It 'names the job where an answer that decides nothing does' {
        $id = 'ed1a1b01-7d64-4c8a-acaa-71185d23a2f3'
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::Reply(500, 'application/json', ("{`"status`":`"FAILED`"," +
            "`"data`":{`"jobId`":`"$id`"}}")))
        $result = Invoke-Luma { New-LumaVideo 'a red car' }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaSubmitUnconfirmed,LumaPS.Commands.NewLumaVideoCommand'
        $result.Errors[0].TargetObject | Should -Be $id
        $result.Errors[0].Exception.Message | Should -BeLike "*$id*"
        $sandbox.SubmitCount | Should -Be 1
    }

    It 'says that nothing left where nobody listens' {
        $sandbox.Dispose()
        $sandbox | Connect-Luma -MaximumRetryCount 0
        $result = Invoke-Luma { New-LumaVideo 'a red car' }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaNetworkError,LumaPS.Commands.NewLumaVideoCommand'
        $result.Errors[0].CategoryInfo.Category | Should -Be 'ConnectionError'
        $result.Errors[0].TargetObject | Should -BeExactly 'a red car'
        $result.Errors[0].Exception.Message | Should -Match 'nothing was charged'
    }

    It 'gives up an answer after -TimeoutSec, and does not send again' {
        $sandbox | Connect-Luma -TimeoutSec 1
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::Hang())
        $result = Invoke-Luma { New-LumaVideo 'a red car' }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaSubmitUnconfirmed,LumaPS.Commands.NewLumaVideoCommand'
        $result.Seconds | Should -BeLessThan 5
        $sandbox.SubmitCount | Should -Be 1
    }

    It 'waits out <Code> and submits again' -ForEach @{ Code = 429 }, @{ Code = 499 } {
        $sandbox.Misbehave('Submit', @([Luma.Sandbox.SandboxFault]::Status($Code, 'later', @($now))))
        $result = Invoke-Luma { New-LumaVideo 'a red car' }
        $result.Errors | Should -BeNullOrEmpty
        $result.Output.JobId | Should -Be $sandbox.Jobs[0].JobId
        $sandbox.SubmitCount | Should -Be 2
    }

    It 'waits out a full queue longer than -MaximumRetryCount says' {
        $full = [Luma.Sandbox.SandboxFault]::Status(499, 'full', @($now))
        $sandbox.Misbehave('Submit', @($full, $full, $full, $full))
        (New-LumaVideo 'a red car').JobId | Should -Be $sandbox.Jobs[0].JobId
        $sandbox.SubmitCount | Should -Be 5
    }

    It 'gets past a pooled connection that the service has closed' {
        $fault = [Luma.Sandbox.SandboxFault]::CloseAfterReply()
        $sandbox.Misbehave('Submit', $fault)
        $first = New-LumaVideo 'one'
        $fault.Applied.Wait(30000) | Should -BeTrue
        $second = New-LumaVideo 'two'
        $sandbox.Jobs.JobId | Should -Be $first.JobId, $second.JobId
        $sandbox.SubmitCount | Should -Be 2
    }

    It 'does not submit again where a pooled connection breaks under the request' {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::ResetOnNextRequest())
        $null = New-LumaVideo 'one'
        $result = Invoke-Luma { New-LumaVideo 'two' }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaSubmitUnconfirmed,LumaPS.Commands.NewLumaVideoCommand'
        $sandbox.SubmitCount | Should -Be 1
    }

    It 'sends nothing more of this input after <Code>, and says so once, with a count and the items' -ForEach @(
        @{ Code = 401; ErrorId = 'LumaUnauthorized' }
        @{ Code = 402; ErrorId = 'LumaQuotaExhausted' }
        @{ Code = 403; ErrorId = 'LumaAccountBlocked' }
    ) {
        $sandbox.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::None, [Luma.Sandbox.SandboxFault]::Status($Code, 'no'))
        $result = Invoke-Luma { 'a', 'b', 'c', 'd' | New-LumaVideo -ThrottleLimit 1 }
        $result.Output.Prompt | Should -BeExactly 'a'
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly (, "$ErrorId,LumaPS.Commands.NewLumaVideoCommand" * 2)
        $result.Errors[1].Exception.Message |
            Should -BeExactly '2 more of this input (Line 3 to Line 4) were not submitted and cost nothing, for the same reason as Line 2.'
        $result.Errors.TargetObject | Should -BeExactly 'b', 'c', 'd'
        $sandbox.SubmitCount | Should -Be 2
        (New-LumaVideo 'another call').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'goes on after a refusal that is about one item: <Case>' -ForEach @(
        @{ Case = '400'; Fault = { [Luma.Sandbox.SandboxFault]::Status(400, 'banned word') } }
        @{ Case = '403 HTML'; Fault = { [Luma.Sandbox.SandboxFault]::Html(403) } }
        @{ Case = '502'; Fault = { [Luma.Sandbox.SandboxFault]::Status(502, 'no') } }
    ) {
        $sandbox.Misbehave('Submit', (& $Fault))
        $result = Invoke-Luma { 'a', 'b', 'c' | New-LumaVideo -ThrottleLimit 1 }
        $result.Output.Prompt | Should -BeExactly 'b', 'c'
        $result.Errors.TargetObject | Should -BeExactly 'a'
        $sandbox.SubmitCount | Should -Be 3
    }
}
