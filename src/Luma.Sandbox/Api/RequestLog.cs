namespace Luma.Sandbox;

/// <summary>Counts requests, keeps them if told to, and tells those who wait for one.</summary>
/// <param name="keep">Whether to keep them.</param>
internal sealed class RequestLog(bool keep)
{
    private readonly object @lock = new();
    private readonly SortedList<long, SandboxRequest> requests = [];
    private readonly List<Waiter> waiters = [];
    private bool stopped;
    private int count;
    private int videoCount;
    private int submitCount;

    /// <summary>How many requests came to the API.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>How many requests came to the video host.</summary>
    public int VideoCount => Volatile.Read(ref videoCount);

    /// <summary>How many requests came that ask for a job.</summary>
    public int SubmitCount => Volatile.Read(ref submitCount);

    /// <summary>The requests kept that came to the API or to the video host.</summary>
    public IReadOnlyList<SandboxRequest> Snapshot(bool video)
    {
        lock (@lock) return requests.Values.Where(request => request.Target == SandboxTarget.Video == video).ToArray();
    }

    /// <summary>Notes a request.</summary>
    /// <param name="target">What it asks for.</param>
    /// <param name="arrival">Its place among all: bodies that come slowly let later requests be noted first.</param>
    /// <param name="make">Makes the request, if anybody wants it.</param>
    public void Add(SandboxTarget? target, long arrival, Func<SandboxRequest> make)
    {
        lock (@lock)
        {
            // What is counted can be seen: readers wait for the lock.
            if (target == SandboxTarget.Video) videoCount++;
            else count++;
            if (target is SandboxTarget.Generations or SandboxTarget.Extend) submitCount++;
            if (!keep && waiters.Count == 0) return;
            SandboxRequest request = make();
            if (keep) requests.Add(arrival, request);
            waiters.RemoveAll(waiter => waiter.Offer(request));
        }
    }

    /// <summary>The first request, kept or still to come, that matches.</summary>
    public async Task<SandboxRequest> WaitAsync(Func<SandboxRequest, bool> match, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(match);
        lock (@lock)
        {
            if (!requests.Values.Any(waiter.Offer)) waiters.Add(waiter);
            if (stopped) waiter.Cancel();
        }
        try
        {
            return await waiter.Found.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (@lock) waiters.Remove(waiter);
        }
    }

    /// <summary>Ends all waiting, since no more requests will come.</summary>
    public void Stop()
    {
        lock (@lock)
        {
            stopped = true;
            waiters.ForEach(waiter => waiter.Cancel());
            waiters.Clear();
        }
    }

    private sealed class Waiter(Func<SandboxRequest, bool> match)
    {
        private readonly TaskCompletionSource<SandboxRequest> found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The request, once it is found.</summary>
        public Task<SandboxRequest> Found => found.Task;

        /// <summary>Ends the waiting, unless the request was found.</summary>
        public void Cancel() => found.TrySetCanceled();

        /// <summary>Shows the waiter a request; true if it needs no other.</summary>
        public bool Offer(SandboxRequest request)
        {
            try
            {
                return match(request) && found.TrySetResult(request);
            }
            catch (Exception exception)
            {
                // The condition is the waiter's own; its mistake is not the request's.
                return found.TrySetException(exception);
            }
        }
    }
}
