using System.Diagnostics;

namespace Luma;

/// <summary>
/// The lock on names: whoever holds it for a name may look whether the journal has that name, and take it. Within the
/// process each name is a lock of its own; between processes it is one file. Submits that overlap share one hold of that
/// file, so that a named batch flushes its lines together; a hold is short, and is let go of for others in between.
/// </summary>
internal sealed class NameLock(string path)
{
    private static readonly TimeSpan _longestHold = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _turnOfOthers = 3 * FileLock.Pause;

    private readonly object _lock = new();
    private readonly Dictionary<string, TaskCompletionSource> _taken = [];
    private readonly AsyncSignal _changed = new();
    private IDisposable? _file;
    private bool _isTaking;
    private bool _wasLong;
    private bool _isChecked;
    private long _heldSince;
    private int _users;

    /// <summary>Takes the lock for some names, which go together.</summary>
    public async Task<IDisposable> TakeAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        while (TryTakeNames(names) is { } busy) await busy.WaitAsync(cancellationToken);
        try
        {
            await JoinAsync(cancellationToken);
            return new Hold(this, names);
        }
        catch
        {
            ReleaseNames(names);
            throw;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // All or none, so that two who want the same two never wait for each other. Null: taken; else what to wait for.
    private Task? TryTakeNames(IReadOnlyList<string> names)
    {
        lock (_lock)
        {
            foreach (string name in names)
            {
                if (_taken.TryGetValue(name, out TaskCompletionSource? busy)) return busy.Task;
            }

            TaskCompletionSource released = NewSignal();
            foreach (string name in names) _taken[name] = released;
            return null;
        }
    }

    private void ReleaseNames(IReadOnlyList<string> names)
    {
        lock (_lock)
        {
            foreach (string name in names)
            {
                if (_taken.Remove(name, out TaskCompletionSource? released)) released.TrySetResult();
            }
        }
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_file is not null && Stopwatch.GetElapsedTime(_heldSince) < _longestHold)
                {
                    _users++;
                    return;
                }

                if (_file is null && !_isTaking)
                {
                    _isTaking = true;
                    break;
                }

                changed = _changed.Changed;
            }

            await changed.WaitAsync(cancellationToken);
        }

        await TakeFileAsync(cancellationToken);
    }

    private async Task TakeFileAsync(CancellationToken cancellationToken)
    {
        IDisposable? file = null;
        try
        {
            if (_wasLong) await Task.Delay(_turnOfOthers, cancellationToken);
            file = await FileLock.TakeAsync(path, cancellationToken);
            if (!_isChecked) FileLock.Check(path);
            _isChecked = true;
        }
        catch
        {
            file?.Dispose();
            file = null;
            throw;
        }
        finally
        {
            lock (_lock)
            {
                _isTaking = false;
                _wasLong = false;
                _file = file;
                _users = file is null ? 0 : 1;
                _heldSince = Stopwatch.GetTimestamp();
                _changed.Signal();
            }
        }
    }

    private void Leave(IReadOnlyList<string> names)
    {
        ReleaseNames(names);
        lock (_lock)
        {
            if (--_users > 0) return;
            _wasLong = Stopwatch.GetElapsedTime(_heldSince) >= _longestHold;
            _file!.Dispose();
            _file = null;
            _changed.Signal();
        }
    }

    private sealed class Hold(NameLock names, IReadOnlyList<string> taken) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) names.Leave(taken);
        }
    }
}
