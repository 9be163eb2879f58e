using System.Globalization;

namespace Luma;

/// <summary>What a number of jobs cost, as far as the journal knows: one flat line, made to be stored as CSV or JSON.</summary>
/// <remarks>
/// What the lines are grouped by stands in <see cref="Day"/> to <see cref="Name"/>; what they are not grouped by is null.
/// A group of jobs that do not have the value, e.g. a model that was left to the service, is called <see cref="None"/>.
/// </remarks>
public sealed record LumaUsage
{
    /// <summary>The group of jobs that do not have the value.</summary>
    public const string None = "(none)";

    /// <summary>How much quota is one USD, according to the provider's documentation.</summary>
    public const int QuotaPerUsd = 100;

    /// <summary>The service the jobs are with.</summary>
    public required string Service { get; init; }

    /// <summary>The day, e.g. <c>2026-11-22</c>.</summary>
    public string? Day { get; init; }

    /// <summary>The month, e.g. <c>2026-11</c>.</summary>
    public string? Month { get; init; }

    /// <summary>The model.</summary>
    public string? Model { get; init; }

    /// <summary>The mode.</summary>
    public string? Mode { get; init; }

    /// <summary>The status.</summary>
    public string? Status { get; init; }

    /// <summary>The kind.</summary>
    public string? Kind { get; init; }

    /// <summary>The name.</summary>
    public string? Name { get; init; }

    /// <summary>How many jobs there are, those counted in that may never have come to be (<see cref="Unconfirmed"/>).</summary>
    public int Jobs { get; init; }

    /// <summary>
    /// The quota the service has reported, all together. What it has not reported is not in it: see <see cref="QuotaUnknown"/>.
    /// </summary>
    public decimal Quota { get; init; }

    /// <summary><see cref="Quota"/> in USD.</summary>
    public decimal USD => Quota / QuotaPerUsd;

    /// <summary>
    /// How many of the jobs have a cost that was never seen here: they have not ended, were not polled since, or are unconfirmed.
    /// </summary>
    public int QuotaUnknown { get; init; }

    /// <summary>How many have succeeded.</summary>
    public int Succeeded { get; init; }

    /// <summary>How many have failed.</summary>
    public int Failed { get; init; }

    /// <summary>How many run, as far as is known here.</summary>
    public int Running { get; init; }

    /// <summary>How many are in the queue or being submitted, as far as is known here.</summary>
    public int Pending { get; init; }

    /// <summary>How many were submitted without a clear answer: there may or may not be a billable job.</summary>
    public int Unconfirmed { get; init; }

    /// <summary>The first submit, in local time.</summary>
    public DateTime? First { get; init; }

    /// <summary>The last submit, in local time.</summary>
    public DateTime? Last { get; init; }

    /// <summary>The time a job counts under: that of its submit, or for one made elsewhere when its end was seen.</summary>
    public static DateTime? TimeOf(LumaJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.SubmittedAt ?? job.CompletedAt;
    }

    /// <summary>Adds up jobs: one line for each group, in order, or one for all.</summary>
    /// <param name="service">The service the jobs are with.</param>
    /// <param name="jobs">The jobs.</param>
    /// <param name="groupBy">What to tell apart, the first one first; nothing: all jobs are one line, also where there is none.</param>
    public static IReadOnlyList<LumaUsage> Measure(string service, IEnumerable<LumaJob> jobs, params LumaUsageGroup[] groupBy)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(groupBy);
        if (groupBy.Length == 0) return [Sum(service, [.. jobs])];
        LumaUsageGroup[] keys = [.. groupBy.Distinct()];
        return [.. jobs
            .GroupBy(job => keys.Select(key => ValueOf(job, key)).ToArray(), ValuesComparer.Instance)
            .OrderBy(group => group.Key, ValuesComparer.Instance)
            .Select(group => keys.Zip(group.Key).Aggregate(Sum(service, [.. group]), (usage, key) => usage.With(key.First, key.Second)))];
    }

    private static LumaUsage Sum(string service, LumaJob[] jobs)
    {
        int Count(string status) => jobs.Count(job => job.Status == status);
        return new LumaUsage
        {
            Service = service,
            Jobs = jobs.Length,
            Quota = Total(jobs),
            QuotaUnknown = jobs.Count(job => job.Quota is null),
            Succeeded = Count(LumaJobStatus.Succeeded),
            Failed = Count(LumaJobStatus.Failed),
            Running = Count(LumaJobStatus.Running),
            Pending = Count(LumaJobStatus.Pending),
            Unconfirmed = Count(LumaJobStatus.Unconfirmed),
            First = jobs.Min(TimeOf),
            Last = jobs.Max(TimeOf),
        };
    }

    // A quota is what an answer says it is; numbers that no price has must not end the report.
    private static decimal Total(LumaJob[] jobs)
    {
        decimal total = 0;
        foreach (decimal quota in jobs.Select(job => job.Quota ?? 0))
        {
            bool isTooMuch = quota > 0 ? total > decimal.MaxValue - quota : total < decimal.MinValue - quota;
            total = isTooMuch ? quota > 0 ? decimal.MaxValue : decimal.MinValue : total + quota;
        }

        return total;
    }

    private static string ValueOf(LumaJob job, LumaUsageGroup key) => key switch
    {
        LumaUsageGroup.Day => TimeOf(job)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        LumaUsageGroup.Month => TimeOf(job)?.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        LumaUsageGroup.Model => job.Model,
        LumaUsageGroup.Mode => job.Mode,
        LumaUsageGroup.Status => job.Status,
        LumaUsageGroup.Kind => job.Kind,
        LumaUsageGroup.Name => job.Name,
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, null),
    } ?? None;

    private LumaUsage With(LumaUsageGroup key, string value) => key switch
    {
        LumaUsageGroup.Day => this with { Day = value },
        LumaUsageGroup.Month => this with { Month = value },
        LumaUsageGroup.Model => this with { Model = value },
        LumaUsageGroup.Mode => this with { Mode = value },
        LumaUsageGroup.Status => this with { Status = value },
        LumaUsageGroup.Kind => this with { Kind = value },
        _ => this with { Name = value },
    };

    /// <summary>Values of several keys, compared one after the other. Case tells nothing apart, as everywhere in PowerShell.</summary>
    private sealed class ValuesComparer : IEqualityComparer<string[]>, IComparer<string[]>
    {
        public static readonly ValuesComparer Instance = new();

        public int Compare(string[]? x, string[]? y) =>
            x!.Zip(y!, StringComparer.OrdinalIgnoreCase.Compare).FirstOrDefault(order => order != 0);

        public bool Equals(string[]? x, string[]? y) => x!.SequenceEqual(y!, StringComparer.OrdinalIgnoreCase);

        // All of them: one hash for the jobs of a kind would compare each name with each other one.
        public int GetHashCode(string[] values)
        {
            var hash = default(HashCode);
            foreach (string value in values) hash.Add(value, StringComparer.OrdinalIgnoreCase);
            return hash.ToHashCode();
        }
    }
}
