# What PowerShell's own documentation asks of cmdlets, as far as a test can hold it.
BeforeDiscovery {
    $manifest = Import-PowerShellDataFile (Join-Path ($env:LUMAPS_MODULE ?? "$PSScriptRoot/../../out/LumaPS") LumaPS.psd1)
    $cmdlets = $manifest.CmdletsToExport.ForEach({ @{ Name = $_ } })
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
}

AfterAll { Exit-LumaTest }

Describe 'The cmdlet <Name>' -ForEach $cmdlets {
    BeforeAll {
        $command = Get-Command $Name -Module LumaPS
        $own = @($command.Parameters.Values | Where-Object Name -NotIn $common)
    }

    It 'has an approved verb and a singular noun with the module''s prefix' {
        $command.Verb | Should -BeIn (Get-Verb).Verb
        $command.Noun | Should -MatchExactly '^Luma([A-Z][a-z]+)*$'
        $command.Noun | Should -Not -Match '[^s]s$'
    }

    It 'says what it gives, where it gives something' {
        $gives = $command.Verb -notin 'Disconnect', 'Stop', 'Remove', 'Import'
        [bool]$command.OutputType | Should -Be $gives
    }

    It 'asks before it spends money or changes files' {
        $attribute = $command.ImplementingType.GetCustomAttributes([Management.Automation.CmdletAttribute], $false)[0]
        $attribute.SupportsShouldProcess | Should -Be ($Name -match '^(New|Add|Save|Remove|Export|Import)-')
    }

    It 'names its parameters in PascalCase, in the singular, as others do' {
        $own.ForEach('Name') -cnotmatch '^[A-Z][a-z]+([A-Z][a-z]+)*$' | Should -BeNullOrEmpty
        foreach ($parameter in $own | Where-Object { $_.ParameterType.IsArray -and $_.Name -notin 'Status' }) {
            $parameter.Name | Should -Not -Match 's$'
        }
        # Synonyms of the standard names.
        $own.ForEach('Name') -match
            '^(Overwrite|Silent|Folder|Dir|Directory|File|Url|Uri|User|Pass|Password|MaxParallel|Concurrency|Retries|TimeoutSeconds|Ids)$' |
            Should -BeNullOrEmpty
    }

    It 'has types that a command line can give: switches instead of booleans, and no enum of its own' {
        foreach ($parameter in $own) {
            $parameter.ParameterType | Should -Not -Be ([bool]) -Because "-$($parameter.Name)"
            $parameter.ParameterType.IsEnum | Should -BeFalse -Because "-$($parameter.Name)"
        }
    }

    It 'takes at most one parameter by position, the first one' {
        foreach ($set in $command.ParameterSets) {
            $positions = @($set.Parameters.Where({ $_.Position -ge 0 }).Position)
            $positions.Count | Should -BeLessOrEqual 1 -Because "of the set $($set.Name)"
            $positions | Where-Object { $_ -ne 0 } | Should -BeNullOrEmpty
        }
    }

    It 'takes one parameter by value from the pipeline, and no switch that is mandatory' {
        foreach ($set in $command.ParameterSets) {
            $set.Parameters.Where({ $_.ValueFromPipeline }).Count | Should -BeLessOrEqual 1
            $set.Parameters.Where({ $_.IsMandatory -and $_.ParameterType -eq [switch] }) | Should -BeNullOrEmpty
        }
        if ($command.ParameterSets.Count -gt 1) { $command.DefaultParameterSet | Should -Not -BeNullOrEmpty }
    }

    It 'has aliases that no other parameter has' {
        $names = @($command.Parameters.Keys; $command.Parameters.Values.Aliases)
        ($names | Sort-Object -Unique).Count | Should -Be $names.Count
    }

    It 'has help for each parameter that is shown' {
        $described = @((Get-Help $Name -Full).parameters.parameter)
        foreach ($parameter in $own | Where-Object { -not ($_.Attributes.DontShow -contains $true) }) {
            $help = $described.Where({ $_.name -eq $parameter.Name })
            "$($help.Description.Text)" | Should -Match '^\S.{9}' -Because "-$($parameter.Name) is public"
        }
    }
}

Describe 'The module' {
    It 'exports exactly its cmdlets, by name, and nothing else' {
        $module = Get-Module LumaPS
        $manifest = Import-PowerShellDataFile (Join-Path $LumaModulePath LumaPS.psd1)
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        $manifest.CmdletsToExport | Should -Not -Match '\*'
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
        $implemented =
            $module.ImplementingAssembly.GetExportedTypes().Where({ $_.IsDefined([Management.Automation.CmdletAttribute], $false) })
        $implemented.Count | Should -Be $manifest.CmdletsToExport.Count
    }

    It 'imports without a warning, with every verb and noun as they should be' {
        $result = Invoke-Luma { Import-Module $LumaModulePath -Force -Global }
        $result.Warning | Should -BeNullOrEmpty
    }
}
