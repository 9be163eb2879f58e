# What spreadsheets, other APIs, other keyboards and files in the wrong encoding bring along, before money is spent.
BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    Use-NewJournal
}

AfterAll { Exit-LumaTest }

Describe 'A value in another spelling' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    It '-<Parameter> <Value> is sent as <Sent>, and nothing is said' -ForEach @(
        @{ Parameter = 'AspectRatio'; Field = 'aspectRatio'; Value = '16:09'; Sent = '16:9' }
        @{ Parameter = 'AspectRatio'; Field = 'aspectRatio'; Value = "16`u{FF1A}9"; Sent = '16:9' }
        @{ Parameter = 'AspectRatio'; Field = 'aspectRatio'; Value = "`u{FEFF}16:9`u{200B}"; Sent = '16:9' }
        @{ Parameter = 'Mode'; Field = 'useMode'; Value = 'Fast'; Sent = 'fast' }
        @{ Parameter = 'Model'; Field = 'modelName'; Value = 'RAY-V2'; Sent = 'ray-v2' }
        @{ Parameter = 'Resolution'; Field = 'resolution'; Value = '720P'; Sent = '720p' }
        @{ Parameter = 'Resolution'; Field = 'resolution'; Value = 1080; Sent = '1080p' }
        @{ Parameter = 'Duration'; Field = 'duration'; Value = '00:00:05'; Sent = '5s' }
        @{ Parameter = 'Duration'; Field = 'duration'; Value = [timespan]'0:0:10'; Sent = '10s' }
        @{ Parameter = 'Duration'; Field = 'duration'; Value = '5.0'; Sent = '5s' }
        @{ Parameter = 'Duration'; Field = 'duration'; Value = 5.0; Sent = '5s' }
        @{ Parameter = 'Duration'; Field = 'duration'; Value = '10 s'; Sent = '10s' }
        @{ Parameter = 'Duration'; Field = 'duration'; Value = '10sec'; Sent = '10s' }
    ) {
        $setting = @{ $Parameter = $Value }
        $typed = Invoke-Luma { New-LumaVideo 'a red car' @setting }
        $typed.Warning | Should -BeNullOrEmpty
        $typed.Output.$Parameter | Should -BeExactly $Sent
        $piped = Invoke-Luma { [pscustomobject](@{ userPrompt = 'a red car' } + $setting) | New-LumaVideo }
        $piped.Warning | Should -BeNullOrEmpty
        (Get-Submit $sandbox)[-2, -1].$Field | Should -BeExactly $Sent, $Sent
        (Get-Submit $sandbox)[-2, -1].$Field.ForEach({ $_.Length }) | Should -Be $Sent.Length, $Sent.Length
    }

    It 'is the model of an extension, too' {
        $null = New-LumaVideo 'a red car' | Add-LumaExtension 'more' -Model 'RAY V2' -WarningAction SilentlyContinue
        (Get-Submit $sandbox)[-1].modelName | Should -BeExactly 'ray-v2'
    }

    It 'does not get past the rule of 10s with 1080p: <Duration> with <Resolution>' -ForEach @(
        @{ Duration = '10 s'; Resolution = '1080' }
        @{ Duration = '10sec'; Resolution = '1080P' }
        @{ Duration = [timespan]'0:0:10'; Resolution = 1080 }
        @{ Duration = '00:00:10'; Resolution = "1080p`u{200B}" }
        @{ Duration = 10.0; Resolution = '1080.0' }
    ) {
        $before = $sandbox.RequestCount
        $result = Invoke-Luma { New-LumaVideo a -Duration $Duration -Resolution $Resolution }
        $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
        $sandbox.RequestCount | Should -Be $before
    }
}

Describe 'A value outside the documented ones' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    AfterEach { $sandbox.Dispose() }

    It 'is sent as it is, with a warning: -<Parameter> <Value>' -ForEach @(
        @{ Parameter = 'AspectRatio'; Field = 'aspectRatio'; Value = '2:1' }
        @{ Parameter = 'AspectRatio'; Field = 'aspectRatio'; Value = '16:09:00'; Says = 'spreadsheet' }
        @{ Parameter = 'AspectRatio'; Field = 'aspectRatio'; Value = 'golden hour' }
        @{ Parameter = 'Mode'; Field = 'useMode'; Value = '16:9'; Says = 'value of -AspectRatio' }
        @{ Parameter = 'Model'; Field = 'modelName'; Value = 'ray-v9' }
        @{ Parameter = 'Duration'; Field = 'duration'; Value = '20s' }
        @{ Parameter = 'Resolution'; Field = 'resolution'; Value = '4k' }
    ) {
        $setting = @{ $Parameter = $Value }
        $result = Invoke-Luma { New-LumaVideo 'a red car' @setting }
        $result.Errors | Should -BeNullOrEmpty
        $result.Warning | Should -HaveCount 1
        $result.Warning[0].Message | Should -BeLike "'$Value' is not among the documented values of -$Parameter (*). *sent as is*"
        if ($Says) { $result.Warning[0].Message | Should -BeLike "*$Says*" }
        (Get-Submit $sandbox)[0].$Field | Should -BeExactly $Value
    }

    It 'is warned of once for each value and call, with the row it came in first' {
        $rows = 'userPrompt,useMode', 'a,fast', 'b,turbo', 'c,turbo', 'd,Turbo', 'e,eco' | ConvertFrom-Csv
        foreach ($call in 1, 2) {
            $result = Invoke-Luma { $rows | New-LumaVideo }
            $result.Warning.Message -replace '\. .*' | Should -BeExactly @(
                "Row 2: 'turbo' is not among the documented values of -Mode (relax, fast)"
                "Row 4: 'Turbo' is not among the documented values of -Mode (relax, fast)"
                "Row 5: 'eco' is not among the documented values of -Mode (relax, fast)")
        }
    }

    It 'is seen with -WhatIf before it is charged' {
        $running = Start-LumaScript 'New-LumaVideo x -Mode turbo -WhatIf 3>&1'
        (Receive-LumaScript $running).Message | Should -BeLike "'turbo' is not*"
        $sandbox.RequestCount | Should -Be 0
    }

    It 'ends the call with -WarningAction Stop, and nothing is sent' {
        (Invoke-Luma { New-LumaVideo x -Mode turbo -WarningAction Stop }).Terminated | Should -BeTrue
        $sandbox.RequestCount | Should -Be 0
    }
}

Describe 'What nobody sees' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    AfterEach { $sandbox.Dispose() }

    It 'is taken off at the ends of prompt, name and links' {
        $job = "userPrompt,Name,imageUrl`n`u{FEFF}a red car`u{200B},`u{FEFF}first,https://example.test/a.png`u{200B}" | ConvertFrom-Csv |
            New-LumaVideo
        # PowerShell compares as people do, who see none of it; so the length is compared as well.
        $job.Prompt, $job.Name, $job.ImageUrl | Should -BeExactly 'a red car', 'first', 'https://example.test/a.png'
        $job.Prompt.Length, $job.Name.Length, $job.ImageUrl.Length | Should -Be 9, 5, 26
        (Get-Submit $sandbox)[0].userPrompt.Length | Should -Be 9
    }

    It 'is no prompt: <Case>' -ForEach @(
        @{ Case = 'typed'; Script = { New-LumaVideo "`u{200B}" } }
        @{ Case = 'in a cell'; Script = { [pscustomobject]@{ Prompt = "`u{FEFF}`u{200B}"; Mode = 'fast' } | New-LumaVideo } }
    ) {
        (Invoke-Luma $Script).Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.NewLumaVideoCommand'
        $sandbox.RequestCount | Should -Be 0
    }

    It 'is warned of in a prompt that was read in the wrong encoding, once' {
        [IO.File]::WriteAllBytes("$TestDrive/latin1.txt", [Text.Encoding]::Latin1.GetBytes(("a red car`nein grünes Auto`nein schönes " +
            "Auto`n")))
        $result = Invoke-Luma { Get-Content "$TestDrive/latin1.txt" | New-LumaVideo }
        $result.Output | Should -HaveCount 3
        $result.Warning.Message | Should -BeLike 'Line 2: The prompt has U+FFFD in it*-Encoding*'
    }
}

Describe 'A budget as text' {
    It 'is a number with a point, and 12,5 is not 125' {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        { New-LumaVideo x -MaximumQuota '12,5' } | Should -Throw "*'12,5' is not a quota*"
        $sandbox.RequestCount | Should -Be 0
        (New-LumaVideo x -MaximumQuota '12.5').JobId | Should -Not -BeNullOrEmpty
        $sandbox.Dispose()
    }
}

Describe 'Empty rows and lines' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    AfterEach { $sandbox.Dispose() }

    It 'of commas at the end of a spreadsheet are skipped, also with a typed prompt' {
        $rows = 'userPrompt,modelName,note', 'a,ray-v2,x', ',,', " ,`u{A0},", 'b,,', ',,' | ConvertFrom-Csv
        $result = Invoke-Luma { $rows | New-LumaVideo -Verbose }
        @($result.Errors; $result.Warning) | Should -BeNullOrEmpty
        $result.Output.Prompt | Should -BeExactly 'a', 'b'
        $result.Verbose.Message -like '*is empty*' |
            Should -BeExactly 'Row 2 is empty and is skipped.', 'Row 3 is empty and is skipped.', 'Row 5 is empty and is skipped.'
        $typed = Invoke-Luma { 'imageUrl', 'https://example.test/a.png', '""' | ConvertFrom-Csv | New-LumaVideo 'x' }
        $typed.Output | Should -HaveCount 1
    }

    It 'of a database are skipped, and its NULL is nothing' {
        $table = [Data.DataTable]::new()
        'userPrompt', 'useMode', 'aspect_ratio' | ForEach-Object { $null = $table.Columns.Add($_) }
        $null = $table.Rows.Add('a', [DBNull]::Value, '16:9')
        $null = $table.Rows.Add([DBNull]::Value, '', ' ')
        $result = Invoke-Luma { $table | New-LumaVideo -Verbose }
        $result.Errors | Should -BeNullOrEmpty
        $result.Warning.Message | Should -BeLike "The column 'aspect_ratio' is not used.*"
        $result.Verbose.Message -like '*is empty*' | Should -BeExactly 'Row 2 is empty and is skipped.'
        $sandbox.Requests.Body | Should -BeExactly '{"userPrompt":"a"}'
        $fast = Invoke-Luma { $table | New-LumaVideo -Mode fast -Verbose }
        $fast.Verbose.Message -like '*is overridden by*' | Should -BeNullOrEmpty
    }

    It 'of a text file are skipped' {
        Set-Content $TestDrive/prompts.txt 'one', '', "`t ", 'two', "`u{FEFF}", ''
        $result = Invoke-Luma { Get-Content $TestDrive/prompts.txt | New-LumaVideo }
        @($result.Errors; $result.Warning) | Should -BeNullOrEmpty
        $result.Output.Prompt | Should -BeExactly 'one', 'two'
        $jobId = $result.Output[0].JobId
        $extended = Invoke-Luma { $jobId, '' | Add-LumaExtension 'more' -WarningAction SilentlyContinue }
        $extended.Errors | Should -BeNullOrEmpty
        $extended.Output | Should -HaveCount 1
    }

    It 'alone are told of, for nothing was submitted: <_>' -ForEach 'text', 'rows' {
        $rows = $_ -eq 'text' ? ('', ' ') : ('userPrompt,useMode,note', ',,', ',,' | ConvertFrom-Csv)
        $result = Invoke-Luma { $rows | New-LumaVideo -Mode fast }
        @($result.Errors; $result.Output) | Should -BeNullOrEmpty
        $result.Warning.Message | Should -BeLike '*nothing was submitted*'
        $sandbox.RequestCount | Should -Be 0
    }
}

Describe 'Columns that look like a parameter' {
    BeforeEach {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
    }

    AfterEach { $sandbox.Dispose() }

    It 'and are not used are told of once: <Column>' -ForEach @(
        @{ Column = 'aspect_ratio'; Value = '16:9'; Parameter = 'AspectRatio' }
        @{ Column = 'image url'; Value = 'https://example.test/a.png'; Parameter = 'ImageUrl' }
        @{ Column = 'image_url'; Value = 'https://example.test/a.png'; Parameter = 'ImageUrl' }
        @{ Column = 'callback_url'; Value = 'https://example.test/hook'; Parameter = 'HookUrl' }
        @{ Column = 'Use Mode'; Value = 'fast'; Parameter = 'Mode' }
        @{ Column = "`u{FEFF}duration "; Value = '5s'; Parameter = 'Duration' }
    ) {
        $rows = [pscustomobject]@{ userPrompt = 'a'; $Column = '' }, [pscustomobject]@{ userPrompt = 'b'; $Column = $Value },
            [pscustomobject]@{ userPrompt = 'c'; $Column = $Value }
        $result = Invoke-Luma { $rows | New-LumaVideo -ThrottleLimit 1 }
        $result.Warning | Should -HaveCount 1
        $result.Warning[0].Message | Should -BeLike "The column '$Column' is not used. If it is meant as -$Parameter, *"
        $sandbox.Requests.Body -join ' ' | Should -BeExactly '{"userPrompt":"a"} {"userPrompt":"b"} {"userPrompt":"c"}'
    }

    It 'are no others' {
        $rows = 'no,userPrompt,note,status,length,size,date,text', '1,a,x,open,7,3,4,5' | ConvertFrom-Csv
        (Invoke-Luma { $rows | New-LumaVideo }).Warning | Should -BeNullOrEmpty
        (Invoke-Luma { Get-Item $PSCommandPath | New-LumaVideo x }).Warning | Should -BeNullOrEmpty
    }

    It 'are those of the cmdlet' {
        $job = New-LumaVideo a
        $result = Invoke-Luma {
            [pscustomobject]@{ jobId = $job.JobId; aspect_ratio = '16:9'; user_prompt = 'b'; 'model name' = 'ray-v2' } |
                Add-LumaExtension 'more' -WarningAction Continue
        }
        $result.Warning.Message -like 'The column*' -replace "The column '([^']*).*", '$1' | Should -BeExactly 'user_prompt', 'model name'
    }
}

Describe 'A file in the pipeline' {
    BeforeAll {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        'a.png', 'b.png' | ForEach-Object { Set-Content "$TestDrive/$_" x }
    }

    It 'gives nothing but what a script block makes of it: its Mode is no speed, and its Name no name' {
        $result = Invoke-Luma {
            Get-ChildItem $TestDrive/*.png | New-LumaVideo 'x' -ImageUrl { "https://example.test/$($_.Name)" } -ThrottleLimit 1
        }
        @($result.Errors; $result.Warning) | Should -BeNullOrEmpty
        $sandbox.Requests.Body -join ' ' | Should -BeExactly ('{"userPrompt":"x","imageUrl":"https://example.test/a.png"} ' +
            '{"userPrompt":"x","imageUrl":"https://example.test/b.png"}')
        $result.Output.Name.Where({ $_ }) | Should -BeNullOrEmpty
    }

    It 'gives what script blocks take of it' {
        $jobs = Get-ChildItem $TestDrive/*.png | New-LumaVideo -Prompt { $_.BaseName } -Name { $_.Name } -Mode { 'fast' } -ThrottleLimit 1
        $jobs.Name | Should -BeExactly 'a.png', 'b.png'
        $jobs.Prompt | Should -BeExactly 'a', 'b'
        $jobs.Mode | Should -BeExactly 'fast', 'fast'
    }

    It 'is one also after Select-Object * and a way through XML' {
        $file = Get-Item $TestDrive/a.png
        $stored = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($file))
        $jobs = $stored, ($file | Select-Object *) | New-LumaVideo 'y'
        $jobs | Should -HaveCount 2
        $jobs.Mode.Where({ $_ }) | Should -BeNullOrEmpty
    }

    It 'gives what was added to it under another name' {
        $job = Get-Item $TestDrive/a.png | Add-Member -PassThru ImageUrl https://example.test/c.png | New-LumaVideo 'x'
        $job.ImageUrl | Should -BeExactly 'https://example.test/c.png'
    }
}

Describe 'A cell that gives way to what is typed' {
    It 'is told of under -Verbose: <Way>' -ForEach @(
        @{ Way = 'typed'; Script = { $rows | New-LumaVideo -Mode fast -Verbose } }
        @{
            Way = '$PSDefaultParameterValues'
            Script = { $PSDefaultParameterValues = @{ 'New-LumaVideo:Mode' = 'fast' }; $rows | New-LumaVideo -Verbose }
        }
    ) {
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $rows = 'userPrompt,useMode', 'a,relax', 'b,', 'c,relax', 'd,fast' | ConvertFrom-Csv
        $result = Invoke-Luma $Script
        $result.Output.Mode | Should -BeExactly (, 'fast' * 4)
        $result.Verbose.Message -like '*is overridden by*' | Should -BeExactly ("Row 1: its Mode 'relax' is overridden by " +
            "'fast', which is from the command line or from `$PSDefaultParameterValues.")
    }
}

Describe 'A key that is no text' {
    BeforeAll { $sandbox = Start-TestSandbox }

    BeforeEach { Clear-LumaConnection }

    It 'is taken where it holds one: <Case>' -ForEach @(
        @{
            Case = 'a PSCredential, whose password it is'
            Key = { [pscredential]::new('ttapi', (ConvertTo-SecureString $sandbox.ApiKey -AsPlainText -Force)) }
        }
        @{ Case = 'a SecureString'; Key = { ConvertTo-SecureString $sandbox.ApiKey -AsPlainText -Force } }
        @{ Case = 'a line of a file with its end'; Key = { "$($sandbox.ApiKey)`r`n" } }
        @{ Case = 'a SecureString with a line end'; Key = { ConvertTo-SecureString "$($sandbox.ApiKey)`n" -AsPlainText -Force } }
        @{ Case = 'text with a byte order mark'; Key = { "`u{FEFF}$($sandbox.ApiKey) " } }
        @{ Case = 'a Guid'; Key = { [guid]$sandbox.ApiKey } }
    ) {
        $connection = Connect-Luma -ApiKey (& $Key) -BaseUri $sandbox.BaseUri -PassThru
        (New-LumaVideo 'a' -Connection $connection).JobId | Should -Not -BeNullOrEmpty
    }

    It 'is taken from the environment without its line end, as a Kubernetes secret has it' {
        $env:TTAPI_KEY = "$($sandbox.ApiKey)`n"
        $env:TTAPI_BASE_URI = $sandbox.BaseUri
        (New-LumaVideo 'a').JobId | Should -Not -BeNullOrEmpty
        Connect-Luma
        (New-LumaVideo 'a').JobId | Should -Not -BeNullOrEmpty
    }

    It 'is named by where it came from: <Case>' -ForEach @(
        @{ Case = 'the environment'; Script = { New-LumaVideo a }; Name = 'The environment variable TTAPI_KEY*' }
        @{ Case = 'the environment, by Connect-Luma'; Script = { Connect-Luma }; Name = 'The environment variable TTAPI_KEY*' }
        @{ Case = '-ApiKey'; Script = { Connect-Luma -ApiKey "two`nlines" }; Name = '-ApiKey*' }
    ) {
        $env:TTAPI_KEY = "secret`nin-here"
        $result = Invoke-Luma $Script
        $result.Errors[0].FullyQualifiedErrorId | Should -BeLike 'LumaInvalidValue,*'
        $result.Errors[0].Exception.Message | Should -BeLike $Name
        $result.Errors[0].Exception.Message | Should -Not -Match 'secret'
    }

    It 'is refused otherwise, and there is no connection then: <Case>' -ForEach @(
        @{ Case = 'an array'; Key = @('secret-a', 'secret-b') }
        @{ Case = 'a hashtable'; Key = @{ key = 'secret-a' } }
        @{ Case = 'bytes'; Key = [byte[]](115, 101) }
        @{ Case = '$true'; Key = $true }
        @{ Case = 'an object'; Key = [pscustomobject]@{ Key = 'secret-a' } }
    ) {
        $sandbox | Connect-Luma
        foreach ($script in { Connect-Luma -ApiKey $Key -BaseUri $sandbox.BaseUri },
            { [pscustomobject]@{ ApiKey = $Key; BaseUri = $sandbox.BaseUri } | Connect-Luma }) {
            $result = Invoke-Luma $script
            $result.Errors.FullyQualifiedErrorId | Should -BeExactly 'LumaInvalidValue,LumaPS.Commands.ConnectLumaCommand'
            $result.Errors[0].Exception.Message | Should -BeLike '*PSCredential*'
            $result.Errors[0].Exception.Message | Should -Not -Match 'secret'
            Get-LumaConnection | Should -BeNullOrEmpty
        }
    }
}

Describe 'A link that nobody outside can reach' {
    BeforeAll {
        $env:TTAPI_KEY = 'k'
        $elsewhere = {
            param($Script) Receive-LumaScript (Start-LumaScript ("Connect-Luma -ApiKey made-up-key -BaseUri https://service.example; & " +
                "{ $Script } 3>&1"))
        }
    }

    It 'is warned of: <Link>' -ForEach @(
        @{ Link = 'http://localhost:8080/hook' }
        @{ Link = 'http://127.0.0.1/hook' }
        @{ Link = 'http://192.168.1.7/hook' }
        @{ Link = 'http://10.0.0.1/hook' }
        @{ Link = 'http://172.20.0.1/hook' }
        @{ Link = 'http://[::1]/hook' }
        @{ Link = 'http://[fd00::1]/hook' }
        @{ Link = 'http://buildserver/hook' }
        @{ Link = 'http://nas.local/hook' }
    ) {
        $host_ = ([uri]$Link).Host
        $said = & $elsewhere "New-LumaVideo a -HookUrl '$Link' -ImageUrl '$Link' -EndImageUrl '$Link' -WhatIf"
        $said.Message | Should -HaveCount 3
        $said[0].Message | Should -BeLike "-HookUrl leads to '$([WildcardPattern]::Escape($host_))', *service.example*no callback*"
        $said[1].Message | Should -BeLike '-ImageUrl leads to*'
        $said[2].Message | Should -BeLike '-EndImageUrl leads to*'
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        (Invoke-Luma { New-LumaVideo a -HookUrl $Link -ImageUrl $Link }).Warning |
            Should -BeNullOrEmpty -Because 'the sandbox is on this machine'
    }

    It 'is none: <_>' -ForEach 'https://example.com/a.png', 'http://8.8.8.8/a.png', 'http://172.32.0.1/a.png',
        'https://[2001:4860::1]/a.png' {
        & $elsewhere "New-LumaVideo a -HookUrl '$_' -ImageUrl '$_' -WhatIf" | Should -BeNullOrEmpty
    }
}
