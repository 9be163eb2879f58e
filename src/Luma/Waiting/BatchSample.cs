namespace Luma;

/// <summary>
/// The first jobs of a wait, which are always polled, and what their answers tell of the others: at an age at which
/// all of these still ran, and no job of the wait had ended, hardly another one has. It speaks for the first 12 s of a job.
/// </summary>
internal sealed class BatchSample
{
    /// <summary>
    /// How many jobs are asked for the others: that the next one is done where none of 16 was has a chance of one in 18 at most.
    /// </summary>
    public const int Size = 16;

    // Later, a poll that is skipped wrongly makes a job more than 6 s late, and fewer polls are saved.
    private static readonly TimeSpan _oldest = TimeSpan.FromSeconds(12);

    // Intervals grow with the age, so an answer of about this age is as good.
    private const double About = 0.8;

    private readonly object _lock = new();
    private readonly List<TimeSpan> _seenRunningAt = new(Size);
    private TimeSpan _youngestEnd = TimeSpan.MaxValue;

    /// <summary>Takes a job in, while there is room.</summary>
    /// <returns>Its number; null: it is one of the others.</returns>
    public int? Join()
    {
        lock (_lock)
        {
            if (_seenRunningAt.Count == Size) return null;
            _seenRunningAt.Add(TimeSpan.Zero);
            return _seenRunningAt.Count - 1;
        }
    }

    /// <summary>A job of the sample still ran at this age.</summary>
    public void SeenRunning(int number, TimeSpan age)
    {
        lock (_lock) _seenRunningAt[number] = age;
    }

    /// <summary>Any job of the wait was found to have ended, at this age.</summary>
    public void SeenEnded(TimeSpan age)
    {
        lock (_lock) _youngestEnd = age < _youngestEnd ? age : _youngestEnd;
    }

    /// <summary>Whether a job of this age can hardly have ended.</summary>
    public bool IsTooYoung(TimeSpan age)
    {
        lock (_lock)
        {
            return age <= _oldest && age < _youngestEnd && _seenRunningAt.Count == Size
                && _seenRunningAt.TrueForAll(seen => seen >= age * About);
        }
    }
}
