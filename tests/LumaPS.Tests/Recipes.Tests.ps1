# Runs the blocks of docs/recipes.md against the sandbox. A comment above each block names it: <!-- test: name -->
BeforeDiscovery {
    $text = Get-Content -LiteralPath $PSScriptRoot/../../docs/recipes.md -Raw
    $blocks = [regex]::Matches($text, ('(?s)<!-- test: (?<Name>[^>]+?) ' +
        '-->\r?\n```powershell\r?\n(?<Code>.+?)```')).ForEach({ @{ Name = $_.Groups['Name'].Value; Code = $_.Groups['Code'].Value } })
    $all = [regex]::Matches($text, '```powershell').Count
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $environment = $env:LUMAPS_HOME, $env:GITHUB_REF_NAME
    # Not in TestDrive: Pester takes away after each block what came in it.
    $env:LUMAPS_HOME = $journalHome = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    $env:GITHUB_REF_NAME = 'main'
    $null = New-Item -ItemType Directory $TestDrive/work
    Push-Location $TestDrive/work
    $sandbox = Start-TestSandbox
    $env:TTAPI_KEY = $sandbox.ApiKey
    $env:TTAPI_BASE_URI = $sandbox.BaseUri

    "Name,userPrompt`nday,a red car`nnight,a blue car" | Set-Content shots.csv
    ("Name,userPrompt,aspectRatio,useMode`nharbour,snow falls on a quiet harbour at dawn,16:9,relax`nboat,a paper boat turns in " +
        "circles on a pond,1:1,relax") | Set-Content videos.csv
    'userPrompt', (1..8).ForEach({ "shot $_" }) | ForEach-Object { $_ } | Set-Content many.csv

    # What the SecretManagement module would give.
    function Get-Secret([string] $Name) {
        $Name | Should -Be 'TTAPI'
        $secret = [securestring]::new()
        $sandbox.ApiKey.ToCharArray().ForEach({ $secret.AppendChar($_) })
        $secret
    }

    # Scripts import the module by its name, as it is when it is installed.
    $modulePath = $env:PSModulePath
    $withModule = (Split-Path $LumaModulePath) + [IO.Path]::PathSeparator + $env:PSModulePath
    $withoutModule = [IO.Path]::PathSeparator.ToString()

    # Runs a script as a scheduler does; its code and what it says.
    function Invoke-ScriptFile([string] $Path, [hashtable] $Environment = @{}, [string[]] $Arguments = @()) {
        $start = New-PowerShellStart
        @('-NoLogo', '-NoProfile', '-NonInteractive', '-File', (Resolve-Path $Path).ProviderPath) + $Arguments |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $start.WorkingDirectory = [IO.Path]::GetTempPath() # What it needs lies beside it, wherever it is started from.
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $all = @{
            NO_COLOR = '1'
            PSModulePath = $withModule
            LUMAPS_HOME = $env:LUMAPS_HOME
            TTAPI_KEY = $sandbox.ApiKey
            TTAPI_BASE_URI = "$($sandbox.BaseUri)"
            GITHUB_REF_NAME = 'main'
        }
        foreach ($key in $Environment.Keys) { $all[$key] = $Environment[$key] }
        foreach ($key in $all.Keys) { $start.Environment[$key] = $all[$key] }
        $process = [Diagnostics.Process]::Start($start)
        try {
            $output, $errors = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
            $process.StandardInput.Close()
            if (-not $process.WaitForExit(120000)) { $process.Kill($true); throw 'The script has not ended after 120 s.' }
            @{ Code = $process.ExitCode; Output = $output.Result + $errors.Result }
        }
        finally { $process.Dispose() }
    }

    # What messages are sent to: keeps each request and accepts it.
    $received = [Collections.Concurrent.ConcurrentQueue[object]]::new()
    $probe = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
    $probe.Start()
    $receiverUri = "http://127.0.0.1:$($probe.LocalEndpoint.Port)"
    $probe.Stop()
    $receiver = [Net.HttpListener]::new()
    $receiver.Prefixes.Add("$receiverUri/")
    $receiver.Start()
    $receiving = [powershell]::Create().AddScript({
            param($Receiver, $Received)
            while ($Receiver.IsListening) {
                try { $context = $Receiver.GetContext() } catch { break }
                $body = [IO.StreamReader]::new($context.Request.InputStream, [Text.Encoding]::UTF8).ReadToEnd()
                $Received.Enqueue(
                    @{
                        Path = $context.Request.RawUrl
                        Authorization = $context.Request.Headers['Authorization']
                        Body = $body | ConvertFrom-Json
                    })
                $context.Response.StatusCode = 202
                $context.Response.Close()
            }
        }).AddArgument($receiver).AddArgument($received)
    $null = $receiving.BeginInvoke()

    # Runs a block, and a second time.
    function Invoke-Block([string] $Code, [int] $Times = 1) {
        foreach ($time in 1..$Times) {
            $result = Invoke-Luma ([scriptblock]::Create($Code))
            $result.Errors | Should -BeNullOrEmpty
        }
        $result
    }
}

AfterAll {
    Pop-Location
    $receiver.Close()
    $receiving.Dispose()
    $env:GRAPH_URI = $env:TEAMS_WEBHOOK = $env:SLACK_WEBHOOK = $null
    $env:PSModulePath = $modulePath
    Stop-LumaSandbox
    $env:LUMAPS_HOME, $env:GITHUB_REF_NAME = $environment
    Exit-LumaTest
    Remove-Item -LiteralPath $journalHome -Recurse -ErrorAction Ignore
}

Describe 'The recipes' {
    It 'are all here' -ForEach @{ Blocks = $blocks; All = $all } {
        $Blocks.Count | Should -Be $All
        $Blocks.Count | Should -BeGreaterThan 9
    }

    It 'are valid: <Name>' -ForEach $blocks {
        $problems = $null
        $null = [Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$problems)
        $problems | Should -BeNullOrEmpty
    }
}

Describe 'The recipe <Name>' -ForEach $blocks {
    BeforeAll {
        $submits = $sandbox.SubmitCount
        Remove-Item ./videos -Recurse -ErrorAction Ignore
        Disconnect-Luma
    }

    It 'works' -Skip:($Name -like 'not run*') {
        switch ($Name) {
            'environment' {
                $null = Invoke-Block $Code -Times 2
                $sandbox.SubmitCount | Should -Be ($submits + 1)
                Get-ChildItem videos/*.mp4 | Should -HaveCount 1
            }
            'secret' {
                $null = Invoke-Block $Code
                (Get-LumaConnection).BaseUri | Should -Be $sandbox.BaseUri
            }
            'proxy' {
                $null = Invoke-Block $Code
                (Get-LumaConnection).Proxy | Should -Be 'http://proxy.example:8080/'
            }
            'question' {
                (Invoke-Luma ([scriptblock]::Create($Code))).Output | Should -Be 'LumaJobNotFound'
            }
            'nightly' {
                # A script with an exit code: in a process of its own, twice.
                $Code | Set-Content nightly.ps1
                foreach ($time in 1, 2) {
                    $run = Invoke-ScriptFile nightly.ps1
                    $run.Output | Should -Match '2 videos in .+videos, 0 problems'
                    $run.Code | Should -Be 0
                }
                $sandbox.SubmitCount | Should -Be ($submits + 2)
                'nightly.log' | Should -Exist

                'Name,userPrompt' | Set-Content empty.csv
                "Name,userPrompt,hookUrl`nday,a red car,`nbad,a car,no-link" | Set-Content bad.csv
                $ends = @(
                    @{ Code = 2; Arguments = '-Path', 'missing.csv'; Says = 'could not run: .*missing.csv' }
                    @{ Code = 2; Arguments = '-Path', (Resolve-Path empty.csv).ProviderPath; Says = 'no rows' }
                    @{ Code = 2; Environment = @{ PSModulePath = $withoutModule }; Says = 'could not run: .*LumaPS' }
                    @{ Code = 2; Environment = @{ LUMAPS_HOME = 'not/absolute' }; Says = 'could not run: ' }
                    @{ Code = 1; Arguments = '-Path', (Resolve-Path bad.csv).ProviderPath; Says = '1 videos in .+, 1 problems' }
                    @{ Code = 1; Environment = @{ TTAPI_KEY = '' }; Says = 'LumaKeyMissing' }
                )
                foreach ($end in $ends) {
                    $environment, $arguments = ($end.Environment ?? @{}), ($end.Arguments ?? @())
                    $run = Invoke-ScriptFile nightly.ps1 $environment $arguments
                    $run.Output | Should -Match $end.Says
                    $run.Code | Should -Be $end.Code -Because $end.Says
                }
                $sandbox.SubmitCount | Should -Be ($submits + 2)
            }
            'desired' {
                (Invoke-Block $Code).Output.ForEach({ $_.Name }) | Sort-Object | Should -Be 'boat', 'boat.mp4', 'harbour', 'harbour.mp4'
                (Invoke-Block $Code).Output.ForEach({ $_.Name }) | Sort-Object | Should -Be 'boat.mp4', 'harbour.mp4'
                $sandbox.SubmitCount | Should -Be ($submits + 2)
            }
            'conflict' {
                $null = Invoke-Block $Code
                Get-LumaJob -Name harbour -ErrorAction Ignore | Should -BeNullOrEmpty
            }
            'resume' {
                $other = Invoke-NewProcess 'Import-Module $env:LUMAPS_TEST_MODULE; (New-LumaVideo "left behind").JobId' @{
                    LUMAPS_HOME = $env:LUMAPS_HOME
                    TTAPI_KEY = $sandbox.ApiKey
                    TTAPI_BASE_URI = "$($sandbox.BaseUri)"
                }
                (Invoke-Block $Code).Output.Name | Should -Be "$other.mp4"
            }
            'leftovers' {
                $done = New-LumaVideo 'done and not saved' | Wait-LumaJob
                $sandbox.Misbehave('Generations', [Luma.Sandbox.SandboxFault]::CloseWithoutReply())
                $null = New-LumaVideo 'lost' -ErrorAction SilentlyContinue
                $output = (Invoke-Block $Code).Output
                $output.Where({ $_ -is [IO.FileInfo] }).Name | Should -Contain "$($done.JobId).mp4"
                $output | Out-String | Should -Match 'lost'
                Get-LumaJob -Status Unconfirmed | Remove-LumaJob -Confirm:$false
            }
            'budget' {
                # The sandbox's jobs cost 25 each.
                (Invoke-Block $Code).Output | Should -BeExactly '100 of 100 quota, 4 of 8 rows'
                $sandbox.SubmitCount | Should -Be ($submits + 4)
            }
            'ci' {
                # Beside the script lie the rows; a step ends with its code.
                $Code | Set-Content make-videos.ps1
                $run = Invoke-ScriptFile make-videos.ps1
                $run.Code | Should -Be 0 -Because $run.Output
                Get-ChildItem videos/*.mp4 | Should -HaveCount 2
                $before = $sandbox.SubmitCount
                Remove-Item ./videos -Recurse
                $run = Invoke-ScriptFile make-videos.ps1 @{ GITHUB_REF_NAME = 'a-branch' }
                $run.Code | Should -Be 0 -Because $run.Output
                Get-ChildItem videos/*.mp4 | Should -HaveCount 2
                $sandbox.SubmitCount | Should -Be $before

                (Invoke-ScriptFile make-videos.ps1 @{ PSModulePath = $withoutModule }).Code | Should -Be 1
                (Invoke-ScriptFile make-videos.ps1 @{ TTAPI_KEY = '' }).Code | Should -Be 1
                Rename-Item shots.csv away.csv
                (Invoke-ScriptFile make-videos.ps1).Code | Should -Be 1
                Rename-Item away.csv shots.csv
            }
            'toast' {
                $toasts = [Collections.Generic.List[string]]::new()
                function New-BurntToastNotification([string[]] $Text) { $toasts.Add($Text -join '|') }
                (Invoke-Block $Code).Output | Should -HaveCount 1
                $toasts | Should -HaveCount 1
                $toasts[0] | Should -Match '^Video [0-9a-f-]{36}: Succeeded\|a red car driving on a road$'
            }
            'mail' {
                $env:GRAPH_URI = "$receiverUri/v1.0"
                $PSDefaultParameterValues = @{ 'Invoke-RestMethod:AllowUnencryptedAuthentication' = $true } # Only here, to loopback.
                function Get-AzAccessToken([string] $ResourceTypeName, [switch] $AsSecureString) {
                    $ResourceTypeName | Should -Be 'MSGraph'
                    $AsSecureString | Should -BeTrue
                    @{ Token = ConvertTo-SecureString 'a-token' -AsPlainText -Force }
                }
                (Invoke-Block $Code).Output | Should -HaveCount 2
                $request = $null
                $received.TryDequeue([ref]$request) | Should -BeTrue
                $request.Path, $request.Authorization | Should -BeExactly '/v1.0/me/sendMail', 'Bearer a-token'
                $request.Body.message.subject | Should -BeExactly 'Luma: 2 of 2 videos'
                $request.Body.message.body.content | Should -Match 'a paper boat'
                $request.Body.message.toRecipients[0].emailAddress.address | Should -BeExactly 'videos@contoso.example'
            }
            'chat' {
                $env:TEAMS_WEBHOOK, $env:SLACK_WEBHOOK = "$receiverUri/teams", "$receiverUri/slack"
                (Invoke-Block $Code).Output | Should -HaveCount 1
                $received.Count | Should -Be 2
                $requests = foreach ($one in 1, 2) { $request = $null; $null = $received.TryDequeue([ref]$request); $request }
                $requests.Where({ $_.Path -eq '/slack' }).Body.text | Should -Match '^Video .+: Succeeded$'
                $card = $requests.Where({ $_.Path -eq '/teams' }).Body
                $card.type, $card.attachments[0].contentType | Should -BeExactly 'message', 'application/vnd.microsoft.card.adaptive'
                $card.attachments[0].content.body[0].text | Should -Match '^Video .+: Succeeded$'

                # A message that does not arrive keeps no video from being saved.
                $env:SLACK_WEBHOOK, $env:TEAMS_WEBHOOK = "$($sandbox.BaseUri)nowhere", $null
                $result = Invoke-Luma ([scriptblock]::Create($Code))
                $result.Errors | Should -BeNullOrEmpty
                $result.Warning | Should -Match 'Nobody was told of'
                $result.Output | Should -HaveCount 1
            }
            'azure' {
                $calls = @{}
                function New-AzStorageContext([string] $StorageAccountName, [switch] $UseConnectedAccount) {
                    @{ Account = $StorageAccountName }
                }
                function Set-AzStorageBlobContent($Context, [string] $Container, [string] $File, [string] $Blob, [hashtable] $Properties) {
                    $calls.Blob, $calls.Type = $Blob, $Properties.ContentType
                }
                function New-AzStorageBlobSASToken($Context, [string] $Container, [string] $Blob, [string] $Permission, [string] $Protocol,
                    [datetimeoffset] $ExpiryTime, [switch] $FullUri) {
                    $Permission, $FullUri | Should -Be 'r', $true
                    $ExpiryTime | Should -BeGreaterThan ([datetimeoffset]::Now.AddHours(6))
                    "https://$($Context.Account).blob.example/$Container/${Blob}?sv=1&sig=a%2Fb%3D"
                }
                (Invoke-Block $Code).Output.ImageUrl |
                    Should -BeExactly "https://contosopictures.blob.example/pictures/$($calls.Blob)?sv=1&sig=a%2Fb%3D"
                (Get-Submit $sandbox)[-1].imageUrl | Should -Match 'sig=a%2Fb%3D$'
                $calls.Type | Should -BeExactly 'image/png'
            }
            's3' {
                $calls = @{}
                function Write-S3Object([string] $BucketName, [string] $Key, [string] $File, [string] $ContentType) {
                    $calls.Key, $calls.Type = $Key, $ContentType
                }
                function Get-S3PreSignedURL([string] $BucketName, [string] $Key, [string] $Verb, [string] $Protocol, [datetime] $Expire) {
                    $Verb, $Protocol | Should -Be 'GET', 'HTTPS'
                    $Expire | Should -BeGreaterThan ([datetime]::Now.AddHours(6))
                    "https://$BucketName.s3.example/${Key}?X-Amz-Signature=0a%2B"
                }
                (Invoke-Block $Code).Output.ImageUrl |
                    Should -BeExactly "https://contoso-pictures.s3.example/$($calls.Key)?X-Amz-Signature=0a%2B"
                (Get-Submit $sandbox)[-1].imageUrl | Should -Match '0a%2B$'
                $calls.Type | Should -BeExactly 'image/png'
            }
            default { throw "There is no test of the recipe '$Name'." }
        }
    }
}
