# The link of a video that is ready.
param([string] $Module)
$ErrorActionPreference = 'Stop'
Import-Module $Module
New-LumaVideo 'a red car driving on a road' | Wait-LumaJob | ForEach-Object VideoUrl
