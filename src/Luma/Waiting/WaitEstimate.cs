namespace Luma;

/// <summary>
/// How long the jobs of a wait will still take, going by how long the last jobs of their mode took. Not for several threads.
/// </summary>
/// <param name="history">Gives the newest jobs of a service, as the journal has them; called once for each service, on another
/// thread.</param>
internal sealed class WaitEstimate(Func<string, IReadOnlyList<LumaJob>> history)
{
    /// <summary>How many jobs of the journal are looked at.</summary>
    public const int Newest = 200;

    /// <summary>How many of a mode must have been seen for their time to mean something.</summary>
    public const int Fewest = 3;

    // Whoever looks again the next day has seen the end then, and not when it came.
    private static readonly TimeSpan _longest = TimeSpan.FromHours(2);

    private readonly Dictionary<string, LumaJob> _jobs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Task<TypicalTime[]>> _typical = [];

    /// <summary>A job is waited for.</summary>
    public void Add(LumaJob job)
    {
        if (job.JobId is { } jobId) _jobs[jobId] = job;
    }

    /// <summary>It is no longer waited for.</summary>
    public void Remove(LumaJob job)
    {
        if (job.JobId is { } jobId) _jobs.Remove(jobId);
    }

    /// <summary>How long it will take until all have ended.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Null: it is not known yet, or of some job nothing can be said, or one takes longer than its like took.</returns>
    public TimeSpan? Remaining(DateTime now)
    {
        TimeSpan? remaining = null;
        foreach (LumaJob job in _jobs.Values)
        {
            if (job.SubmittedAt is not { } submitted || TypicalOf(job) is not { } typical) return null;
            TimeSpan left = typical - (now - submitted);
            if (left <= TimeSpan.Zero) return null;
            if (remaining is null || left > remaining) remaining = left;
        }

        return remaining;
    }

    /// <summary>Waits until the journal has been read; for tests.</summary>
    internal Task ReadAsync() => Task.WhenAll(_typical.Values);

    private TimeSpan? TypicalOf(LumaJob job)
    {
        if (job.Service is not { } service) return null;
        if (!_typical.TryGetValue(service, out Task<TypicalTime[]>? reading)) _typical[service] = reading = Task.Run(() => Read(service));
        return reading.IsCompletedSuccessfully ? reading.Result.FirstOrDefault(typical => typical.IsFast == job.IsFast)?.Median : null;
    }

    private TypicalTime[] Read(string service)
    {
        IReadOnlyList<LumaJob> jobs;
        try
        {
            jobs = history(service);
        }
        catch (LumaException)
        {
            return []; // It is an estimate; nobody is to hear of the journal because of it.
        }

        return
        [
            .. from job in jobs
               where JobStatusInfo.Of(job.Status).HasVideo
               let time = job.CompletedAt - job.SubmittedAt
               where time > TimeSpan.Zero && time < _longest
               group time.Value by job.IsFast into mode
               where mode.Count() >= Fewest
               select new TypicalTime(mode.Key, mode.Order().ElementAt(mode.Count() / 2)),
        ];
    }

    private sealed record TypicalTime(bool IsFast, TimeSpan Median);
}
