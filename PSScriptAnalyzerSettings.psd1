@{
    Severity     = @('Error', 'Warning')
    ExcludeRules = @(
        'PSUseBOMForUnicodeEncodedFile'               # PowerShell 7 reads UTF-8 without it.
        'PSUseShouldProcessForStateChangingFunctions' # The cmdlets are C#; functions are helpers of tests.
        'PSUseDeclaredVarsMoreThanAssignments'        # Does not see that Pester's blocks share variables.
    )
    Rules        = @{
        PSUseCompatibleSyntax = @{ Enable = $true; TargetVersions = @('7.0') }
    }
}
