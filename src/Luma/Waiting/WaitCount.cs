namespace Luma;

/// <summary>How many jobs a wait has in which state.</summary>
internal sealed class WaitCount
{
    private int _watching;
    private int _running;
    private int _pending;

    /// <summary>How many are waited for.</summary>
    public int Watching => Volatile.Read(ref _watching);

    /// <summary>How many of them were running when last polled.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>How many of them were pending when last polled.</summary>
    public int Pending => Volatile.Read(ref _pending);

    public void Added() => Interlocked.Increment(ref _watching);

    /// <summary>A job was polled.</summary>
    /// <param name="before">What was known of it; null: nothing.</param>
    /// <param name="now">What is known now; null: it is no longer waited for.</param>
    public void Changed(string? before, string? now)
    {
        Add(before, -1);
        Add(now, 1);
    }

    public void Ended() => Interlocked.Decrement(ref _watching);

    private void Add(string? status, int count)
    {
        if (status is null) return;
        JobStatusInfo state = JobStatusInfo.Of(status);
        if (state.IsRunning) Interlocked.Add(ref _running, count);
        else if (!state.HasEnded) Interlocked.Add(ref _pending, count);
    }
}
