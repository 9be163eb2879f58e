using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Harness;

/// <summary>A clock that goes faster than the system's, the same in each process that is given the same origin.</summary>
internal sealed class ScaledTime(DateTimeOffset origin, double speed) : TimeProvider
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly TimeSpan _ahead = (DateTimeOffset.UtcNow - origin) * speed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public static ScaledTime Parse(string origin, string speed) =>
        new(new DateTimeOffset(long.Parse(origin, CultureInfo.InvariantCulture), TimeSpan.Zero),
            double.Parse(speed, CultureInfo.InvariantCulture));

    public override DateTimeOffset GetUtcNow() => origin + _ahead + (Stopwatch.GetElapsedTime(_began) * speed);

    public override long GetTimestamp() => (Stopwatch.GetElapsedTime(_began) * speed).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Scaled(System.CreateTimer(callback, state, Real(dueTime), Real(period)), this);

    private TimeSpan Real(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / speed;

    private sealed class Scaled(ITimer timer, ScaledTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(time.Real(dueTime), time.Real(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
