using System.Management.Automation;
using Luma;

namespace LumaPS.Commands;

/// <summary>Stops to listen for callbacks. Jobs go on, and are waited for by asking.</summary>
[Cmdlet(VerbsLifecycle.Stop, "LumaHookListener", HelpUri = HelpPages.Address + "Stop-LumaHookListener.md")]
public sealed class StopLumaHookListenerCommand : PSCmdlet
{
    /// <summary>The listeners; without any: all of this process.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    public LumaHookListener[]? HookListener { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (HookListener is null && MyInvocation.ExpectingInput) return;
        foreach (LumaHookListener listener in HookListener ?? LumaHookListener.Running()) listener.Dispose();
    }
}
