BeforeDiscovery {
    # Each parameter as Name(aliases), then its position, then how the pipeline binds it.
    $cmdlets = @(
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
            Output = 'System.IO.FileInfo'
            Parameters = 'Connection', 'Destination 0', 'FileName', 'Force', 'Job value', 'JobId', 'MaximumSize', 'Metadata',
                'SkipExisting', 'ThrottleLimit'
        }
        @{ Name = 'Remove-LumaJob'; Parameters = 'Connection', 'Id', 'Job 0 value', 'JobId', 'Name' }
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
        @{ Name = 'Stop-LumaSandbox'; Parameters = 'Persist', 'Port', 'Sandbox 0 value' }
    )
}

Describe 'The contract of <Name>' -ForEach $cmdlets {
    BeforeAll {
        . $PSScriptRoot/TestHelper.ps1
        Enter-LumaTest
        $command = Get-Command $Name -Module LumaPS
        $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
    }

    AfterAll { Exit-LumaTest }

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
            Should -Be ($Name -match '-(LumaVideo|LumaExtension|LumaJob)$' -or $Name -eq 'Measure-LumaRequest' -or
            $Name -in 'Start-LumaHookListener', 'Test-LumaConnection')
    }

    It 'takes -WhatIf and -Confirm where money or files change' {
        $command.Parameters.ContainsKey('WhatIf') |
            Should -Be ($Name -in 'New-LumaVideo', 'Add-LumaExtension', 'Save-LumaVideo', 'Remove-LumaJob')
        $command.Parameters.ContainsKey('Confirm') |
            Should -Be ($Name -in 'New-LumaVideo', 'Add-LumaExtension', 'Save-LumaVideo', 'Remove-LumaJob')
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
