namespace Luma;

/// <summary>How to wait.</summary>
public sealed class JobWaiterOptions
{
    /// <summary>How long to wait, from the start; every job is asked at least once. Null: 20 minutes (fast) or 90 (else) of running, 6 hours of anything else, for each job.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long to wait between two questions about a job; null: the schedule that fits its age.</summary>
    public TimeSpan? PollingInterval { get; init; }

    /// <summary>Who hears the service's callbacks; jobs whose callback goes there are asked about when it comes, and seldom otherwise.</summary>
    public LumaHookListener? HookListener { get; init; }

    /// <summary>How many questions a second go out at most, on average over half a minute.</summary>
    public int RequestsPerSecond { get; init; } = 20;

    /// <summary>The time; tests bring their own.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
