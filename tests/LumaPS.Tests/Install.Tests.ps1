# The package through its real client, PSResourceGet: a folder is the repository, and an empty one the user's home.
BeforeDiscovery {
    # Documents, where a user's modules are, cannot be moved for a test there.
    $skipped = $IsWindows ? ' (skipped on Windows, where a user has one folder of modules)' : ''
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    $root = (Resolve-Path "$PSScriptRoot/../..").ProviderPath
    $manifest = Import-PowerShellDataFile (Join-Path $LumaModulePath LumaPS.psd1)
    $data = $manifest.PrivateData.PSData
    $user = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "LumaPS-$([guid]::NewGuid())")).FullName
    $shelf = (New-Item -ItemType Directory (Join-Path $user shelf)).FullName
    # What tells a process that a folder is the user's home. PSResourceGet keeps its files in the current folder if these are missing.
    function Get-UserEnvironment([string] $Folder) {
        @{
            HOME = $Folder
            LOCALAPPDATA = $Folder
            LUMAPS_HOME = Join-Path $Folder journal
            PSModulePath = $IsWindows ? (Join-Path $Folder modules) : ''
            XDG_DATA_HOME = Join-Path $Folder .local/share
            XDG_CONFIG_HOME = Join-Path $Folder .config
            XDG_CACHE_HOME = Join-Path $Folder .cache
        }
    }

    $modules = $IsWindows ? (Join-Path $user modules) : (Join-Path $user .local/share/powershell/Modules)
    $environment = (Get-UserEnvironment $user) + @{ LUMAPS_TEST_USER = $user; LUMAPS_TEST_MODULES = $modules }
    '.local/share', '.config' | ForEach-Object { $null = New-Item -ItemType Directory (Join-Path $user $_) }

    # The package, as this version or as another one; the folder it was made of lies beside it.
    function New-TestPackage([string] $Version, [string] $Prerelease) {
        $folder = Join-Path $user modules-of $Version$Prerelease
        $null = New-Item -ItemType Directory (Split-Path $folder) -Force
        Copy-Item -LiteralPath $LumaModulePath $folder -Recurse
        $file = Join-Path $folder LumaPS.psd1
        $text = (Get-Content -LiteralPath $file -Raw) -replace '(?m)^(\s*ModuleVersion\s*=).*$', "`$1 '$Version'"
        if ($Prerelease) { $text = $text -replace '(?m)^(\s*)(ProjectUri\s*=)', "`$1Prerelease = '$Prerelease'`n`$1`$2" }
        $text | Set-Content -LiteralPath $file
        $null = & $root/build/New-Package.ps1 -ModuleFolder $folder -Destination (Join-Path $user packages)
    }

    # Before PowerShell 7.5 it publishes modules and no packages.
    $publish = @'
        function Publish([string] $Version) {
            if ((Get-Command Publish-PSResource).Parameters.ContainsKey('NupkgPath')) {
                $package = "LumaPS.$($Version -replace '(?=beta)', '-').nupkg"
                Publish-PSResource -NupkgPath "$env:LUMAPS_TEST_USER/packages/$package" -Repository Shelf
            }
            else { Publish-PSResource -Path "$env:LUMAPS_TEST_USER/modules-of/$Version" -Repository Shelf }
        }
'@

    # What a process does that has found the module by its name; says where.
    $makeVideo = @'
        Start-LumaSandbox -JobSeconds 0 | Connect-Luma
        $video = New-LumaVideo 'a red car' | Wait-LumaJob | Save-LumaVideo -Destination (Join-Path $env:LUMAPS_HOME videos)
        $module = Get-Module LumaPS
        "$($module.Version) $($module.ModuleBase) $($video.Length) $((Export-LumaGallery $video.DirectoryName).Name)"
'@
    function Get-Expected([string] $Version) {
        "^$([regex]::Escape("$Version $(Join-Path $modules LumaPS $Version)")) \d{4,} gallery\.html$"
    }

    $version = $manifest.ModuleVersion
    $newer = "$(([version]$version).Major).$(([version]$version).Minor + 1).0"
    New-TestPackage $version
    New-TestPackage $newer beta1
    New-TestPackage $newer
}

AfterAll {
    if ($old -and -not $old.HasExited) { $old.Kill($true) }
    Remove-Item -LiteralPath $user -Recurse -Force -ErrorAction Ignore
}

Describe 'LumaPS, through PSResourceGet' {
    It 'is published to a folder, and found there as the manifest has it' {
        $found = Invoke-NewProcess @"
            $publish
            Register-PSResourceRepository -Name Shelf -Uri '$shelf' -Trusted
            Publish $version
            Find-PSResource LumaPS -Repository Shelf | ForEach-Object {
                @{ Name = `$_.Name; Version = "`$(`$_.Version)"; Type = "`$(`$_.Type)"; IsPrerelease = `$_.IsPrerelease
                    Tags = `$_.Tags; Author = `$_.Author; Description = `$_.Description
                    Uris = "`$(`$_.LicenseUri)", "`$(`$_.ProjectUri)", "`$(`$_.IconUri)", `$_.ReleaseNotes }
            } | ConvertTo-Json
"@ $environment | ConvertFrom-Json
        $found.Name | Should -BeExactly LumaPS
        $found.Version | Should -BeExactly $version
        $found.Type | Should -BeExactly Module
        $found.IsPrerelease | Should -Be ([bool]$data.Prerelease)
        $data.Tags | ForEach-Object { $found.Tags | Should -Contain $_ }
        $found.Author, $found.Description | Should -BeExactly $manifest.Author, $manifest.Description
        $found.Uris | Should -BeExactly $data.LicenseUri, $data.ProjectUri, $data.IconUri, $data.ReleaseNotes
    }

    It 'is installed for a user who has nothing, found by its name in a fresh process, and makes a video there' {
        $null = Invoke-NewProcess ($IsWindows ? ('Save-PSResource LumaPS -Repository Shelf -Path (New-Item -ItemType Directory ' +
            '$env:LUMAPS_TEST_MODULES)') : 'Install-PSResource LumaPS -Repository Shelf') $environment
        $installed = Get-ChildItem (Join-Path $modules LumaPS $version) -Recurse -File -Exclude PSGetModuleInfo.xml
        $installed.Count | Should -Be @(Get-ChildItem $LumaModulePath -Recurse -File).Count
        Invoke-NewProcess "Import-Module LumaPS; $makeVideo" $environment | Should -Match (Get-Expected $version)
    }

    It "is updated beside a running old one, which goes on; a prerelease is for those who ask$skipped" -Skip:$IsWindows {
        $start = New-PowerShellStart
        $script = "`$ErrorActionPreference = 'Stop'; Import-Module LumaPS; 'imported'; `$null = [Console]::In.ReadLine(); $makeVideo"
        '-NoProfile', '-NonInteractive', '-OutputFormat', 'Text', '-EncodedCommand',
            [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script)) | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $environment.GetEnumerator() | ForEach-Object { $start.Environment[$_.Key] = $_.Value }
        $old = [Diagnostics.Process]::Start($start)
        $old.StandardOutput.ReadLine() | Should -BeExactly imported

        Invoke-NewProcess @"
            $publish
            Publish ${newer}beta1
            "without asking: `$((Find-PSResource LumaPS -Repository Shelf).Version)"
            Find-PSResource LumaPS -Repository Shelf -Prerelease | ForEach-Object { "asking: `$(`$_.Version) `$(`$_.Prerelease)" }
            Publish $newer
            Import-Module LumaPS
            `$test = Test-LumaConnection -CheckForUpdate -TimeoutSec 1
            "newer: `$(`$test.NewerVersion) than `$(`$test.ModuleVersion)"
            Update-PSResource LumaPS -Repository Shelf
"@ ($environment + @{ TTAPI_BASE_URI = 'http://127.0.0.1:1' }) | Should -Match ("^without asking: $([regex]::Escape($version))\r?\n" +
            "asking: $([regex]::Escape($newer)) beta1\r?\nnewer: $([regex]::Escape($newer)) than $([regex]::Escape($version))$")

        # Its first request, and with it most of the module's assemblies, comes after the update.
        $old.StandardInput.WriteLine('go on')
        $old.StandardOutput.ReadToEnd().Trim() | Should -Match (Get-Expected $version)
        $old.WaitForExit(30000) | Should -BeTrue
        $old.ExitCode | Should -Be 0
        Invoke-NewProcess "Import-Module LumaPS; $makeVideo" $environment | Should -Match (Get-Expected $newer)
    }

    It "is uninstalled$skipped" -Skip:$IsWindows {
        Invoke-NewProcess 'Uninstall-PSResource LumaPS; @(Get-Module LumaPS -ListAvailable).Count' $environment | Should -Be '0'
        Join-Path $modules LumaPS | Should -Not -Exist
    }

    It "is installed from a clone as the README says, over itself too, and then found without an import$skipped" -Skip:$IsWindows {
        $line = './build/Install.ps1'
        Get-Content -LiteralPath $root/README.md -Raw |
            Should -Match "(?s)## Install.*?``````powershell\ndotnet build -c Release\n$([regex]::Escape($line))\n``````"
        $newcomer = (New-Item -ItemType Directory (Join-Path $user newcomer)).FullName # With nothing in it at all.
        $modules = Join-Path $newcomer .local/share/powershell/Modules
        $environment = Get-UserEnvironment $newcomer
        $output = Invoke-NewProcess "Set-Location '$($root.Replace("'", "''"))'; $line; $line; (Get-PSResourceRepository).Name" $environment
        $output | Should -BeLike "LumaPS $version is in $modules*"
        $output | Should -Not -Match '(?m)^LumaPS-' # The repository it came from is gone.
        'NuGet', 'PSResourceGet' | ForEach-Object { Join-Path $root $_ | Should -Not -Exist }
        Invoke-NewProcess $makeVideo $environment | Should -Match (Get-Expected $version)
    }
}
