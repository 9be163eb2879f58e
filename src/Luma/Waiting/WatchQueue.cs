using System.Diagnostics.CodeAnalysis;

namespace Luma;

/// <summary>The jobs of a wait in the order in which they are to be polled. Any thread adds; one takes.</summary>
internal sealed class WatchQueue(MonotonicClock clock)
{
    private readonly object _lock = new();
    private readonly PriorityQueue<JobWatch, DateTimeOffset> _due = new();
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>
    /// Ends when something may be due sooner than it was, or <see cref="Signal"/> was called. To be taken before looking.
    /// </summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                if (_changed.Task.IsCompleted) _changed = NewSignal();
                return _changed.Task;
            }
        }
    }

    /// <summary>When the next one is due; null where there is none.</summary>
    public DateTimeOffset? NextDue
    {
        get { lock (_lock) return TryPeek(out _, out DateTimeOffset due) ? due : null; }
    }

    /// <summary>Ends <see cref="Changed"/>.</summary>
    public void Signal()
    {
        lock (_lock) _changed.TrySetResult();
    }

    /// <summary>Puts a job in; immediately due where it was woken meanwhile.</summary>
    public void Add(JobWatch watch, DateTimeOffset due)
    {
        lock (_lock)
        {
            Put(watch, due);
            if (_due.Peek() == watch) _changed.TrySetResult();
        }
    }

    /// <summary>Puts a job back that was just taken. It does not end <see cref="Changed"/>: whoever takes knows of it.</summary>
    public void PutBack(JobWatch watch, DateTimeOffset due)
    {
        lock (_lock) Put(watch, due);
    }

    /// <summary>Makes a job due now; one that is not in the queue, when it comes back.</summary>
    public void Wake(JobWatch watch)
    {
        lock (_lock)
        {
            if (watch.Due is null) watch.IsWoken = true;
            else if (watch.Due > clock.Now) Add(watch, clock.Now);
        }
    }

    /// <summary>Takes the job that has been due for longest.</summary>
    /// <param name="by">Only one that is due by then.</param>
    /// <param name="watch">The job.</param>
    /// <param name="due">When it was due.</param>
    public bool TryTake(DateTimeOffset by, [NotNullWhen(true)] out JobWatch? watch, out DateTimeOffset due)
    {
        lock (_lock)
        {
            if (!TryPeek(out watch, out due) || due > by) return false;
            _due.Dequeue();
            watch.Due = null;
            return true;
        }
    }

    /// <summary>Takes all there are.</summary>
    public IReadOnlyList<JobWatch> TakeAll()
    {
        var all = new List<JobWatch>();
        lock (_lock)
        {
            while (TryTake(DateTimeOffset.MaxValue, out JobWatch? watch, out _)) all.Add(watch);
        }

        return all;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Put(JobWatch watch, DateTimeOffset due)
    {
        if (watch.IsWoken) due = clock.Now;
        watch.IsWoken = false;
        watch.Due = due;
        _due.Enqueue(watch, due);
    }

    // A job that was woken is in twice; only the entry with its time counts.
    private bool TryPeek([NotNullWhen(true)] out JobWatch? watch, out DateTimeOffset due)
    {
        while (_due.TryPeek(out watch, out due))
        {
            if (watch.Due == due) return true;
            _due.Dequeue();
        }

        return false;
    }
}
