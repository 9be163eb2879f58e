using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Tells whether a connection works: network, key, clock and journal. It submits nothing and costs nothing.</summary>
[Cmdlet(VerbsDiagnostic.Test, "LumaConnection", HelpUri = HelpPages.Address + "Test-LumaConnection.md")]
[OutputType(typeof(LumaConnectionTest), typeof(bool))]
public sealed class TestLumaConnectionCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>
    /// The connection to test, from Connect-Luma -PassThru, or its name; else that of the process, else that of the environment.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [ConnectionOrName]
    [ArgumentCompleter(typeof(ConnectionNames))]
    public LumaConnection? Connection { get; set; }

    /// <summary>How long each request, and the look at the journal, may take, in seconds, from 1 to 3600.</summary>
    [Parameter]
    [WholeNumber]
    public int TimeoutSec { get; set; } = 10;

    /// <summary>Asks the repository that this module was installed from whether it has a newer version.</summary>
    [Parameter]
    public SwitchParameter CheckForUpdate { get; set; }

    /// <summary>Returns a Boolean: true only where the service is reachable, accepts the key, and the journal is writable.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (TimeoutSec is < 1 or > 3600)
            {
                string? given = TimeoutSec == WholeNumberAttribute.None ? null : TimeoutSec.ToString(CultureInfo.InvariantCulture);
                throw Check.Invalid(nameof(TimeoutSec), given, "It must be from 1 to 3600 seconds.");
            }

            LumaConnectionTest test = Run();
            if (Quiet) WriteObject(test.Ready);
            else WriteObject(CheckForUpdate ? WithUpdate(test) : test);
        }
        catch (LumaException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord());
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private LumaConnectionTest Run()
    {
        var problems = new List<string>();
        LumaConnection? connection = Connection ?? Known(problems);
        var traces = new ConcurrentQueue<RequestTrace>();
        LumaConnectionTest test = new ConnectionCheck(TimeSpan.FromSeconds(TimeoutSec), traces.Enqueue)
            .RunAsync(connection, Journal.OfUser, _stop.Token).GetAwaiter().GetResult();
        foreach (RequestTrace trace in traces) WriteVerbose(trace.ToString());
        return test with { ModuleVersion = ModuleUpdate.VersionOf(MyInvocation.MyCommand.Module),
            Problems = [.. problems, .. test.Problems] };
    }

    // Without a key it is still known whether the service answers; without an address nothing is.
    private static LumaConnection? Known(List<string> problems)
    {
        try
        {
            return ProcessConnection.Required();
        }
        catch (LumaException exception)
        {
            problems.Add(Told(exception));
        }

        if (ProcessConnection.IsBroken) return null;
        try
        {
            return ProcessConnection.Keyless();
        }
        catch (LumaException)
        {
            return null; // It is the address, which is told already.
        }
    }

    // Something was sent after all, though no key.
    private static string Told(LumaException exception)
    {
        string what = exception.Message.Replace(" Nothing was sent.", "", StringComparison.Ordinal);
        return exception.RecommendedAction is { } action ? $"{what} {ServiceErrors.Sentence(action)}" : what;
    }

    private LumaConnectionTest WithUpdate(LumaConnectionTest test)
    {
        (string? newer, string? problem) = ModuleUpdate.Find(InvokeCommand, MyInvocation.MyCommand.Module);
        return test with { NewerVersion = newer, Problems = problem is null ? test.Problems : [.. test.Problems, problem] };
    }
}
