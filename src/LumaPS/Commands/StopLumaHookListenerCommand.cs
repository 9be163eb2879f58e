using System.Management.Automation;
using Luma;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Stops listening for callbacks. Jobs continue, and are waited for by asking.</summary>
[Cmdlet(VerbsLifecycle.Stop, "LumaHookListener", HelpUri = HelpPages.Address + "Stop-LumaHookListener.md")]
public sealed class StopLumaHookListenerCommand : PSCmdlet
{
    /// <summary>The listeners; without any: all of this process.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    public LumaHookListener?[]? HookListener { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool isGiven = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(HookListener));
        if (isGiven && HookListener is null or [null, ..])
        {
            // A variable that was misspelled does not mean all.
            WriteError(Check.Invalid(nameof(HookListener), null,
                "Its value is $null. Omit -HookListener to stop every listener of this process.").ToErrorRecord());
            return;
        }

        foreach (LumaHookListener? listener in HookListener ?? [.. LumaHookListener.Running()]) listener?.Dispose();
    }
}
