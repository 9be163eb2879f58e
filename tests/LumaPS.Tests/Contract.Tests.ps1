BeforeDiscovery {
    . $PSScriptRoot/TestHelper.ps1
    $cmdlets = (Import-PowerShellDataFile -LiteralPath (Join-Path $LumaModulePath LumaPS.psd1)).CmdletsToExport.ForEach({ @{ Name = $_ } })

    # What a request has besides the service's fields is its name.
    Import-Module $LumaModulePath -Global
    $fields = foreach ($request in @{ Cmdlet = 'New-LumaVideo'; Type = [Luma.GenerationRequest] },
        @{ Cmdlet = 'Add-LumaExtension'; Type = [Luma.ExtensionRequest] }) {
        $properties = $request.Type.GetProperties().Where({ $_.CanWrite -and $_.Name -ne 'Name' })
        $properties.ForEach({ @{ Cmdlet = $request.Cmdlet; Field = $_.Name } })
    }
}

# The contract is what the help pages promise: a change of the code alone fails here.
Describe 'The contract of <Name>' -ForEach $cmdlets {
    BeforeAll {
        . $PSScriptRoot/TestHelper.ps1
        Enter-LumaTest
        $command = Get-Command $Name -Module LumaPS
        $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
        $page = (Get-Content -LiteralPath $PSScriptRoot/../../docs/LumaPS/$Name.md -Raw) -replace '\r'
    }

    AfterAll { Exit-LumaTest }

    It 'has the parameters, aliases, positions and pipeline bindings of its help page, and no others' {
        $promised = foreach ($block in [regex]::Matches($page, '(?sm)^### -(?<Name>\w+)$.+?^```yaml$(?<Yaml>.+?)^```$')) {
            $yaml = $block.Groups['Yaml'].Value
            $aliases = [regex]::Match($yaml, '(?m)^Aliases:\n(?:- (.+)\n)+').Groups[1].Captures.Value
            $words = @($block.Groups['Name'].Value + $(if ($aliases) { "($($aliases -join ', '))" }))
            $words += [regex]::Matches($yaml, '(?m)^  Position: (\d+)$').ForEach({ $_.Groups[1].Value }) | Select-Object -Unique
            if ($yaml -match '(?m)^  ValueFromPipeline: true$') { $words += 'value' }
            if ($yaml -match '(?m)^  ValueFromPipelineByPropertyName: true$') { $words += 'name' }
            if ($block.Groups['Name'].Value -notin $common) { $words -join ' ' }
        }
        $has = foreach ($parameter in $command.Parameters.Values | Where-Object Name -NotIn $common) {
            $attributes = $parameter.Attributes.Where({ $_ -is [Parameter] })
            $words = @($parameter.Name + $(if ($parameter.Aliases) { "($($parameter.Aliases -join ', '))" }))
            $words += $attributes.Position | Where-Object { $_ -ge 0 } | Select-Object -Unique
            if ($attributes.ValueFromPipeline -contains $true) { $words += 'value' }
            if ($attributes.ValueFromPipelineByPropertyName -contains $true) { $words += 'name' }
            $words -join ' '
        }
        ($has | Sort-Object) -join "`n" | Should -BeExactly (($promised | Sort-Object) -join "`n")
    }

    It 'has the syntax of its help page' {
        $promised = [regex]::Match($page, '(?sm)^## SYNTAX$(.+?)^## ').Groups[1].Value
        $promised = [regex]::Matches($promised, '(?sm)^```\n(.+?)^```$').ForEach({
                ([regex]::Matches($_.Groups[1].Value, '(?<=[ [])-(\w+)').ForEach({ $_.Groups[1].Value }) | Sort-Object) -join ' '
            })
        $has = $command.ParameterSets.ForEach({
                ($_.Parameters.Name.Where({ $_ -notin [Management.Automation.Cmdlet]::CommonParameters }) | Sort-Object) -join ' '
            })
        ($has | Sort-Object) -join "`n" | Should -BeExactly (($promised | Sort-Object) -join "`n")
    }

    It 'declares the output types of its help page' {
        $outputs = [regex]::Match($page, '(?sm)^## OUTPUTS$(.+?)^## ').Groups[1].Value
        $types = [regex]::Matches($outputs, '(?m)^### (.+)$').ForEach({ $_.Groups[1].Value }).Where({ $_ -ne 'None' })
        $command.OutputType.Name -join ' ' | Should -BeExactly ($types -join ' ')
    }

    It 'takes -Connection where it talks to the service' {
        $command.Parameters.ContainsKey('Connection') |
            Should -Be ($Name -match '-(LumaVideo|LumaExtension|LumaJob)$' -or $Name -like 'Measure-Luma*' -or
            $Name -in 'Start-LumaHookListener', 'Test-LumaConnection')
    }

    It 'takes -WhatIf and -Confirm where money or files change' {
        $changes = $Name -in 'New-LumaVideo', 'Add-LumaExtension', 'Save-LumaVideo', 'Remove-LumaJob', 'Export-LumaGallery',
            'Export-LumaJournal', 'Import-LumaJournal'
        $command.Parameters.ContainsKey('WhatIf') | Should -Be $changes
        $command.Parameters.ContainsKey('Confirm') | Should -Be $changes
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
}
