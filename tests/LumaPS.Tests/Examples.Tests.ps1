# Runs the examples of Get-Help against the sandbox.
BeforeDiscovery {
    $manifest = Import-PowerShellDataFile (Join-Path ($env:LUMAPS_MODULE ?? "$PSScriptRoot/../../out/LumaPS") LumaPS.psd1)
    $cmdlets = $manifest.CmdletsToExport.ForEach({ @{ Name = $_ } })
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $environment = $env:LUMAPS_HOME
    # Not in TestDrive: Pester takes away after each block what came in it.
    $env:LUMAPS_HOME = $journalHome = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    $repository = Join-Path $PSScriptRoot ../..
}

AfterAll {
    $env:LUMAPS_HOME = $environment
    Exit-LumaTest
    Remove-Item -LiteralPath $journalHome -Recurse -ErrorAction Ignore
}

Describe 'The examples' {
    BeforeAll {
        # What the examples take for granted: a folder with these files, a job, and somebody who types the key.
        $sandbox = Start-TestSandbox
        $null = New-Item -ItemType Directory $TestDrive/examples/callbacks, $TestDrive/examples/journals
        Copy-Item $repository/samples/shots.csv $TestDrive/examples/
        Push-Location $TestDrive/examples
        Set-Item function:Invoke-Item { } # No browser is opened.
        Set-Item function:Read-Host {
            param([switch] $AsSecureString)

            $AsSecureString | Should -BeTrue
            $secret = [securestring]::new()
            $sandbox.ApiKey.ToCharArray().ForEach({ $secret.AppendChar($_) })
            $secret
        }
    }

    BeforeEach {
        $env:TTAPI_KEY = $sandbox.ApiKey
        $env:TTAPI_BASE_URI = $sandbox.BaseUri
        Disconnect-Luma
        Use-NewJournal # The examples of one page know nothing of those of another.
        $job = New-LumaVideo 'a red car driving on a road' | Get-LumaJob
        $jobId = $job.JobId
        "{`"status`":`"SUCCESS`",`"jobId`":`"$jobId`"}" | Set-Content callbacks/1.json
        Remove-LumaJob -Name harbour-1 -Confirm:$false -ErrorAction Ignore
        $null = New-LumaVideo 'snow falls on a quiet harbour' -AspectRatio 16:9 -Name harbour-1
    }

    AfterEach {
        Clear-LumaConnection
        Stop-LumaHookListener
        Stop-LumaSandbox
        Stop-LumaSandbox -Persist
    }

    AfterAll { Pop-Location }

    It 'of <Name> work' -ForEach $cmdlets {
        foreach ($example in (Get-Help $Name).examples.example) {
            # That one names a job that no other record has.
            if ($example.title -like '*Settle an unconfirmed*' -or $Name -eq 'Import-LumaJournal') {
                Remove-LumaJob -Name harbour-1 -Confirm:$false -ErrorAction Ignore
            }
            $null = New-Item -ItemType Directory videos -Force
            $result = Invoke-Luma ([scriptblock]::Create($example.code))
            $result.Errors | Should -BeNullOrEmpty -Because "this is an example: $($example.code)"
            Remove-Item ./videos -Recurse -ErrorAction Ignore
        }
    }
}
