using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Starts to listen for the service's callbacks, on this machine only.</summary>
[Cmdlet(VerbsLifecycle.Start, "LumaHookListener", HelpUri = HelpPages.Address + "Start-LumaHookListener.md")]
[OutputType(typeof(LumaHookListener))]
public sealed class StartLumaHookListenerCommand : PSCmdlet
{
    /// <summary>The port on 127.0.0.1, from 1 to 65535; 0: a free one.</summary>
    [Parameter(Position = 0)]
    public int Port { get; set; }

    /// <summary>
    /// The http(s) address that a reverse proxy or a tunnel forwards to the port. Without it the address is 127.0.0.1, which only the
    /// sandbox can call.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(Links))]
    public string? PublicUrl { get; set; }

    /// <summary>The connection to confirm jobs over whose submit's answer was lost; else that of the process at that time.</summary>
    [Parameter]
    [ConnectionOrName]
    [ArgumentCompleter(typeof(ConnectionNames))]
    public LumaConnection? Connection { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (Port is < 0 or > 65535)
            {
                throw Check.Invalid(nameof(Port), Port.ToString(CultureInfo.InvariantCulture), "It must be from 0 to 65535.");
            }

            Check.Link(nameof(PublicUrl), PublicUrl);
            Uri? address = PublicUrl is null ? null : new Uri(PublicUrl);
            if (address is { Query.Length: > 0 } or { Fragment.Length: > 0 })
            {
                throw Check.Invalid(nameof(PublicUrl), PublicUrl, "It must be an address without a query or a fragment.");
            }

            LumaConnection? connection = Connection;
            WriteObject(LumaHookListener.Start(Port, address, (id, jobId) => SettleAsync(connection, id, jobId)));
        }
        catch (LumaException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord(Port));
        }
    }

    private static async Task SettleAsync(LumaConnection? given, string id, string jobId)
    {
        LumaConnection connection = given ?? ProcessConnection.Required();
        Journal journal = Journal.OfUser();
        await new Submitter(new LumaClient(connection, journal: journal), journal).SettleAsync(id, jobId);
    }
}
