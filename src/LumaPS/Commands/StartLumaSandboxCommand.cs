using System.Management.Automation;
using Luma;
using Luma.Sandbox;
using LumaPS.Binding;
using LumaPS.Pipeline;
using LumaPS.Sandboxes;

namespace LumaPS.Commands;

/// <summary>Starts a local stand-in for the service, on this machine only: no key, no quota, no cost.</summary>
[Cmdlet(VerbsLifecycle.Start, "LumaSandbox", HelpUri = HelpPages.Address + "Start-LumaSandbox.md")]
[OutputType(typeof(LumaSandbox), typeof(LumaSandboxProcess))]
public sealed class StartLumaSandboxCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The port, from 1 to 65535; 0: a free one, or with -Persist 8642.</summary>
    [Parameter(Position = 0)]
    [WholeNumber]
    public int Port { get; set; }

    /// <summary>How long a job takes, in seconds, from 0 to 86400.</summary>
    [Parameter]
    [Number]
    public double JobSeconds { get; set; } = 5;

    /// <summary>How many of a hundred jobs fail, from 0 to 100.</summary>
    [Parameter]
    [WholeNumber]
    public int FailPercent { get; set; }

    /// <summary>How long each answer is held back, in milliseconds, from 0 to 600000.</summary>
    [Parameter]
    [WholeNumber]
    public int LatencyMilliseconds { get; set; }

    /// <summary>Refuses values that the API documentation does not list, as HTTP 400.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <summary>Starts it in a process of its own, with an address and a key that stay; where that runs already, it is returned.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <summary>Not before: what stands behind it in the pipeline is to forget its old connection first.</summary>
    protected override void ProcessRecord()
    {
        try
        {
            InRange(nameof(Port), Port, 0, 65535);
            InRange(nameof(JobSeconds), JobSeconds, 0, 86400);
            InRange(nameof(FailPercent), FailPercent, 0, 100);
            InRange(nameof(LatencyMilliseconds), LatencyMilliseconds, 0, 600000);
            WriteObject(Persist ? StartProcess() : RunningSandboxes.Start(new LumaSandboxOptions
            {
                Port = Port,
                JobSeconds = JobSeconds,
                FailPercent = FailPercent,
                LatencyMilliseconds = LatencyMilliseconds,
                Strict = Strict,
            }));
        }
        catch (LumaException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord(Port));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string action = Persist ? "Specify another -Port: it is another sandbox, with its own address and key."
                : "Omit -Port to use a free one.";
            ThrowTerminatingError(new LumaException(LumaErrorId.LumaNetworkError,
                $"The sandbox could not start: {ErrorText.Reason(exception)}", exception) { RecommendedAction = action }
                .ToErrorRecord(Port));
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

    private LumaSandboxProcess StartProcess()
    {
        var given = new SandboxSettings
        {
            JobSeconds = IsBound(nameof(JobSeconds)) ? JobSeconds : null,
            FailPercent = IsBound(nameof(FailPercent)) ? FailPercent : null,
            LatencyMilliseconds = IsBound(nameof(LatencyMilliseconds)) ? LatencyMilliseconds : null,
            Strict = IsBound(nameof(Strict)) ? Strict.IsPresent : null,
        };
        return PersistentSandboxes.StartAsync(Port == 0 ? PersistentSandboxes.DefaultPort : Port, given, _stop.Token)
            .GetAwaiter().GetResult();
    }

    private bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private static void InRange(string parameter, double value, double least, double most)
    {
        if (value >= least && value <= most) return;
        throw Check.Invalid(parameter, value is double.NaN or WholeNumberAttribute.None ? null : value.ToString(
            System.Globalization.CultureInfo.InvariantCulture), FormattableString.Invariant($"It must be from {least} to {most}."));
    }
}
