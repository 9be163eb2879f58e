using System.Threading.Channels;

namespace Luma.Sandbox.Tests;

/// <summary>A clock that stands still until it is told to go on.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock @lock = new();
    private readonly List<ManualTimer> timers = [];
    private readonly Channel<ManualTimer> created = Channel.CreateUnbounded<ManualTimer>();
    private DateTimeOffset now = new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (@lock) return now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        created.Writer.TryWrite(timer);
        return timer;
    }

    /// <summary>Waits until one more timer was made: something is waiting for the clock.</summary>
    public Task TimerAsync() => created.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public void Advance(double seconds)
    {
        ManualTimer[] due;
        lock (@lock)
        {
            now += TimeSpan.FromSeconds(seconds);
            due = timers.Where(timer => timer.DueAt <= now).ToArray();
            foreach (ManualTimer timer in due) timers.Remove(timer);
        }
        foreach (ManualTimer timer in due) timer.Fire();
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public DateTimeOffset DueAt { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.@lock)
            {
                time.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                DueAt = time.now + dueTime;
                time.timers.Add(this);
            }
            return true;
        }

        public void Dispose()
        {
            lock (time.@lock) time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
