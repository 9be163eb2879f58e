namespace Luma;

/// <summary>How to wait.</summary>
public sealed class JobWaiterOptions
{
    /// <summary>
    /// How long to wait, from the start; every job is polled at least once, for which there are 10 s more. Null: 20 minutes (fast) or 90
    /// (otherwise) of running, 6 hours of anything else, for each job.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long to wait between two polls of a job; null: the schedule that fits its age.</summary>
    public TimeSpan? PollingInterval { get; init; }

    /// <summary>Who hears the service's callbacks; jobs whose callback goes there are polled when it comes, and seldom otherwise.</summary>
    public LumaHookListener? HookListener { get; init; }

    /// <summary>How many requests per second go out at most, on average over half a minute.</summary>
    public int RequestsPerSecond { get; init; } = 20;

    /// <summary>Called with what the user should know and no job is to blame for, on any thread; null: nobody wants to know.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>The time; tests bring their own.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
