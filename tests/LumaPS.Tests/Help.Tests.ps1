BeforeDiscovery {
    $manifest = Import-PowerShellDataFile (Join-Path ($env:LUMAPS_MODULE ?? "$PSScriptRoot/../../out/LumaPS") LumaPS.psd1)
    $cmdlets = $manifest.CmdletsToExport.ForEach({ @{ Name = $_ } })
    $pages = (Get-ChildItem $PSScriptRoot/../../docs/LumaPS/*-*.md).ForEach({ @{ Page = $_.BaseName; Path = $_.FullName } })
    $hasPlatyPS = [bool](Get-Module Microsoft.PowerShell.PlatyPS -ListAvailable)
    $noPlatySuffix = if (-not $hasPlatyPS) { ' (skipped: no Microsoft.PowerShell.PlatyPS on the module path)' }
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $repository = Join-Path $PSScriptRoot ../..
    $common = [Management.Automation.Cmdlet]::CommonParameters

    function Get-Word([string] $Text) { ($Text -replace '`' -replace '\s+', ' ').Trim() }
}

AfterAll { Exit-LumaTest }

Describe 'Get-Help <Name>' -ForEach $cmdlets {
    BeforeAll {
        $help = Get-Help $Name -Full
        $command = Get-Command $Name -Module LumaPS
        $page = Get-Content -LiteralPath $repository/docs/LumaPS/$Name.md -Raw
    }

    It 'has a synopsis, a description, notes and links' {
        $help.Synopsis | Should -Match '^[A-Z].+\.$'
        $help.Description.Text | Should -Not -BeNullOrEmpty
        "$($help.alertSet.alert.Text)" | Should -Match 'Cost:'
        $help.relatedLinks.navigationLink.Count | Should -BeGreaterOrEqual 2
    }

    It 'has two examples or more, each with code and what comes of it' {
        $help.examples.example.Count | Should -BeGreaterOrEqual 2
        foreach ($example in $help.examples.example) {
            $example.code | Should -Match '\b\w+-Luma'
            $example.code | Should -Not -Match '```'
            "$($example.remarks.Text)".Trim() | Should -Not -BeNullOrEmpty
        }
    }

    It 'describes every parameter, and none that is not there' {
        $described = @($help.parameters.parameter | Where-Object { $_ })
        $described.Name | Sort-Object | Should -Be ($command.Parameters.Keys.Where({ $_ -notin $common }) | Sort-Object)
        foreach ($parameter in $described) {
            Get-Word ($parameter.Description.Text -join ' ') | Should -Match '^.{10}' -Because "-$($parameter.Name) needs a description"
            $own = $parameter.Name -notin [Management.Automation.Cmdlet]::OptionalCommonParameters
            $mandatory = $command.Parameters[$parameter.Name].Attributes.Mandatory -contains $true
            if ($own -and -not $mandatory) {
                $parameter.defaultValue | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) has a default, or None"
            }
            $parameter.type.name | Should -Be $command.Parameters[$parameter.Name].ParameterType.ToString()
            $wildcards = [bool]$command.Parameters[$parameter.Name].Attributes.Where({ $_ -is [SupportsWildcards] })
            $parameter.globbing | Should -Be "$wildcards".ToLowerInvariant() -Because "-$($parameter.Name)"
        }
    }

    It 'says what the page says' {
        $page | Should -Not -Match '\{\{'
        $text = Get-Word $page
        foreach ($part in @(
            $help.Synopsis; $help.Description.Text; $help.parameters.parameter.Description.Text; $help.examples.example.code)) {
            $text.Contains((Get-Word $part)) | Should -BeTrue -Because "the page has: $part"
        }
    }

    It 'names every status that -Status takes, and every property of a measurement' {
        $named = @()
        if ($command.Parameters.ContainsKey('Status')) { $named += [Luma.LumaJobStatus].GetFields().Name }
        if ($Name -eq 'Measure-LumaUsage') { $named += [Luma.LumaUsage].GetProperties().Name }
        if ($Name -eq 'Measure-LumaRequest') { $named += [Luma.LumaRequestMeasure].GetProperties().Name }
        foreach ($word in $named) { $page | Should -MatchExactly "\b$word\b" }
    }

    It 'has an address for -Online' {
        $address = "https://github.com/LumaPS/LumaPS/blob/main/docs/LumaPS/$Name.md"
        $command.HelpUri | Should -BeExactly $address
        $help.relatedLinks.navigationLink[0].uri | Should -BeExactly $address
    }
}

Describe 'Every page' {
    It '<Page> is of a cmdlet, and its links lead somewhere' -ForEach $pages {
        Get-Command $Page -Module LumaPS | Should -Not -BeNullOrEmpty
        foreach ($link in [regex]::Matches((Get-Content -LiteralPath $Path -Raw), '\]\((?!https?:)([^)#]+)')) {
            Join-Path (Split-Path $Path) $link.Groups[1].Value | Should -Exist
        }
    }

    It "is in the help file as build.ps1 -Task Docs makes it$noPlatySuffix" -Skip:(-not $hasPlatyPS) {
        $made = Join-Path $TestDrive made.xml
        & $repository/docs/Build-Help.ps1 -Destination $made
        (Get-Content -LiteralPath $made -Raw) -ceq (Get-Content -LiteralPath $repository/module/en-US/LumaPS.dll-Help.xml -Raw) |
            Should -BeTrue -Because 'the help file is out of step with docs/LumaPS: run ./build.ps1 -Task Docs'
    }
}

Describe 'The about topics' {
    It 'are shown: <_>' -ForEach 'about_LumaPS', 'about_LumaPS_Journal', 'about_LumaPS_Errors' {
        $topic = Get-Help $_
        "$topic" | Should -Match $_
        (Get-Content -LiteralPath $LumaModulePath/en-US/$_.help.txt).Where({ $_.Length -gt 80 }) | Should -BeNullOrEmpty
    }

    It 'name every cmdlet' {
        $text = Get-Content -LiteralPath $LumaModulePath/en-US/about_LumaPS.help.txt -Raw
        foreach ($name in (Get-Module LumaPS).ExportedCmdlets.Keys) { $text | Should -Match "\b$name\b" }
    }

    It 'name every status' {
        $text = Get-Content -LiteralPath $LumaModulePath/en-US/about_LumaPS.help.txt -Raw
        $described = [regex]::Matches($text, '(?m)^ {4}([A-Z]\w+) {2,}\w').ForEach({ $_.Groups[1].Value })
        [Luma.LumaJobStatus].GetFields().Name | Should -BeIn $described
    }

    It 'name every error id, and no other' {
        $text = Get-Content -LiteralPath $LumaModulePath/en-US/about_LumaPS_Errors.help.txt -Raw
        $described = [regex]::Matches($text, '(?m)^ {4}(Luma[A-Z]\w+)\r?$').ForEach({ $_.Groups[1].Value })
        $described | Sort-Object | Should -Be ([Luma.LumaErrorId].GetEnumNames() | Sort-Object)
        [regex]::Matches($text, '(?m)^ {8}When: ').Count | Should -Be $described.Count
        [regex]::Matches($text, '(?m)^ {8}Cost: ').Count | Should -Be $described.Count
        [regex]::Matches($text, '(?m)^ {8}Do: ').Count | Should -Be $described.Count
    }
}
