# How long an import takes, in milliseconds.
param([string] $Module)
$ErrorActionPreference = 'Stop'
$clock = [Diagnostics.Stopwatch]::StartNew()
Import-Module $Module
$clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)
