namespace Luma.Tests.Support;

/// <summary>A clock that stands still until a test advances it.</summary>
/// <remarks>
/// Unlike <c>FakeTimeProvider</c> of Microsoft.Extensions.TimeProvider.Testing it tells when something waits for it, and its wall clock
/// can be set back.
/// </remarks>
internal sealed class ManualTimeProvider : TimeProvider
{
    // Task.Delay drops what is less than a millisecond.
    private static readonly TimeSpan _granularity = TimeSpan.FromMilliseconds(1);

    // How long a test waits for a timer that never comes before it fails.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _wrong;
    private int _reads;
    private DateTimeOffset _now = new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now + _wrong;
    }

    /// <summary>How often the monotonic time was read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public override long GetTimestamp()
    {
        Interlocked.Increment(ref _reads);
        lock (_lock) return _now.UtcTicks;
    }

    /// <summary>Sets the wall clock, as users and time servers do; timers and the monotonic time do not change.</summary>
    public void SetWallClock(TimeSpan by)
    {
        lock (_lock) _wrong += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        ManualTimer[] due;
        lock (_lock)
        {
            _now += time;
            due = [.. _timers.Where(timer => timer.DueAt <= _now)];
            foreach (ManualTimer timer in due) _timers.Remove(timer);
        }

        foreach (ManualTimer timer in due) timer.Fire();
    }

    /// <summary>Waits until that many timers are running.</summary>
    /// <param name="count">How many.</param>
    /// <param name="among">Which of them count, by how long they have to go; null: all.</param>
    public async Task WaitForTimersAsync(int count = 1, Func<TimeSpan, bool>? among = null)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_timers.Count(timer => among is null || among(timer.DueAt - _now)) >= count) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(_patience);
        }
    }

    /// <summary>
    /// Lets time pass from timer to timer until something has happened. It stands still while fewer timers run than
    /// there are when everything waits for the clock, so that nothing is late, however slow the machine is.
    /// </summary>
    public async Task SkipAsync(Task until, int timers = 1)
    {
        while (true)
        {
            Task waits = WaitForTimersAsync(timers);
            if (await Task.WhenAny(until, waits) == until) break;
            await waits;
            TimeSpan next;
            lock (_lock)
            {
                if (_timers.Count < timers) continue;
                next = _timers.Min(timer => timer.DueAt) - _now + _granularity;
            }

            Advance(next);
        }

        await until;
    }

    private sealed class ManualTimer(ManualTimeProvider time, Action fire) : ITimer
    {
        public DateTimeOffset DueAt { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == TimeSpan.Zero)
            {
                Dispose();
                ThreadPool.QueueUserWorkItem(_ => fire());
                return true;
            }

            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                DueAt = time._now + dueTime;
                time._timers.Add(this);
                TaskCompletionSource changed = time._changed;
                time._changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed.SetResult();
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
