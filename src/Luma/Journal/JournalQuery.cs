namespace Luma;

/// <summary>
/// Which records are looked for. A record matches when it matches every member that is not null, as it is once its parts
/// are merged; members that are null do not matter. A store may answer with more than was asked for, see
/// <see cref="IJournalStore.Read"/>.
/// </summary>
internal sealed record JournalQuery
{
    /// <summary>The <see cref="LumaJob.Service"/>, compared ordinally. Only the intent of a record tells it.</summary>
    public string? Service { get; init; }

    /// <summary>The <see cref="LumaJob.Id"/>, compared ordinally.</summary>
    public string? Id { get; init; }

    /// <summary>How the <see cref="LumaJob.Id"/> begins, compared ordinally without case.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>The <see cref="JobName.Key"/> of the name.</summary>
    public string? NameKey { get; init; }

    /// <summary>How the <see cref="JobName.Key"/> of the name begins.</summary>
    public string? NameKeyPrefix { get; init; }

    /// <summary>The jobId, compared ordinally without case.</summary>
    public string? JobId { get; init; }

    /// <summary>How the jobId begins, compared ordinally without case.</summary>
    public string? JobIdPrefix { get; init; }

    /// <summary>
    /// Whether the job has not ended: no line has a status that <see cref="JobStatusInfo.HasEnded"/>,
    /// and it was not removed, refused or unsent. Pending, running, in flight and unconfirmed jobs are open.
    /// </summary>
    public bool? IsOpen { get; init; }

    /// <summary>Submitted at this time or later, in UTC. A job whose time nobody knows matches no time.</summary>
    public DateTime? After { get; init; }

    /// <summary>Submitted before this time, in UTC.</summary>
    public DateTime? Before { get; init; }

    /// <summary>
    /// How many of the newest of those that match are enough. For a store it is a hint: it may answer with that many records by
    /// the time of their submit, or with all. Where too few of them match, it is asked again without this.
    /// </summary>
    public int? Newest { get; init; }

    /// <summary>The path of the saved video, compared as paths are on this system.</summary>
    public string? SavedPath { get; init; }

    /// <summary>The SHA-256 of the saved video, in hexadecimal, compared without case.</summary>
    public string? Sha256 { get; init; }
}
