using System.Management.Automation;
using Luma;
using Luma.Sandbox;
using LumaPS.Binding;
using LumaPS.Pipeline;
using LumaPS.Sandboxes;

namespace LumaPS.Commands;

/// <summary>Stops sandboxes: those of this process, or ones in processes of their own. It restores no earlier connection.</summary>
[Cmdlet(VerbsLifecycle.Stop, "LumaSandbox", DefaultParameterSetName = SandboxSet, HelpUri = HelpPages.Address + "Stop-LumaSandbox.md")]
public sealed class StopLumaSandboxCommand : PSCmdlet, IDisposable
{
    private const string SandboxSet = "Sandbox";
    private const string PersistSet = "Persist";

    private readonly CancellationTokenSource _stop = new();

    /// <summary>The sandboxes; without any: all of this process.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = SandboxSet)]
    public PSObject?[]? Sandbox { get; set; }

    /// <summary>Stops the sandboxes in processes of their own (Start-LumaSandbox -Persist), whichever process has started them.</summary>
    [Parameter(ParameterSetName = PersistSet)]
    public SwitchParameter Persist { get; set; }

    /// <summary>The port of the one in a process of its own to stop.</summary>
    [Parameter(ParameterSetName = PersistSet)]
    [WholeNumber]
    public int? Port { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (ParameterSetName == PersistSet) StopProcesses();
            else StopGiven();
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord());
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

    private void StopProcesses()
    {
        if (Port is < 1 or > 65535)
        {
            throw Check.Invalid(nameof(Port), Port == WholeNumberAttribute.None
                ? null : Port?.ToString(System.Globalization.CultureInfo.InvariantCulture), "It must be from 1 to 65535.");
        }

        if (!Persist && Port is null) return;
        PersistentSandboxes.StopAsync(Port, _stop.Token).GetAwaiter().GetResult();
    }

    private void StopGiven()
    {
        bool isGiven = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(Sandbox));
        if (isGiven && Sandbox is null or [null, ..])
        {
            // A variable that was misspelled does not mean all.
            throw Check.Invalid(
                nameof(Sandbox), null, "Its value is $null. Omit -Sandbox to stop every sandbox of this process.");
        }

        if (Sandbox is null)
        {
            RunningSandboxes.Stop(null);
            return;
        }

        foreach (object? given in Sandbox.Select(sandbox => sandbox?.BaseObject))
        {
            if (given is LumaSandbox sandbox) RunningSandboxes.Stop([sandbox]);
            else if (given is LumaSandboxProcess process) PersistentSandboxes.StopAsync(process, _stop.Token).GetAwaiter().GetResult();
            else throw Check.Invalid(nameof(Sandbox), given?.ToString(), "It must be an object that Start-LumaSandbox returned.");
        }
    }
}
