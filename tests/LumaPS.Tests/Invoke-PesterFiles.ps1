<#
.SYNOPSIS
Runs the Pester files that come by a pipe, one JSON line each, and writes "---- done ----" after each of them.
#>
param(
    [Parameter(Mandatory)] [string] $PipeName
)

# A scope of its own: what a process is started with runs in the global one, where the tests would see its variables.
& {
    $pipe = [IO.Pipes.NamedPipeClientStream]::new('.', $PipeName, [IO.Pipes.PipeDirection]::In)
    $pipe.Connect(60000)
    $files = [IO.StreamReader]::new($pipe)
    $environment = [Environment]::GetEnvironmentVariables()
    $variables = (Get-Variable -Scope Global).Name
    $culture = [cultureinfo]::CurrentCulture

    while ($line = $files.ReadLine()) {
        $file = $line | ConvertFrom-Json
        Set-Location -LiteralPath $file.WorkingDirectory
        $env:LUMAPS_HOME = $file.Home
        & $PSScriptRoot/Invoke-PesterFile.ps1 -Path $file.Path -ResultPath $file.ResultPath

        # The next one starts as this one did.
        Get-Job | Tee-Object -Variable left | Remove-Job -Force
        if ($left) {
            Write-Warning "$(Split-Path -Leaf $file.Path) has left these jobs: $($left | ForEach-Object { "$($_.Name) $($_.State)" })"
        }
        Set-Location -LiteralPath ([IO.Path]::GetTempPath())
        foreach ($name in [Environment]::GetEnvironmentVariables().Keys) {
            [Environment]::SetEnvironmentVariable($name, $environment[$name])
        }
        foreach ($name in $environment.Keys) { [Environment]::SetEnvironmentVariable($name, $environment[$name]) }
        [cultureinfo]::CurrentCulture = $culture
        Get-Variable -Scope Global | Where-Object Name -NotIn $variables | Remove-Variable -Scope Global -Force -ErrorAction Ignore
        $global:Error.Clear()
        Write-Host '---- done ----'
    }
}
