using System.Management.Automation;
using Luma;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Gives the connection of this process, without its key; nothing where there is none.</summary>
[Cmdlet(VerbsCommon.Get, "LumaConnection", HelpUri = HelpPages.Address + "Get-LumaConnection.md")]
[OutputType(typeof(LumaConnection))]
public sealed class GetLumaConnectionCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (ProcessConnection.Current is { } connection) WriteObject(connection);
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord());
        }
    }
}
