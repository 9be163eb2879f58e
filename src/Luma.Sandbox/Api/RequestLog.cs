namespace Luma.Sandbox;

/// <summary>Counts requests, keeps them if told to, and tells those who wait for one.</summary>
/// <param name="keep">Whether to keep them.</param>
internal sealed class RequestLog(bool keep)
{
    private readonly object _lock = new();
    private readonly SortedList<long, SandboxRequest> _requests = [];
    private readonly List<Waiter> _waiters = [];
    private bool _stopped;
    private int _count;
    private int _videoCount;
    private int _submitCount;

    /// <summary>How many requests came to the API.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many requests came to the video host.</summary>
    public int VideoCount => Volatile.Read(ref _videoCount);

    /// <summary>How many requests came that ask for a job.</summary>
    public int SubmitCount => Volatile.Read(ref _submitCount);

    /// <summary>The requests kept that came to the API or to the video host.</summary>
    public IReadOnlyList<SandboxRequest> Snapshot(bool video)
    {
        lock (_lock) return _requests.Values.Where(request => request.Target == SandboxTarget.Video == video).ToArray();
    }

    /// <summary>Notes a request.</summary>
    /// <param name="target">What it asks for.</param>
    /// <param name="arrival">Its place among all: bodies that come slowly let later requests be noted first.</param>
    /// <param name="make">Makes the request, if anybody wants it.</param>
    public void Add(SandboxTarget? target, long arrival, Func<SandboxRequest> make)
    {
        lock (_lock)
        {
            // What is counted can be seen: readers wait for the lock.
            if (target == SandboxTarget.Video) _videoCount++;
            else _count++;
            if (target is SandboxTarget.Generations or SandboxTarget.Extend) _submitCount++;
            if (!keep && _waiters.Count == 0) return;
            SandboxRequest request = make();
            if (keep) _requests.Add(arrival, request);
            _waiters.RemoveAll(waiter => waiter.Offer(request));
        }
    }

    /// <summary>The first request, kept or still to come, that matches.</summary>
    public async Task<SandboxRequest> WaitAsync(Func<SandboxRequest, bool> match, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(match);
        lock (_lock)
        {
            if (!_requests.Values.Any(waiter.Offer)) _waiters.Add(waiter);
            if (_stopped) waiter.Cancel();
        }
        try
        {
            return await waiter.Found.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock) _waiters.Remove(waiter);
        }
    }

    /// <summary>Ends all waiting, since no more requests will come.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            _waiters.ForEach(waiter => waiter.Cancel());
            _waiters.Clear();
        }
    }

    private sealed class Waiter(Func<SandboxRequest, bool> match)
    {
        private readonly TaskCompletionSource<SandboxRequest> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The request, once it is found.</summary>
        public Task<SandboxRequest> Found => _found.Task;

        /// <summary>Ends the waiting, unless the request was found.</summary>
        public void Cancel() => _found.TrySetCanceled();

        /// <summary>Shows the waiter a request; true if it needs no other.</summary>
        public bool Offer(SandboxRequest request)
        {
            try
            {
                return match(request) && _found.TrySetResult(request);
            }
            catch (Exception exception)
            {
                // The condition is the waiter's own; its mistake is not the request's.
                return _found.TrySetException(exception);
            }
        }
    }
}
