using System.Collections;
using System.Management.Automation;

namespace LumaPS.Connections;

/// <summary>Whether the repository that the module was installed from has a newer version, by PSResourceGet's own cmdlets.</summary>
internal static class ModuleUpdate
{
    // Which repository a module came from, PSResourceGet keeps next to it, and tells of what is on the module path.
    private const string Script = """
        param([string] $Name, [string] $Folder, [string] $Version)
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        Import-Module Microsoft.PowerShell.PSResourceGet
        $kept = Join-Path $Folder 'PSGetModuleInfo.xml'
        $repository = if (Test-Path -LiteralPath $kept) { (Import-Clixml -LiteralPath $kept).Repository }
        if (-not $repository) { return 'unknown' }
        $newest = Find-PSResource -Name $Name -Repository $repository -Type Module |
            Sort-Object Version -Descending | Select-Object -First 1
        $installed = [semver] $Version
        $label = if ($newest.Prerelease) { "-$($newest.Prerelease)" }
        $number = $newest.Version
        $found = [semver] "$($number.Major).$($number.Minor).$([Math]::Max(0, $number.Build))$label"
        if ($found -gt $installed) { "newer $found" } else { 'newest' }
        """;

    /// <summary>The version of a module, with its prerelease label.</summary>
    public static string? VersionOf(PSModuleInfo? module)
    {
        if (module is null) return null;
        return module.PrivateData is Hashtable data && data["PSData"] is Hashtable shown
            && shown["Prerelease"] is string { Length: > 0 } label
            ? $"{module.Version}-{label.TrimStart('-')}"
            : module.Version.ToString();
    }

    /// <summary>Asks the repository.</summary>
    /// <param name="commands">Runs the cmdlets, in the session of the user.</param>
    /// <param name="module">The module.</param>
    /// <returns>A newer version, if there is one, or what could not be found out.</returns>
    public static (string? Newer, string? Problem) Find(CommandInvocationIntrinsics commands, PSModuleInfo? module)
    {
        if (module is null)
        {
            return (null, "It is not known whether there is a newer version: the cmdlet does not run as part of its module.");
        }

        try
        {
            string answer = commands.InvokeScript(Script, useNewScope: true,
                System.Management.Automation.Runspaces.PipelineResultTypes.None, null, module.Name, module.ModuleBase, VersionOf(module)!)
                .LastOrDefault()?.ToString() ?? "";
            return answer switch
            {
                "newest" => (null, null),
                _ when answer.StartsWith("newer ", StringComparison.Ordinal) => (answer["newer ".Length..], null),
                _ => (null, "It is not known whether there is a newer version: the module was not installed from a repository by " +
                    "Install-PSResource."),
            };
        }
        catch (PipelineStoppedException)
        {
            throw;
        }
        catch (RuntimeException exception)
        {
            return (null, $"It is not known whether there is a newer version: {exception.Message}");
        }
    }
}
