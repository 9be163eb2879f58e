namespace Luma;

/// <summary>What the journal knows of one job: its lines of one segment, or of all of them.</summary>
internal sealed record JournalRecord(string Id)
{
    private static readonly StringComparison _comparesPaths =
        OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Who made the request, its fields; null where no line of this segment tells them.</summary>
    public JournalLine? Intent { get; init; }

    /// <summary>Whether a submit is on its way, as far as these lines tell.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether it waits to be sent, or sent again, by the process that wrote it; if that process is gone, it is free.</summary>
    public bool IsWaiting { get; init; }

    public string? JobId { get; init; }

    public string? Name { get; init; }

    public DateTime? SubmittedAt { get; init; }

    /// <summary>What was told of its state.</summary>
    public JournalState? State { get; init; }

    public JournalLine? Saved { get; init; }

    public bool IsRemoved { get; init; }

    /// <summary>Whether this process wrote the intent.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Whether the process that wrote the intent is gone.</summary>
    public bool IsOrphaned { get; init; }

    /// <summary>Whether there is a job, or may be one: neither refused nor unsent nor removed, and not just a fragment.</summary>
    public bool IsJob => !IsRemoved && Intent is not null
        && (JobId is not null || IsOpen || (IsWaiting && !IsOrphaned) || State?.Status == LumaJobStatus.Unconfirmed);

    /// <summary>Whether the submit is on its way now, in a process that lives.</summary>
    public bool IsInFlight => IsJob && JobId is null && (IsOpen || IsWaiting) && !IsOrphaned;

    public string Status =>
        JobId is not null ? State?.Status is { } status && status != LumaJobStatus.Unconfirmed ? status : LumaJobStatus.Pending
        : IsInFlight ? LumaJobStatus.Pending
        : LumaJobStatus.Unconfirmed;

    /// <summary>Adds the next line of the same segment.</summary>
    public JournalRecord With(JournalLine line) => line.Event switch
    {
        JournalEvents.Intent => this with { Intent = line, IsOpen = line.Waiting != true, IsWaiting = line.Waiting == true,
            Name = line.Name ?? Name, SubmittedAt = SubmittedAt ?? line.SubmittedAt },
        JournalEvents.Accepted => this with { IsOpen = false, IsWaiting = false, JobId = line.JobId, Name = line.Name ?? Name,
            SubmittedAt = line.SubmittedAt ?? SubmittedAt },
        JournalEvents.Refused or JournalEvents.Unsent => this with { IsOpen = false, IsWaiting = line.Waiting == true },
        JournalEvents.Status =>
            this with { IsOpen = IsOpen && line.Status != LumaJobStatus.Unconfirmed, State = JournalState.Add(State, line) },
        JournalEvents.Saved => this with { Saved = Saved?.At > line.At ? line with { At = Saved.At } : line },
        JournalEvents.Removed => this with { IsRemoved = true },
        _ => this, // An event of a later version of this format that older readers may skip.
    };

    /// <summary>
    /// Adds what another segment knows of the same job. The order of segments does not matter, and no clock decides what state it is in.
    /// </summary>
    public JournalRecord With(JournalRecord other) => this with
    {
        Intent = JournalJson.Compare(Intent, other.Intent) >= 0 ? Intent : other.Intent,
        IsOpen = IsOpen || other.IsOpen,
        IsWaiting = IsWaiting || other.IsWaiting,
        IsOrphaned = (Intent is null) == (other.Intent is null) ? IsOrphaned && other.IsOrphaned
            : Intent is null ? other.IsOrphaned : IsOrphaned,
        JobId = Lesser(JobId, other.JobId),
        Name = Lesser(Name, other.Name),
        SubmittedAt = other.SubmittedAt < SubmittedAt ? other.SubmittedAt : SubmittedAt ?? other.SubmittedAt,
        State = JournalState.Merge(State, other.State),
        Saved = Later(Saved, other.Saved),
        IsOwn = IsOwn || other.IsOwn,
        IsRemoved = IsRemoved || other.IsRemoved,
    };

    /// <summary>Whether it is what was looked for. How many were asked for does not matter here.</summary>
    public bool Matches(JournalQuery query) =>
        (query.Service is null || Intent?.Service == query.Service)
        && (query.Id is null || Id == query.Id)
        && (query.IdPrefix is null || Id.StartsWith(query.IdPrefix, StringComparison.OrdinalIgnoreCase))
        && (query.NameKey is null || (Name is not null && JobName.Key(Name) == query.NameKey))
        && (query.NameKeyPrefix is null
            || (Name is not null && JobName.Key(Name).StartsWith(query.NameKeyPrefix, StringComparison.Ordinal)))
        && (query.JobId is null || string.Equals(JobId, query.JobId, StringComparison.OrdinalIgnoreCase))
        && (query.JobIdPrefix is null || JobId?.StartsWith(query.JobIdPrefix, StringComparison.OrdinalIgnoreCase) == true)
        && (query.IsOpen is null || (IsJob && !JobStatusInfo.Of(Status).HasEnded) == query.IsOpen)
        && (query.After is null || SubmittedAt >= query.After)
        && (query.Before is null || SubmittedAt < query.Before)
        && (query.SavedPath is null || string.Equals(Saved?.Path, query.SavedPath, _comparesPaths))
        && (query.Sha256 is null || string.Equals(Saved?.Sha256, query.Sha256, StringComparison.OrdinalIgnoreCase));

    /// <summary>Lines that say all this, as one writer would have written them.</summary>
    public IEnumerable<JournalLine> ToLines()
    {
        if (Intent is { } intent) yield return intent with { Name = Name, SubmittedAt = SubmittedAt, Waiting = null };
        if (JobId is { } jobId)
        {
            yield return new JournalLine { Event = JournalEvents.Accepted, Id = Id, At = Intent?.At ?? default, JobId = jobId, Name = Name,
                SubmittedAt = SubmittedAt };
        }
        else if (Intent is not null && !IsOpen && State?.Status != LumaJobStatus.Unconfirmed)
        {
            yield return new JournalLine { Event = JournalEvents.Unsent, Id = Id };
        }

        foreach (JournalLine line in State?.Lines ?? []) yield return line;
        if (Saved is { } saved) yield return saved;
        if (IsRemoved) yield return new JournalLine { Event = JournalEvents.Removed, Id = Id };
    }

    /// <summary>The job, as the cmdlets return it.</summary>
    public LumaJob ToJob() => (Intent?.Request ?? new LumaJob()) with
    {
        Id = Id,
        Service = Intent?.Service,
        Kind = Intent?.Kind,
        JobId = JobId,
        Name = Name,
        Status = Status,
        Message = State?.Message,
        VideoUrl = State?.VideoUrl,
        Width = State?.Width,
        Height = State?.Height,
        Quota = State?.Quota,
        SubmittedAt = SubmittedAt?.ToLocalTime(),
        CompletedAt = State?.CompletedAt?.ToLocalTime(),
        SavedPath = Saved?.Path,
    };

    private static string? Lesser(string? a, string? b) => a is null || b is null ? a ?? b : string.CompareOrdinal(a, b) <= 0 ? a : b;

    private static JournalLine? Later(JournalLine? a, JournalLine? b)
    {
        if (a is null || b is null) return a ?? b;
        int order = a.At.CompareTo(b.At);
        return (order != 0 ? order : JournalJson.Compare(a, b)) >= 0 ? a : b;
    }
}
