# What an import loads.
param([string] $Module)
$ErrorActionPreference = 'Stop'
$before = [AppDomain]::CurrentDomain.GetAssemblies()
Import-Module $Module
([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_ -notin $before } | ForEach-Object { $_.GetName().Name } |
    Sort-Object) -join ' '
