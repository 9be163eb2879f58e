using System.Globalization;

namespace Luma.Sandbox.Http;

/// <summary>The time of the Date header, written out once a second.</summary>
/// <param name="time">The clock.</param>
internal sealed class HttpClock(TimeProvider time)
{
    private Entry _last = new(0, "");

    /// <summary>The current time as HTTP writes it.</summary>
    public string Now
    {
        get
        {
            DateTimeOffset now = time.GetUtcNow();
            long second = now.ToUnixTimeSeconds();
            Entry entry = _last;
            if (entry.Second != second) _last = entry = new Entry(second, now.ToString("R", CultureInfo.InvariantCulture));
            return entry.Text;
        }
    }

    private sealed record Entry(long Second, string Text);
}
