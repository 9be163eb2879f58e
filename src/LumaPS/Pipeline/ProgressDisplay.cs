using System.Diagnostics;
using System.Management.Automation;

namespace LumaPS.Pipeline;

/// <summary>
/// Shows progress from the pipeline's thread: nothing in the first second, and then once a second. A bar that flickers helps
/// nobody, and each record costs.
/// </summary>
/// <param name="write">Writes a record.</param>
internal sealed class ProgressDisplay(Action<ProgressRecord> write)
{
    /// <summary>How often there is something new to see.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly long _ticks = (long)(Interval.TotalSeconds * Stopwatch.Frequency);

    private readonly Dictionary<int, ProgressRecord> _shown = [];
    private long _next = Stopwatch.GetTimestamp() + _ticks;

    /// <summary>Shows how things are, if it is time to.</summary>
    /// <param name="records">The total, and below it its parts; those shown before that are gone are taken away.</param>
    public void Show(Func<IEnumerable<ProgressRecord>> records)
    {
        long now = Stopwatch.GetTimestamp();
        if (now < _next) return;
        _next = now + _ticks;
        ProgressRecord[] current = [.. records()];
        foreach (int gone in _shown.Keys.Except(current.Select(record => record.ActivityId)).ToArray()) TakeAway(gone);
        foreach (ProgressRecord record in current)
        {
            _shown[record.ActivityId] = record;
            write(record);
        }
    }

    /// <summary>Takes away what is shown. Parts have higher ids than the total, and go before it.</summary>
    public void End()
    {
        foreach (int shown in _shown.Keys.OrderDescending().ToArray()) TakeAway(shown);
    }

    private void TakeAway(int progressId)
    {
        if (!_shown.Remove(progressId, out ProgressRecord? record)) return;
        record.RecordType = ProgressRecordType.Completed;
        write(record);
    }
}
