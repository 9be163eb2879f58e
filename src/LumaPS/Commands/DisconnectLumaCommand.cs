using System.Management.Automation;
using LumaPS.Connections;

namespace LumaPS.Commands;

/// <summary>Forgets the connection of this process. From then on the environment's key counts again, if there is one.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Luma", HelpUri = HelpPages.Address + "Disconnect-Luma.md")]
public sealed class DisconnectLumaCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => ProcessConnection.Disconnect();
}
