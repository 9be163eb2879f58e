using System.Text.Json.Serialization;

namespace Luma;

/// <summary>One line of the journal: what happened to a job, with the members that this made known. See docs/journal.md.</summary>
internal sealed record JournalLine
{
    /// <summary>The newest version of the format that this code reads. A line has the oldest version whose readers understand it.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The version in which a whole job is one line.</summary>
    public const int PackedVersion = 2;

    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    /// <summary>One of <see cref="JournalEvents"/>.</summary>
    public string? Event { get; init; }

    /// <summary>The job's <see cref="LumaJob.Id"/>.</summary>
    public string? Id { get; init; }

    /// <summary>When it was written, in UTC; for people, and to sort lists. It decides nothing.</summary>
    public DateTime At { get; init; }

    public string? Service { get; init; }

    public string? JobId { get; init; }

    public string? Name { get; init; }

    public string? Kind { get; init; }

    public string? ParentJobId { get; init; }

    public string? Prompt { get; init; }

    public string? Model { get; init; }

    public string? AspectRatio { get; init; }

    public string? ImageUrl { get; init; }

    public string? EndImageUrl { get; init; }

    public string? Duration { get; init; }

    public string? Resolution { get; init; }

    public bool? Loop { get; init; }

    public string? Mode { get; init; }

    public string? HookUrl { get; init; }

    /// <summary>Whether the job was made elsewhere and recorded here, so that not all of its request is known.</summary>
    public bool? Adopted { get; init; }

    /// <summary>Of an intent or a refusal: that nothing is on its way now, and the process that wrote this will send it.</summary>
    public bool? Waiting { get; init; }

    public string? Status { get; init; }

    public string? Message { get; init; }

    public string? VideoUrl { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public decimal? Quota { get; init; }

    public DateTime? SubmittedAt { get; init; }

    public DateTime? CompletedAt { get; init; }

    /// <summary>The <see cref="LumaErrorId"/> of a refusal.</summary>
    public string? Error { get; init; }

    public string? Path { get; init; }

    public long? Length { get; init; }

    public string? Sha256 { get; init; }

    /// <summary>Of a whole job in one line: the <see cref="At"/> of what it says of the job's state.</summary>
    public DateTime? StatusAt { get; init; }

    /// <summary>Of a whole job in one line: the <see cref="At"/> of what it says of the saved video.</summary>
    public DateTime? SavedAt { get; init; }

    /// <summary>The line of a request that is about to leave: all that the user asked for.</summary>
    public static JournalLine OfIntent(LumaJob job) => new()
    {
        Event = JournalEvents.Intent,
        Id = job.Id,
        Service = job.Service,
        Name = job.Name,
        Kind = job.Kind,
        ParentJobId = job.ParentJobId,
        Prompt = job.Prompt,
        Model = job.Model,
        AspectRatio = job.AspectRatio,
        ImageUrl = job.ImageUrl,
        EndImageUrl = job.EndImageUrl,
        Duration = job.Duration,
        Resolution = job.Resolution,
        Loop = job.Loop,
        Mode = job.Mode,
        HookUrl = job.HookUrl,
    };

    /// <summary>What the user asked for, as <see cref="OfIntent"/> wrote it down.</summary>
    public LumaJob ToRequest() => new()
    {
        Service = Service,
        Kind = Kind,
        ParentJobId = ParentJobId,
        Prompt = Prompt,
        Model = Model,
        AspectRatio = AspectRatio,
        ImageUrl = ImageUrl,
        EndImageUrl = EndImageUrl,
        Duration = Duration,
        Resolution = Resolution,
        Loop = Loop,
        Mode = Mode,
        HookUrl = HookUrl,
    };
}
