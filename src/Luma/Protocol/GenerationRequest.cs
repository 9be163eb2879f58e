namespace Luma;

/// <summary>Makes a video from text and pictures: <c>POST /luma/v1/generations</c>, all ten fields of the API documentation.</summary>
public sealed record GenerationRequest : SubmitRequest
{
    /// <summary>The aspect ratio (<c>aspectRatio</c>); documented: 9:16 3:4 1:1 4:3 16:9 21:9.</summary>
    public string? AspectRatio { get; init => field = DocumentedValues.AspectRatio.Normalize(value); }

    /// <summary>An http(s) link to the picture the video starts with (<c>imageUrl</c>).</summary>
    public string? ImageUrl { get; init => field = Trimmed(value); }

    /// <summary>An http(s) link to the picture the video ends with (<c>imageEndUrl</c>).</summary>
    public string? EndImageUrl { get; init => field = Trimmed(value); }

    /// <summary>The length (<c>duration</c>); documented: 5s, 10s. A bare number is in seconds.</summary>
    public string? Duration { get; init => field = DocumentedValues.Duration.Normalize(value); }

    /// <summary>The resolution (<c>resolution</c>); documented: 720p, 1080p.</summary>
    public string? Resolution { get; init => field = DocumentedValues.Resolution.Normalize(value); }

    /// <summary>Whether the video loops (<c>loop</c>).</summary>
    public bool? Loop { get; init; }

    /// <summary>The speed (<c>useMode</c>); documented: relax, fast. Different modes use different quotas.</summary>
    public string? Mode { get; init => field = DocumentedValues.Mode.Normalize(value); }

    internal override string Path => "luma/v1/generations";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check.Link(nameof(ImageUrl), ImageUrl);
        Check.Link(nameof(EndImageUrl), EndImageUrl);

        // The one rule between parameters that the API documentation states: 10 s videos are 720p only.
        if (Duration == "10s" && Resolution == "1080p")
        {
            throw Check.Invalid(
                "Duration", Duration, "10s videos are available only in 720p. Use -Duration 5s or -Resolution 720p.");
        }
    }

    internal override IEnumerable<string> Warnings(LumaConnection? connection) =>
    [
        .. base.Warnings(connection),
        .. NotNull(
            DocumentedValues.AspectRatio.WarningFor(AspectRatio),
            DocumentedValues.Duration.WarningFor(Duration),
            DocumentedValues.Resolution.WarningFor(Resolution),
            DocumentedValues.Mode.WarningFor(Mode),
            UnreachableWarning(nameof(ImageUrl), ImageUrl, connection, "it cannot fetch the picture"),
            UnreachableWarning(nameof(EndImageUrl), EndImageUrl, connection, "it cannot fetch the picture")),
    ];

    /// <summary>The request that a job was made from, to be submitted once more.</summary>
    internal static GenerationRequest Of(LumaJob job) => new()
    {
        Name = job.Name,
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

    internal override LumaJob ToJob() => new()
    {
        Kind = LumaJobKind.Generation,
        Name = Name,
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
