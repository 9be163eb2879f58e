namespace Luma;

/// <summary>
/// Wakes everyone who waits for a change, as often as there is one. It has no lock of its own: use it under that of what changes.
/// </summary>
internal sealed class AsyncSignal
{
    private TaskCompletionSource _changed = NewSource();

    /// <summary>Ends with the next change.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Tells that something has changed.</summary>
    public void Signal()
    {
        TaskCompletionSource changed = _changed;
        _changed = NewSource();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
