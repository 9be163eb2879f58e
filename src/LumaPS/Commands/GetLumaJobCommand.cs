using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Asks the service about jobs. It costs nothing.</summary>
[Cmdlet(VerbsCommon.Get, "LumaJob")]
[OutputType(typeof(LumaJob))]
public sealed class GetLumaJobCommand : LumaCommand
{
    /// <summary>The jobIds: UUIDs.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public PSObject[]? JobId { get; set; }

    private protected override int MostInFlight => LumaDefaults.ThrottleLimit;

    private protected override void Accept()
    {
        foreach (PSObject? input in JobId ?? [])
        {
            try
            {
                LumaJob job = JobInput.Read(input);
                LumaClient client = ClientFor(ConnectionOf.Job(job, Connection));
                Begin(() => FetchAsync(client, job));
            }
            catch (LumaException failure)
            {
                WriteFailure(failure, input?.BaseObject);
            }
        }
    }

    private async Task<Action> FetchAsync(LumaClient client, LumaJob job)
    {
        try
        {
            LumaJob found = await client.FetchAsync(job, cancellationToken: StopToken);
            return () => WriteObject(found);
        }
        catch (LumaException failure)
        {
            return () => WriteFailure(failure);
        }
    }
}
