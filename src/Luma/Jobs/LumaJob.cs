namespace Luma;

/// <summary>One billable job of the service, as it was when this object was made: a snapshot, it does not change.</summary>
/// <remarks>States, kinds and links are strings, so that a job survives CliXml and JSON and its links keep their escapes.</remarks>
public sealed record LumaJob
{
    /// <summary>This client's own name for the job: it exists before the service has given a <see cref="JobId"/>.</summary>
    public string? Id { get; init; }

    /// <summary>The service's name for the job (its <c>jobId</c>).</summary>
    public string? JobId { get; init; }

    /// <summary>The name the user gave the job.</summary>
    public string? Name { get; init; }

    /// <summary>One of <see cref="LumaJobStatus"/>.</summary>
    public string Status { get; init; } = LumaJobStatus.Pending;

    /// <summary>The message of the service about the job, for a failed one the reason.</summary>
    public string? Message { get; init; }

    /// <summary>
    /// Why a failed job failed, one of <see cref="LumaFailureKind"/>, by the words of <see cref="Message"/>; null for any other job.
    /// </summary>
    public string? FailureKind => Status == LumaJobStatus.Failed ? LumaFailureKind.Of(Message) : null;

    /// <summary>One of <see cref="LumaJobKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>The jobId of the video an extension extends.</summary>
    public string? ParentJobId { get; init; }

    /// <summary>The text the video is made from (<c>userPrompt</c>).</summary>
    public string? Prompt { get; init; }

    /// <summary>The requested model (<c>modelName</c>); null: the service's default.</summary>
    public string? Model { get; init; }

    /// <summary>The requested aspect ratio (<c>aspectRatio</c>), e.g. <c>16:9</c>; null: the service's default.</summary>
    public string? AspectRatio { get; init; }

    /// <summary>The link to the picture the video starts with (<c>imageUrl</c>).</summary>
    public string? ImageUrl { get; init; }

    /// <summary>The link to the picture the video ends with (<c>imageEndUrl</c>).</summary>
    public string? EndImageUrl { get; init; }

    /// <summary>The requested length (<c>duration</c>), e.g. <c>5s</c>; null: the service's default.</summary>
    public string? Duration { get; init; }

    /// <summary>The requested resolution (<c>resolution</c>), e.g. <c>720p</c>; null: the service's default.</summary>
    public string? Resolution { get; init; }

    /// <summary>Whether the video was asked to loop (<c>loop</c>); null: the service's default.</summary>
    public bool? Loop { get; init; }

    /// <summary>The requested speed (<c>useMode</c>), <c>relax</c> or <c>fast</c>; null: the service's default.</summary>
    public string? Mode { get; init; }

    /// <summary>The address the service calls when the job ends (<c>hookUrl</c>).</summary>
    public string? HookUrl { get; init; }

    /// <summary>
    /// The link to the finished video (<c>videoUrl</c>), with the escapes the service gave it. Links die; fetching the job again may give a
    /// fresh one.
    /// </summary>
    public string? VideoUrl { get; init; }

    /// <summary>The video's width in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>The video's height in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>What the job cost, in the service's quota (100 quota are 1 USD, according to the provider's documentation).</summary>
    public decimal? Quota { get; init; }

    /// <summary>When the job was submitted from here, in local time; null for a job submitted elsewhere.</summary>
    public DateTime? SubmittedAt { get; init; }

    /// <summary>When its end was first seen from here, in local time.</summary>
    public DateTime? CompletedAt { get; init; }

    /// <summary>The file the video was saved to.</summary>
    public string? SavedPath { get; init; }

    /// <summary>
    /// The service the job is with: <c>api.ttapi.io</c> (also for <c>api.ttapi.org</c>), else host and path of the connection.
    /// </summary>
    public string? Service { get; init; }

    /// <summary>The connection the job came from; unseen, and used by the next cmdlet.</summary>
    internal LumaConnection? Connection { get; init; }

    /// <summary>Whether the service called the job done and gave no link to the video.</summary>
    internal bool IsMissingVideo { get; init; }

    /// <summary>Whether the service has said that the job is over.</summary>
    internal bool HasEnded => JobStatusInfo.Of(Status).HasEnded;

    /// <summary>Whether the service has a video of the job.</summary>
    internal bool HasVideo => JobStatusInfo.Of(Status).HasVideo;

    /// <summary>Whether the job is over and there will be no video.</summary>
    internal bool HasEndedWithoutVideo => HasEnded && !HasVideo;

    /// <summary>Whether the job runs in the service's fast mode.</summary>
    internal bool IsFast => string.Equals(Mode, "fast", StringComparison.OrdinalIgnoreCase);

    // 63 random bits: enough for a journal of millions, short enough to type.
    internal static string NewId() => Random.Shared.NextInt64().ToString("x16", null);

    /// <summary>The jobId, or the job's own id before there is one.</summary>
    public override string ToString() => JobId ?? Id ?? "";
}
