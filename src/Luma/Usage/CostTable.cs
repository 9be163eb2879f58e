namespace Luma;

/// <summary>
/// The one place that estimates: what jobs of the same kind, model, mode, length and resolution have cost, as far as the
/// journal knows. It never invents a price: what was never seen is unknown.
/// </summary>
internal sealed class CostTable
{
    private readonly Dictionary<string, List<decimal>> _seen = new(StringComparer.OrdinalIgnoreCase);
    private readonly object _lock = new();

    /// <param name="jobs">The jobs of one service.</param>
    public CostTable(IEnumerable<LumaJob> jobs)
    {
        foreach (LumaJob job in jobs) Add(job);
    }

    /// <summary>The dearest job there was of any kind, in quota; null: none was ever seen.</summary>
    public decimal? Dearest
    {
        get { lock (_lock) return _seen.Count == 0 ? null : _seen.Values.Max(quotas => quotas[^1]); }
    }

    /// <summary>Learns from a job. Only what has a video has its full cost; a job that failed may have been refunded, or not.</summary>
    public void Add(LumaJob job)
    {
        if (job is not { HasVideo: true, Quota: { } quota } || quota < 0) return;
        lock (_lock)
        {
            if (!_seen.TryGetValue(Key(job), out List<decimal>? quotas)) _seen.Add(Key(job), quotas = []);
            int place = quotas.BinarySearch(quota);
            quotas.Insert(place < 0 ? ~place : place, quota);
        }
    }

    /// <summary>What such jobs have cost; null: none was ever seen.</summary>
    public LumaCost? Of(LumaJob job)
    {
        lock (_lock)
        {
            return _seen.TryGetValue(Key(job), out List<decimal>? quotas)
                ? new LumaCost(job.Kind, job.Model, job.Mode, job.Duration, job.Resolution, quotas.Count, quotas[0],
                    quotas[quotas.Count / 2], quotas[^1])
                : null;
        }
    }

    private static string Key(LumaJob job) => string.Join('\n', job.Kind, job.Model, job.Mode, job.Duration, job.Resolution);
}
