namespace Luma;

/// <summary>
/// When a wait ends before its job does: the time the user gave, or else what is sensible for each job; and answers that will not change.
/// </summary>
internal sealed class WaitLimits
{
    private static readonly TimeSpan _unknownJobGrace = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _invalidPollGrace = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _missingVideoGrace = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _longestRunFast = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan _longestRunOtherwise = TimeSpan.FromMinutes(90);
    private static readonly TimeSpan _longestPending = TimeSpan.FromHours(6);
    private static readonly TimeSpan _longestTimeout = TimeSpan.FromDays(30);

    private readonly object _lock = new();
    private readonly TimeSpan? _timeout;
    private DateTimeOffset? _closesAt;

    /// <param name="timeout">The time the user gave; null: none.</param>
    /// <param name="start">When the wait begins.</param>
    public WaitLimits(TimeSpan? timeout, DateTimeOffset start)
    {
        _timeout = timeout;

        // Timers end at 49 days and dates in the year 9999: whoever waits for longer than a month does not want an end.
        if (timeout > _longestTimeout || timeout is null) return;
        Deadline = start + timeout.Value;
        _closesAt = Deadline + LastRound;
    }

    /// <summary>How long after the deadline a job that was never polled is still waited for: every job is polled at least once.</summary>
    public static TimeSpan LastRound { get; } = TimeSpan.FromSeconds(10);

    /// <summary>When the time is up; null: never.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>When the wait is over for whatever job, whatever the service answers; null: never.</summary>
    public DateTimeOffset? ClosesAt
    {
        get { lock (_lock) return _closesAt; }
    }

    /// <summary>Makes sure that there is time to poll once from now on.</summary>
    /// <param name="now">The time.</param>
    /// <param name="more">How much more than <see cref="LastRound"/>.</param>
    public void LeaveTimeToPoll(DateTimeOffset now, TimeSpan more = default)
    {
        lock (_lock)
        {
            if (now >= Deadline && now + LastRound + more > _closesAt) _closesAt = now + LastRound + more;
        }
    }

    /// <summary>Whether a job that was just polled is to be given up.</summary>
    public bool IsUpFor(JobWatch watch, DateTimeOffset now) =>
        now >= Deadline || (_timeout is null && now - watch.StateSince > LimitOf(watch.Job));

    /// <summary>The error that ends the wait for a job after an answer that does not end the job; null: there is none.</summary>
    public static LumaException? AfterAnswer(JobWatch watch, DateTimeOffset now) =>
        now - watch.MissingVideoSince > _missingVideoGrace ? WaitErrors.NoVideo(watch.Job, _missingVideoGrace) : null;

    /// <summary>Whether the failure of a poll ends the wait for its job: only one that will not change does.</summary>
    public static bool EndsWait(JobWatch watch, LumaException failure, DateTimeOffset now) =>
        failure.IsPermanent
        || failure.IsServiceStopped
        || failure.ErrorId == LumaErrorId.LumaInvalidValue
        || (failure.ErrorId == LumaErrorId.LumaJobNotFound && watch.AgeAt(now) > _unknownJobGrace)
        || now - watch.InvalidSince > _invalidPollGrace;

    /// <summary>The error for a job that has not ended when the time is up.</summary>
    public LumaException TimeUp(JobWatch watch) => WaitErrors.TimeUp(watch, _timeout ?? LimitOf(watch.Job));

    private static TimeSpan LimitOf(LumaJob job) =>
        !JobStatusInfo.Of(job.Status).IsRunning ? _longestPending : job.IsFast ? _longestRunFast : _longestRunOtherwise;
}
