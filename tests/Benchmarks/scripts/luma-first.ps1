# Jobs of 1 s and 30 s: seconds until the first file comes out, of the pipeline as it is and with an extension.
param([string] $Module, [string] $Destination, [switch] $Extend)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$clock = [Diagnostics.Stopwatch]::StartNew()
$prompts = 'a red car driving on a road, 30 s', 'a red car driving on a road, 1 s'
if ($Extend) {
    $file = $prompts | New-LumaVideo | Wait-LumaJob | Add-LumaExtension 'it turns left' | Wait-LumaJob |
        Save-LumaVideo -Destination $Destination | Select-Object -First 1
} else {
    $file = $prompts | New-LumaVideo | Wait-LumaJob | Save-LumaVideo -Destination $Destination | Select-Object -First 1
}
$seconds = $clock.Elapsed.TotalSeconds
if (-not $file.Length) { throw 'There is no file.' }
$seconds.ToString([cultureinfo]::InvariantCulture)
