namespace Luma;

/// <summary>The jobs of a wait whose callback comes to a listener of this process.</summary>
internal sealed class CallbackRoster : IDisposable
{
    private readonly object _lock = new();
    private readonly Dictionary<string, List<JobWatch>> _watches = new(StringComparer.OrdinalIgnoreCase);
    private readonly LumaHookListener? _listener;
    private readonly Action<JobWatch> _wake;
    private readonly Action _lost;
    private readonly IDisposable? _listening;
    private int _wasLost;

    /// <param name="listener">Who hears the callbacks; null: nobody.</param>
    /// <param name="wake">Called for a job whose callback has come, or comes no more; on any thread.</param>
    /// <param name="lost">Called once when nobody listens any more; on any thread.</param>
    public CallbackRoster(LumaHookListener? listener, Action<JobWatch> wake, Action lost)
    {
        _listener = listener;
        _wake = wake;
        _lost = lost;
        _listening = listener?.Listen(Heard, Lose);
        if (listener is { IsRunning: false }) Lose();
    }

    /// <summary>
    /// Takes a job in, where its callback comes here. Whoever does so then puts it into the queue: a callback in between is kept there.
    /// </summary>
    public void Join(JobWatch watch)
    {
        if (_listener is not { IsRunning: true } || !_listener.IsFor(watch.Job)) return;
        string jobId = watch.Job.JobId!;
        lock (_lock)
        {
            watch.HasCallback = true;
            if (!_watches.TryGetValue(jobId, out List<JobWatch>? same)) _watches[jobId] = same = [];
            same.Add(watch);
        }

        if (_listener.HasHeardOf(jobId) || !_listener.IsRunning) watch.WasCalledBack = true;
    }

    /// <summary>Takes a job out.</summary>
    public void Leave(JobWatch watch)
    {
        if (!watch.HasCallback) return;
        lock (_lock)
        {
            string jobId = watch.Job.JobId!;
            if (_watches.TryGetValue(jobId, out List<JobWatch>? same) && same.Remove(watch) && same.Count == 0) _watches.Remove(jobId);
        }
    }

    public void Dispose() => _listening?.Dispose();

    private void Heard(string jobId)
    {
        JobWatch[] same;
        lock (_lock) same = _watches.TryGetValue(jobId, out List<JobWatch>? watches) ? [.. watches] : [];
        foreach (JobWatch watch in same)
        {
            watch.WasCalledBack = true;
            _wake(watch);
        }
    }

    private void Lose()
    {
        if (Interlocked.Exchange(ref _wasLost, 1) == 1) return;
        JobWatch[] all;
        lock (_lock) all = [.. _watches.Values.SelectMany(same => same)];
        _lost();
        foreach (JobWatch watch in all)
        {
            watch.WasCalledBack = true; // There is none to rely on any more.
            _wake(watch);
        }
    }
}
