namespace LumaPS.Pipeline;

/// <summary>Wakes the pipeline's thread. All cmdlets on one thread share it, since any of them may have something to hand on.</summary>
internal static class PipelineSignal
{
    [ThreadStatic]
    private static AutoResetEvent? _ofThisThread;

    public static AutoResetEvent OfThisThread => _ofThisThread ??= new AutoResetEvent(false);
}
