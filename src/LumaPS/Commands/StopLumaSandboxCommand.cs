using System.Management.Automation;
using Luma.Sandbox;
using LumaPS.Sandboxes;

namespace LumaPS.Commands;

/// <summary>Stops sandboxes of this process. It restores no earlier connection.</summary>
[Cmdlet(VerbsLifecycle.Stop, "LumaSandbox", HelpUri = HelpPages.Address + "Stop-LumaSandbox.md")]
public sealed class StopLumaSandboxCommand : PSCmdlet
{
    /// <summary>The sandboxes; without any: all of this process.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    public LumaSandbox[]? Sandbox { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Sandbox is null && MyInvocation.ExpectingInput) return;
        RunningSandboxes.Stop(Sandbox);
    }
}
