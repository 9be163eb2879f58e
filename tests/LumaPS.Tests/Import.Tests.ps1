BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest

    # Makes a video and saves it, in a new process; what it gives is what the test wants to know of the process.
    $roundTrip = @'
        Import-Module $env:LUMAPS_TEST_MODULE
        $names = { [AppDomain]::CurrentDomain.GetAssemblies().GetName().Name }
        $afterImport = & $names
        Start-LumaSandbox -JobSeconds 0 | Connect-Luma
        $folder = Join-Path ([IO.Path]::GetTempPath()) "LumaPS-$([guid]::NewGuid().ToString('n'))"
        $job = New-LumaVideo 'a red car' | Get-LumaJob
        $length = ($job | Save-LumaVideo $folder).Length
        Remove-Item -LiteralPath $folder -Recurse
        $contexts = [Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object {
            $context = $_
            $_.Assemblies | ForEach-Object { "$($context.Name): $($_.GetName().Name)" }
        }
        @{ AfterImport = $afterImport; Contexts = $contexts; Status = $job.Status; Length = $length; Prompt = $job.Prompt } | ConvertTo-Json
'@

    # An assembly of that name and version with nothing of use in it; Add-Type gives names of its own.
    function New-FakeAssembly([string] $Name, [string] $Version, [string] $Folder) {
        Add-Type -Path (Join-Path $PSHOME 'Microsoft.CodeAnalysis.CSharp.dll')
        $source = [Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText(("[assembly: " +
            "System.Reflection.AssemblyVersion(`"$Version`")] namespace Fake { public class Other { } }"))
        $core = [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile([object].Assembly.Location)
        $options = [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new(
            [Microsoft.CodeAnalysis.OutputKind]::DynamicallyLinkedLibrary)
        $compilation = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create(
            $Name, [Microsoft.CodeAnalysis.SyntaxTree[]]@($source), [Microsoft.CodeAnalysis.MetadataReference[]]@($core), $options)
        $file = [IO.File]::Create((Join-Path (New-Item -ItemType Directory $Folder -Force).FullName "$Name.dll"))
        try { $compilation.Emit($file).Success | Should -BeTrue }
        finally { $file.Dispose() }
    }
}

AfterAll { Exit-LumaTest }

Describe 'Importing LumaPS' {
    BeforeAll {
        $fresh = Invoke-NewProcess $roundTrip | ConvertFrom-Json
    }

    It 'brings these cmdlets, and nothing else' {
        $module = Get-Module LumaPS
        $module.ExportedCommands.Keys | Sort-Object |
            Should -BeExactly 'Add-LumaExtension', 'Connect-Luma', 'ConvertFrom-LumaHook', 'Disconnect-Luma', 'Export-LumaGallery',
            'Export-LumaJournal', 'Get-LumaConnection', 'Get-LumaJob', 'Import-LumaJournal', 'Measure-LumaRequest', 'Measure-LumaUsage',
            'New-LumaVideo', 'Remove-LumaJob', 'Save-LumaVideo', 'Start-LumaHookListener', 'Start-LumaSandbox', 'Stop-LumaHookListener',
            'Stop-LumaSandbox', 'Test-LumaConnection', 'Wait-LumaJob'
        $module.ExportedCommands.Values.CommandType | Select-Object -Unique | Should -Be 'Cmdlet'
        $module.ExportedVariables.Count + $module.ExportedAliases.Count | Should -Be 0
    }

    It 'has a manifest that holds, and warns of nothing' {
        (Test-ModuleManifest (Join-Path $LumaModulePath LumaPS.psd1)).PowerShellVersion | Should -Be '7.4'
        Import-Module $LumaModulePath -Force -Global -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeNullOrEmpty
    }

    It 'loads nothing of others, nor what sends requests' {
        $fresh.AfterImport | Should -Contain 'LumaPS'
        $fresh.AfterImport -match '^(LumaPS\.Http|Polly.*|Microsoft\.Extensions\..*|Microsoft\.Bcl\..*)$' | Should -BeNullOrEmpty
    }

    It 'loads it with the first request, where no other module meets it' {
        $fresh.Status | Should -Be 'Succeeded'
        $fresh.Length | Should -BeGreaterThan 1000
        $fresh.Contexts | Should -Contain 'LumaPS: LumaPS.Http'
        $fresh.Contexts | Should -Contain 'LumaPS: Polly.Core'
        $fresh.Contexts | Should -Contain 'LumaPS: Microsoft.Extensions.Http'
        $fresh.Contexts -match '^Default: (LumaPS\.Http|Polly.*|Microsoft\.Extensions\..*)$' | Should -BeNullOrEmpty
    }

    It 'works beside a module that came before with other versions of <Name>' -ForEach @(
        @{
            Name = 'Microsoft.Extensions.* and Polly'
            Fakes = 'Microsoft.Extensions.Http', 'Microsoft.Extensions.DependencyInjection',
                'Microsoft.Extensions.DependencyInjection.Abstractions', 'Microsoft.Extensions.Options',
                'Microsoft.Extensions.Logging.Abstractions', 'Microsoft.Extensions.Primitives', 'Polly.Core'
            Versions = '1.1.1.1', '99.0.0.0'
        }
        @{ Name = 'a client for Luma'; Fakes = 'Luma', 'Luma.Http', 'Luma.Sandbox'; Versions = , '1.0.0.0' }
        @{ Name = 'System.Text.Json'; Fakes = , 'System.Text.Json'; Versions = , '4.0.0.0' }
    ) {
        $folder = New-TestFolder
        foreach ($version in $Versions) { foreach ($fake in $Fakes) { New-FakeAssembly $fake $version (Join-Path $folder $version) } }
        $script = @'
            foreach ($file in Get-ChildItem $env:LUMAPS_TEST_FOLDER -Recurse -Filter *.dll | Sort-Object FullName) {
                # The default context takes one version of a name, a context of its own any.
                try { $null = [Reflection.Assembly]::LoadFrom($file) }
                catch { $null = [Runtime.Loader.AssemblyLoadContext]::new("Other $file").LoadFromAssemblyPath($file) }
            }
'@
        $result = Invoke-NewProcess "$script`n$roundTrip" @{ LUMAPS_TEST_FOLDER = $folder } | ConvertFrom-Json
        foreach ($fake in $Fakes) { $result.AfterImport | Should -Contain $fake }
        $result.Status | Should -Be 'Succeeded'
        $result.Length | Should -BeGreaterThan 1000
        $result.Contexts | Should -Contain 'LumaPS: Polly.Core'
    }

    It 'works when a module with an assembly named Luma comes after it' {
        $folder = New-TestFolder
        New-FakeAssembly Luma 1.0.0.0 $folder
        $load = 'if ((Import-Module (Join-Path $env:LUMAPS_TEST_FOLDER Luma.dll) -PassThru).Name -ne "Luma") { throw }'
        $result = Invoke-NewProcess ($roundTrip -replace '(?m)^(\s*Import-Module .*)$', "`$1`n$load") @{ LUMAPS_TEST_FOLDER = $folder } |
            ConvertFrom-Json
        $result.AfterImport | Should -Contain 'Luma'
        $result.Status | Should -Be 'Succeeded'
        $result.Length | Should -BeGreaterThan 1000
    }
}

Describe 'Importing LumaPS again, and removing it' {
    BeforeAll {
        $sandbox = Start-TestSandbox
    }

    BeforeEach { $sandbox | Connect-Luma }

    AfterEach { Import-Module $LumaModulePath -Global }

    It 'with -Force keeps the connection, and works' {
        $job = New-LumaVideo 'before'
        Import-Module $LumaModulePath -Force -Global
        (Get-LumaConnection).BaseUri | Should -Be $sandbox.BaseUri
        ($job | Get-LumaJob).Status | Should -Be 'Succeeded'
        (New-LumaVideo 'after').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }

    It 'keeps the connection and the sandboxes of this process' {
        $own = Start-LumaSandbox -JobSeconds 0
        $own | Connect-Luma
        Remove-Module LumaPS
        Get-Command New-LumaVideo -Module LumaPS -ErrorAction Ignore | Should -BeNullOrEmpty
        $own.IsRunning | Should -BeTrue
        Import-Module $LumaModulePath -Global
        (New-LumaVideo 'after').JobId | Should -Be $own.Jobs[0].JobId
        Stop-LumaSandbox
        $own.IsRunning | Should -BeFalse
    }

    It 'leaves other runspaces working' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$($LumaModulePath.Replace("'", "''"))'").Invoke()
            Remove-Module LumaPS
            $shell.Commands.Clear()
            $job = $shell.AddScript('New-LumaVideo "from elsewhere" | Get-LumaJob').Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
            $job.Status | Should -Be 'Succeeded'
        }
        finally {
            $shell.Dispose()
        }
    }

    It 'works in five runspaces at once' {
        $before = $sandbox.SubmitCount
        $running = 1..5 | ForEach-Object {
            Start-LumaScript @'
                param($path, $number)
                foreach ($round in 1..4) {
                    Import-Module $path -Force
                    New-LumaVideo "$number $round" | Get-LumaJob
                    Remove-Module LumaPS
                }
'@ $LumaModulePath, $_
        }
        $jobs = $running | ForEach-Object {
            Receive-LumaScript $_
            $_.Errors | Should -BeNullOrEmpty
        }
        $jobs.Status | Should -Be (, 'Succeeded' * 20)
        $sandbox.SubmitCount | Should -Be ($before + 20)
        (New-LumaVideo 'here').JobId | Should -Be $sandbox.Jobs[-1].JobId
    }
}
