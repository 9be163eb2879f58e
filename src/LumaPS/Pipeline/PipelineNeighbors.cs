using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace LumaPS.Pipeline;

/// <summary>
/// A cmdlet among the other LumaPS cmdlets of its pipeline: which one is emitting further up on this thread, and which one is
/// right below and has results.
/// </summary>
internal sealed class PipelineNeighbors(LumaCommand command)
{
    [ThreadStatic]
    private static PipelineNeighbors? _emitting;

    private PipelineNeighbors? _above;
    private PipelineNeighbors? _below;
    private object? _emitted;
    private int _depth;

    /// <summary>Whether the cmdlet that is emitting further up, if there is one, could do something with the thread now.</summary>
    public static bool EmitterCanUseThread => _emitting is null || _emitting.CanUseThread();

    public static bool IsSomebodyEmitting => _emitting is not null;

    /// <summary>Whether the cmdlet right below has results that it can let out only while it is called.</summary>
    public bool BelowHasResults => _below?.HasResults == true;

    private bool HasResults => command.HasOwnResults || BelowHasResults;

    /// <summary>Notes where the pipeline runs; called as it begins.</summary>
    public void Begin() => _depth = Invocation.PipelineLength > 1 ? CallDepth() : 0;

    /// <summary>Notes the object that is about to go down the pipeline.</summary>
    public void NoteEmitted(object output) => _emitted = output is PSObject wrapped ? wrapped.BaseObject : output;

    /// <summary>Runs an emission with this cmdlet marked as the one that is emitting.</summary>
    public void Emit(Action emission)
    {
        PipelineNeighbors? above = _emitting;
        _above = above;
        _emitting = this;
        try
        {
            emission();
        }
        finally
        {
            _emitting = above;
        }
    }

    /// <summary>
    /// Makes itself known to the cmdlet above, if it is the one right below that: it was handed the very object that one is
    /// emitting, one place further on in the same pipeline.
    /// </summary>
    /// <remarks>
    /// Position and length are not enough: the pipeline within a user's function (a steppable one) has positions of its own,
    /// and what is then handed down would reach the function and not this cmdlet. But that pipeline begins within a call.
    /// </remarks>
    public void MeetAbove(object? piped)
    {
        if (_emitting is { } above
            && piped is not null
            && above._below != this
            && ReferenceEquals(above._emitted, piped)
            && above.Invocation.PipelineLength == Invocation.PipelineLength
            && above.Invocation.PipelinePosition + 1 == Invocation.PipelinePosition
            && above._depth == _depth
            && _depth >= 0)
        {
            above._below = this;
        }
    }

    private InvocationInfo Invocation => command.MyInvocation;

    private bool CanUseThread() => command.CanUseThread(() => _above is null || _above.CanUseThread());

    // How many functions and script blocks are running; -1, which is nobody's neighbor, where that cannot be told.
    private static int CallDepth() => Runspace.DefaultRunspace?.Debugger?.GetCallStack().Count() ?? -1;
}
