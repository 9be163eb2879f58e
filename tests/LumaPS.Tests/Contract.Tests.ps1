BeforeDiscovery {
    # One entry for each cmdlet that the manifest exports. Each parameter as Name(aliases), then its position, then how the
    # pipeline binds it. Changes: it changes files or costs money, so it takes -WhatIf and -Confirm.
    $contracts = @(
        @{
            Name = 'Connect-Luma'
            Output = 'Luma.LumaConnection'
            Parameters = 'ApiKey 0 name', 'BaseUri name', 'MaximumRetryCount', 'Name', 'NoProxy', 'PassThru', 'Proxy', 'ProxyCredential',
                'ProxyUseDefaultCredentials', 'Scope', 'TimeoutSec'
        }
        @{ Name = 'Disconnect-Luma'; Parameters = , 'Name 0' }
        @{ Name = 'Get-LumaConnection'; Output = 'Luma.LumaConnection'; Parameters = , 'Name 0' }
        @{
            Name = 'New-LumaVideo'
            Changes = $true
            Output = 'Luma.LumaJob'
            Parameters = 'AspectRatio name', 'Connection', 'Count', 'Duration name', 'EndImageUrl(ImageEndUrl) name', 'Force',
                'HookUrl name', 'ImageUrl name', 'InputObject value', 'Loop name', 'MaximumQuota', 'Mode(UseMode) name',
                'Model(ModelName) name', 'Name name', 'Prompt(UserPrompt) 0 name', 'Resolution name', 'Resubmit', 'ThrottleLimit'
        }
        @{
            Name = 'Measure-LumaRequest'
            Output = 'Luma.LumaRequestMeasure'
            Parameters = 'AspectRatio name', 'Connection', 'Duration name', 'EndImageUrl(ImageEndUrl) name', 'Force', 'HookUrl name',
                'ImageUrl name', 'InputObject value', 'JobId name', 'Loop name', 'MaximumQuota', 'Mode(UseMode) name',
                'Model(ModelName) name', 'Name name', 'Prompt(UserPrompt) 0 name', 'Resolution name', 'TestLinks', 'ThrottleLimit'
        }
        @{
            Name = 'Add-LumaExtension'
            Changes = $true
            Output = 'Luma.LumaJob'
            Parameters = 'Connection', 'Force', 'HookUrl name', 'InputObject value', 'JobId name', 'MaximumQuota', 'Model(ModelName) name',
                'Name name', 'Prompt(UserPrompt) 0 name', 'ThrottleLimit'
        }
        @{
            Name = 'Get-LumaJob'
            Output = 'Luma.LumaJob'
            Parameters = 'After', 'AllServices', 'Before', 'Connection', 'First', 'JobId 0 value name', 'Last', 'Name', 'Path',
                'Refresh', 'Status'
        }
        @{
            Name = 'Wait-LumaJob'
            Output = 'Luma.LumaJob'
            Parameters = 'Any', 'Connection', 'HookListener', 'Job 0 value', 'JobId', 'PollingInterval', 'Timeout(TimeoutSec)'
        }
        @{
            Name = 'Save-LumaVideo'
            Changes = $true
            Output = 'System.IO.FileInfo'
            Parameters = 'Connection', 'Destination 0', 'FileName', 'Force', 'Job value', 'JobId', 'MaximumSize', 'Metadata',
                'SkipExisting', 'ThrottleLimit'
        }
        @{ Name = 'Remove-LumaJob'; Changes = $true; Parameters = 'Connection', 'Id', 'Job 0 value', 'JobId', 'Name' }
        @{ Name = 'ConvertFrom-LumaHook'; Output = 'Luma.LumaJob'; Parameters = 'InputObject 0 value' }
        @{ Name = 'Start-LumaHookListener'; Output = 'Luma.LumaHookListener'; Parameters = 'Connection', 'Port 0', 'PublicUrl' }
        @{ Name = 'Stop-LumaHookListener'; Parameters = 'HookListener 0 value' }
        @{
            Name = 'Start-LumaSandbox'
            Output = 'Luma.Sandbox.LumaSandbox Luma.Sandbox.LumaSandboxProcess'
            Parameters = 'FailPercent', 'JobSeconds', 'LatencyMilliseconds', 'Persist', 'Port 0', 'Strict'
        }
        @{
            Name = 'Test-LumaConnection'
            Output = 'Luma.LumaConnectionTest System.Boolean'
            Parameters = 'CheckForUpdate', 'Connection value', 'Quiet', 'TimeoutSec'
        }
        @{
            Name = 'Export-LumaGallery'
            Changes = $true
            Output = 'System.IO.FileInfo'
            Parameters = 'Destination', 'Force', 'InputObject value', 'Path(LiteralPath) 0', 'Recurse', 'Title'
        }
        @{ Name = 'Export-LumaJournal'; Changes = $true; Output = 'System.IO.FileInfo'; Parameters = , 'Path 0' }
        @{ Name = 'Import-LumaJournal'; Changes = $true; Parameters = , 'Path(FullName, PSPath) 0 value name' }
        @{ Name = 'Measure-LumaUsage'; Output = 'Luma.LumaUsage'; Parameters = 'After', 'Before', 'Connection', 'GroupBy 0', 'Job value' }
        @{ Name = 'Stop-LumaSandbox'; Parameters = 'Persist', 'Port', 'Sandbox 0 value' }
    )
    . $PSScriptRoot/TestHelper.ps1
    $exported = (Import-PowerShellDataFile -LiteralPath (Join-Path $LumaModulePath LumaPS.psd1)).CmdletsToExport
    $cmdlets = foreach ($name in $exported) { $contracts.Where({ $_.Name -eq $name })[0] ?? @{ Name = $name } }
    $gone = $contracts.Name.Where({ $_ -notin $exported })

    # What a request has besides the service's fields is its name.
    Import-Module $LumaModulePath -Global
    $fields = foreach ($request in @{ Cmdlet = 'New-LumaVideo'; Type = [Luma.GenerationRequest] },
        @{ Cmdlet = 'Add-LumaExtension'; Type = [Luma.ExtensionRequest] }) {
        $properties = $request.Type.GetProperties().Where({ $_.CanWrite -and $_.Name -ne 'Name' })
        $properties.ForEach({ @{ Cmdlet = $request.Cmdlet; Field = $_.Name } })
    }
}

Describe 'The table of contracts' {
    It 'has no cmdlet that the manifest does not export' -ForEach @{ Gone = $gone } {
        $Gone | Should -BeNullOrEmpty
    }
}

Describe 'The contract of <Name>' -ForEach $cmdlets {
    BeforeAll {
        . $PSScriptRoot/TestHelper.ps1
        Enter-LumaTest
        $command = Get-Command $Name -Module LumaPS
        $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
    }

    AfterAll { Exit-LumaTest }

    It 'is in the table of contracts' {
        $Parameters | Should -Not -BeNullOrEmpty -Because "Contract.Tests.ps1 needs an entry for $Name"
    }

    It 'has these parameters, aliases, positions and pipeline bindings, and no others' {
        $own = $command.Parameters.Values | Where-Object Name -NotIn $common | Sort-Object Name | ForEach-Object {
            $attributes = $_.Attributes.Where({ $_ -is [Parameter] })
            $words = @($_.Name + $(if ($_.Aliases) { "($($_.Aliases -join ', '))" }))
            $words += $attributes.Position | Where-Object { $_ -ge 0 } | Select-Object -Unique
            if ($attributes.ValueFromPipeline -contains $true) { $words += 'value' }
            if ($attributes.ValueFromPipelineByPropertyName -contains $true) { $words += 'name' }
            $words -join ' '
        }
        ($own -join "`n") | Should -BeExactly ($Parameters -join "`n")
    }

    It 'says what it gives' {
        $command.OutputType.Name -join ' ' | Should -BeExactly "$Output"
    }

    It 'takes -Connection where it talks to the service' {
        $command.Parameters.ContainsKey('Connection') |
            Should -Be ($Name -match '-(LumaVideo|LumaExtension|LumaJob)$' -or $Name -like 'Measure-Luma*' -or
            $Name -in 'Start-LumaHookListener', 'Test-LumaConnection')
    }

    It 'takes -WhatIf and -Confirm where money or files change' {
        $command.Parameters.ContainsKey('WhatIf') | Should -Be ([bool] $Changes)
        $command.Parameters.ContainsKey('Confirm') | Should -Be ([bool] $Changes)
    }
}

Describe 'A field of a request' {
    BeforeAll {
        . $PSScriptRoot/TestHelper.ps1
        Enter-LumaTest
        Use-NewJournal
        $sandbox = Start-TestSandbox
        $sandbox | Connect-Luma
        $parent = New-LumaVideo 'a red car' | Wait-LumaJob -PollingInterval 1

        # What was sent, as a table; -WarningAction, since most values are not documented ones.
        function Get-Sent([scriptblock] $Submit) {
            $null = & $Submit
            $sandbox.Requests[-1].Body | ConvertFrom-Json -AsHashtable
        }
    }

    AfterAll { Exit-LumaTest }

    It '<Field> is a parameter of <Cmdlet>, and a CSV column with the name that the service has for it' -ForEach $fields {
        (Get-Command $Cmdlet).Parameters.Keys | Should -Contain $Field
        $value = if ($Field -eq 'JobId') { $parent.JobId }
        elseif ($Field -eq 'Loop') { 'true' }
        elseif ($Field -like '*Url') { "https://example.test/$Field" }
        else { "value of $Field" }
        $needed = $Cmdlet -eq 'Add-LumaExtension' ? @{ JobId = $parent.JobId; Prompt = 'needed' } : @{ Prompt = 'needed' }
        $typed = $needed + @{}
        $typed[$Field] = $Field -eq 'Loop' ? $true : $value
        $sent = Get-Sent { & $Cmdlet @typed -WarningAction SilentlyContinue }
        $wireName = $sent.Keys.Where({ "$($sent[$_])" -eq $value })
        $wireName | Should -HaveCount 1
        $row = [ordered]@{}
        foreach ($key in $needed.Keys) { if ($key -ne $Field) { $row[$key] = $needed[$key] } }
        $row["$wireName"] = $value
        $fromCsv = Get-Sent {
            [pscustomobject] $row | ConvertTo-Csv | ConvertFrom-Csv | & $Cmdlet -WarningAction SilentlyContinue
        }
        $fromCsv["$wireName"] | Should -Be $sent["$wireName"]
        $fromCsv["$wireName"] | Should -BeOfType $sent["$wireName"].GetType()
    }
}

Describe 'What users type' {
    BeforeAll {
        . $PSScriptRoot/TestHelper.ps1
        Enter-LumaTest
    }

    AfterAll { Exit-LumaTest }

    It 'completes the documented values of -<Parameter>' -ForEach @(
        @{ Parameter = 'AspectRatio'; Values = '9:16', '3:4', '1:1', '4:3', '16:9', '21:9' }
        @{ Parameter = 'Model'; Values = 'ray-v1', 'ray-v2', 'ray-v2-flash', 'ray-v3', 'ray-v3-reasoning' }
        @{ Parameter = 'Duration'; Values = '5s', '10s' }
        @{ Parameter = 'Resolution'; Values = '720p', '1080p' }
        @{ Parameter = 'Mode'; Values = 'relax', 'fast' }
    ) {
        $line = "New-LumaVideo x -$Parameter "
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ' ' | Should -BeExactly ($Values -join ' ')
    }

    It 'completes the models of an extension, by what is typed' {
        $line = 'Add-LumaExtension x -Model ray-v2'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ' ' | Should -BeExactly 'ray-v2 ray-v2-flash'
    }

    It 'hides the parameter that only the pipeline uses' {
        foreach ($name in 'New-LumaVideo', 'Add-LumaExtension') {
            $line = "$name -"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Not -Contain '-InputObject'
        }
    }

    It 'has the properties of the contract on a job' {
        $names = 'Id JobId Name Status Message FailureKind Kind ParentJobId Prompt Model AspectRatio ImageUrl EndImageUrl Duration ' +
            'Resolution Loop Mode HookUrl VideoUrl Width Height Quota SubmittedAt CompletedAt SavedPath Service'
        [Luma.LumaJob]::new().psobject.Properties.Name -join ' ' | Should -BeExactly $names
    }
}
