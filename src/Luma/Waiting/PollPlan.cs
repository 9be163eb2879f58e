namespace Luma;

/// <summary>When each job of a wait is polled: by its age, by the interval the user chose, or seldom where a callback is awaited.</summary>
/// <param name="interval">The interval the user chose; null: the schedule that fits the age.</param>
internal sealed class PollPlan(TimeSpan? interval)
{
    private readonly BatchSample _fastSample = new(), _otherSample = new();

    /// <summary>How long until the first poll of a job.</summary>
    public TimeSpan First(JobWatch watch, DateTimeOffset now)
    {
        if (watch.WasCalledBack) return TimeSpan.Zero;
        TimeSpan firstAge = watch.HasCallback ? interval ?? PollSchedule.ShortestWithCallback
            : interval < PollSchedule.FirstAge ? interval.Value : PollSchedule.FirstAge;
        TimeSpan wait = watch.SubmittedAt is { } submitted ? firstAge - (now - submitted) : TimeSpan.Zero;
        if (wait <= TimeSpan.Zero) return TimeSpan.Zero;
        if (!watch.HasCallback && interval is null)
        {
            // Watched from the start, so that its ages compare with those of others.
            watch.Sample = watch.Job.IsFast ? _fastSample : _otherSample;
            watch.SampleNumber = watch.Sample.Join();
        }

        return wait;
    }

    /// <summary>How long until the next poll of a job.</summary>
    public TimeSpan Next(JobWatch watch, DateTimeOffset now)
    {
        TimeSpan age = watch.AgeAt(now);
        double random = Random.Shared.NextDouble();

        // Once its callback has come there is none to rely on any more: the service just does not say so yet.
        return watch.HasCallback && !watch.WasCalledBack
            ? PollSchedule.NextWithCallback(age, interval, random)
            : PollSchedule.Next(age, watch.Job.IsFast, interval, random);
    }

    /// <summary>
    /// Whether the poll that is due can be left out, since the first jobs of the batch have given its answer. Never twice in a
    /// row: so an odd one out is noticed one poll later than it would have been, and no more.
    /// </summary>
    /// <param name="watch">The job.</param>
    /// <param name="now">The time.</param>
    /// <param name="deadline">A poll before it is not left out if it is the last one.</param>
    /// <returns>When it is to be polled instead; null: it is not left out.</returns>
    public static DateTimeOffset? LeaveOut(JobWatch watch, DateTimeOffset now, DateTimeOffset? deadline)
    {
        if (watch.Sample is not { } sample || watch.SampleNumber is not null || watch.WasLeftOut || watch.MissingVideoSince is not null)
        {
            return null;
        }

        TimeSpan age = watch.AgeAt(now);
        DateTimeOffset next = now + PollSchedule.Next(age, watch.Job.IsFast, null, Random.Shared.NextDouble());
        if (next >= deadline || !sample.IsTooYoung(age)) return null;
        watch.WasLeftOut = true;
        return next;
    }

    /// <summary>What the answer about a job tells of the others.</summary>
    public static void Learn(JobWatch watch, DateTimeOffset now)
    {
        if (watch.Sample is not { } sample) return;
        if (watch.Job.HasEnded) sample.SeenEnded(watch.AgeAt(now));
        else if (watch.SampleNumber is { } number) sample.SeenRunning(number, watch.AgeAt(now));
    }
}
