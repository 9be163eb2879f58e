using System.Management.Automation;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>
/// Forgets the connection of this process, or those of a name. Without one the environment's key counts again, if there is one.
/// </summary>
[Cmdlet(VerbsCommunications.Disconnect, "Luma", HelpUri = HelpPages.Address + "Disconnect-Luma.md")]
public sealed class DisconnectLumaCommand : PSCmdlet
{
    /// <summary>The names of connections (Connect-Luma -Name); without it: the connection of this process.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ConnectionNames))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Name is null) ProcessConnection.Disconnect();
        foreach (string name in Name ?? [])
        {
            if (!ProcessConnection.Forget(name)) WriteError(ConnectionNames.Unknown(nameof(Name), name).ToErrorRecord(name));
        }
    }
}
