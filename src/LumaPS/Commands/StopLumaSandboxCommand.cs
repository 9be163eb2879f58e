using System.Management.Automation;
using Luma;
using Luma.Sandbox;
using LumaPS.Sandboxes;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Stops sandboxes of this process. It restores no earlier connection.</summary>
[Cmdlet(VerbsLifecycle.Stop, "LumaSandbox", HelpUri = HelpPages.Address + "Stop-LumaSandbox.md")]
public sealed class StopLumaSandboxCommand : PSCmdlet
{
    /// <summary>The sandboxes; without any: all of this process.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    public LumaSandbox?[]? Sandbox { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Sandbox is null && MyInvocation.ExpectingInput) return;
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Sandbox)) && Sandbox is null or [null, ..])
        {
            // A variable that was misspelled does not mean all.
            WriteError(Check.Invalid(nameof(Sandbox), null, "It was given and is $null. Leave -Sandbox out to stop every sandbox of this process.").ToErrorRecord());
            return;
        }

        RunningSandboxes.Stop(Sandbox?.OfType<LumaSandbox>().ToArray());
    }
}
