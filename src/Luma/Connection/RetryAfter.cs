using System.Net.Http.Headers;

namespace Luma;

/// <summary>Reads <c>Retry-After</c>, in seconds or as a date.</summary>
internal static class RetryAfter
{
    /// <summary>How long to wait, at most <see cref="LumaDefaults.LongestRetryAfter"/>; null where the answer does not say.</summary>
    public static TimeSpan? From(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        TimeSpan? wait = header?.Delta ?? (header?.Date is { } date ? date - now : null);
        if (wait is null) return null;
        return TimeSpan.FromTicks(Math.Clamp(wait.Value.Ticks, 0, LumaDefaults.LongestRetryAfter.Ticks));
    }
}
