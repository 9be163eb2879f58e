# Takes the service's callback and answers immediately; SaveVideo confirms it. The key in the address keeps others out.
using namespace System.Net

param($Request)

$body = $null -ne $Request.RawBody ? $Request.RawBody : $Request.Body
$hint = ConvertFrom-LumaHook -InputObject $body -ErrorAction SilentlyContinue
if ($hint) { Push-OutputBinding -Name Ended -Value @{ JobId = $hint.JobId; Name = $Request.Params['name'] } }

# The same answer to whatever was sent.
Push-OutputBinding -Name Response -Value ([HttpResponseContext]@{ StatusCode = [HttpStatusCode]::OK })
