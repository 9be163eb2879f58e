namespace LumaPS.Pipeline;

/// <summary>Ids for progress bars, so that two cmdlets of one pipeline do not draw into each other's.</summary>
internal static class ProgressIds
{
    private static int _last = 0x4C55_0000;

    public static int Next() => Interlocked.Increment(ref _last);
}
