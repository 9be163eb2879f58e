@{
    RootModule             = 'LumaPS.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = 'b7c2b6a2-6f0b-4a2c-9a53-0d7c0f6f5b1e'
    Author                 = 'LumaPS contributors'
    CompanyName            = 'LumaPS contributors'
    Copyright              = '(c) LumaPS contributors. MIT licence.'
    Description            = 'Makes videos with Luma (TTAPI) from the pipeline. Never submits twice, loses a job or leaves a broken file.'
    PowerShellVersion      = '7.4'
    CompatiblePSEditions   = @('Core')
    FormatsToProcess       = @('LumaPS.Format.ps1xml')
    CmdletsToExport        = @(
        'Add-LumaExtension'
        'Connect-Luma'
        'ConvertFrom-LumaHook'
        'Disconnect-Luma'
        'Export-LumaGallery'
        'Export-LumaJournal'
        'Get-LumaConnection'
        'Get-LumaJob'
        'Import-LumaJournal'
        'Measure-LumaRequest'
        'Measure-LumaUsage'
        'New-LumaVideo'
        'Remove-LumaJob'
        'Save-LumaVideo'
        'Start-LumaHookListener'
        'Start-LumaSandbox'
        'Stop-LumaHookListener'
        'Stop-LumaSandbox'
        'Test-LumaConnection'
        'Wait-LumaJob'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('Luma', 'TTAPI', 'video', 'text-to-video', 'AI', 'automation', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://github.com/LumaPS/LumaPS/blob/main/LICENSE'
            ProjectUri   = 'https://github.com/LumaPS/LumaPS'
            IconUri      = 'https://raw.githubusercontent.com/LumaPS/LumaPS/main/docs/icon.png'
            ReleaseNotes = 'https://github.com/LumaPS/LumaPS/blob/main/CHANGELOG.md'
        }
    }
}
