namespace Luma;

/// <summary>Locks on keys within the process. A session of the database gives itself any lock as often as it asks for it.</summary>
internal sealed class KeyGate
{
    private readonly object _lock = new();
    private readonly Dictionary<string, TaskCompletionSource> _taken = new(StringComparer.Ordinal);

    /// <summary>Takes all of the keys or none, so that two who want the same two never wait for each other.</summary>
    public async Task TakeAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        while (FindBusy(keys) is { } busy) await busy.WaitAsync(cancellationToken);
    }

    /// <summary>Takes a key, if nobody has it.</summary>
    public bool TryTake(string key) => FindBusy([key]) is null;

    /// <summary>Lets go of keys.</summary>
    public void Release(IReadOnlyList<string> keys)
    {
        lock (_lock)
        {
            foreach (string key in keys)
            {
                if (_taken.Remove(key, out TaskCompletionSource? released)) released.TrySetResult();
            }
        }
    }

    // Null: taken; else what to wait for.
    private Task? FindBusy(IReadOnlyList<string> keys)
    {
        lock (_lock)
        {
            foreach (string key in keys)
            {
                if (_taken.TryGetValue(key, out TaskCompletionSource? busy)) return busy.Task;
            }

            var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            foreach (string key in keys) _taken[key] = released;
            return null;
        }
    }
}
