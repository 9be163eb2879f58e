namespace Luma;

/// <summary>The time for waits and intervals: it begins with the wall clock's and continues evenly, whatever is done to that.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startedAt = time.GetTimestamp();

    public DateTimeOffset Now => _start + time.GetElapsedTime(_startedAt);
}
