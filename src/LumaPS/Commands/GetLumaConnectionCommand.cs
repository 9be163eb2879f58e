using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>
/// Returns the connection of this process, without its key; nothing where there is none. With a name, those of that name.
/// </summary>
[Cmdlet(VerbsCommon.Get, "LumaConnection", HelpUri = HelpPages.Address + "Get-LumaConnection.md")]
[OutputType(typeof(LumaConnection))]
public sealed class GetLumaConnectionCommand : PSCmdlet
{
    /// <summary>The names of connections (Connect-Luma -Name), with wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ConnectionNames))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (Name is null)
            {
                if (ProcessConnection.Current is { } connection) WriteObject(connection);
                return;
            }

            foreach (string name in Name) List(name);
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord());
        }
    }

    private void List(string name)
    {
        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        LumaConnection[] found = [.. ProcessConnection.All.Where(connection => connection.Name is { } own && pattern.IsMatch(own))];
        WriteObject(found, enumerateCollection: true);
        if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) throw ConnectionNames.Unknown(nameof(Name), name);
    }
}
