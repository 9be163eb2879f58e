using System.Text.Encodings.Web;
using System.Text.Json;

namespace Luma;

/// <summary>
/// What a video is, kept in a JSON file beside it (<c>car.mp4.json</c> beside <c>car.mp4</c>), so that a folder that moves to
/// another machine keeps its prompts. The schema is documented in docs/metadata.md.
/// </summary>
/// <remarks>It holds no key, no connection and no signed link to the video.</remarks>
public sealed record VideoMetadata
{
    /// <summary>The value of <see cref="Schema"/> that says that a JSON file is one of these.</summary>
    public const string SchemaAddress = "https://github.com/LumaPS/LumaPS/blob/main/docs/metadata.md";

    /// <summary>The version of the schema that is written here, and the newest that is read.</summary>
    public const int CurrentVersion = 1;

    /// <summary>What is appended to the video's file name.</summary>
    public const string Suffix = ".json";

    // A whole record is some kilobytes; a file of another kind is not read to its end.
    private const int MaximumLength = 1 << 20;

    // Prompts in any language stay readable; nothing but JSON readers reads these files.
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <summary>Says what kind of file this is: <see cref="SchemaAddress"/>.</summary>
    public string? Schema { get; init; } = SchemaAddress;

    /// <summary>The version of the schema: <see cref="CurrentVersion"/>.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <inheritdoc cref="LumaJob.JobId"/>
    public string? JobId { get; init; }

    /// <inheritdoc cref="LumaJob.Name"/>
    public string? Name { get; init; }

    /// <inheritdoc cref="LumaJob.Status"/>
    public string? Status { get; init; }

    /// <inheritdoc cref="LumaJob.Kind"/>
    public string? Kind { get; init; }

    /// <inheritdoc cref="LumaJob.ParentJobId"/>
    public string? ParentJobId { get; init; }

    /// <inheritdoc cref="LumaJob.Prompt"/>
    public string? Prompt { get; init; }

    /// <inheritdoc cref="LumaJob.Model"/>
    public string? Model { get; init; }

    /// <inheritdoc cref="LumaJob.AspectRatio"/>
    public string? AspectRatio { get; init; }

    /// <inheritdoc cref="LumaJob.ImageUrl"/>
    public string? ImageUrl { get; init; }

    /// <inheritdoc cref="LumaJob.EndImageUrl"/>
    public string? EndImageUrl { get; init; }

    /// <inheritdoc cref="LumaJob.Duration"/>
    public string? Duration { get; init; }

    /// <inheritdoc cref="LumaJob.Resolution"/>
    public string? Resolution { get; init; }

    /// <inheritdoc cref="LumaJob.Loop"/>
    public bool? Loop { get; init; }

    /// <inheritdoc cref="LumaJob.Mode"/>
    public string? Mode { get; init; }

    /// <inheritdoc cref="LumaJob.Width"/>
    public int? Width { get; init; }

    /// <inheritdoc cref="LumaJob.Height"/>
    public int? Height { get; init; }

    /// <inheritdoc cref="LumaJob.Quota"/>
    public decimal? Quota { get; init; }

    /// <summary>When the job was submitted, in UTC; null where that is not known.</summary>
    public DateTime? SubmittedAt { get; init; }

    /// <summary>When the job's end was first seen, in UTC.</summary>
    public DateTime? CompletedAt { get; init; }

    /// <inheritdoc cref="LumaJob.Service"/>
    public string? Service { get; init; }

    /// <summary>The video's file name when it was saved, without its folder.</summary>
    public string? File { get; init; }

    /// <summary>The video's length in bytes. A video of another length is not the one that is described.</summary>
    public long Length { get; init; }

    /// <summary>The SHA-256 of the video's bytes, in hexadecimal as <c>Get-FileHash</c> writes it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The metadata file of a video, whether it exists or not.</summary>
    /// <param name="video">The video's path.</param>
    public static string PathOf(string video) => video + Suffix;

    /// <summary>The metadata of a job's video.</summary>
    /// <param name="job">The job.</param>
    /// <param name="file">The video's file name, or its path.</param>
    /// <param name="length">The video's length in bytes.</param>
    /// <param name="sha256">The SHA-256 of its bytes, in hexadecimal.</param>
    public static VideoMetadata Of(LumaJob job, string file, long length, string? sha256)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new VideoMetadata
        {
            JobId = job.JobId,
            Name = job.Name,
            Status = job.Status,
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
            Width = job.Width,
            Height = job.Height,
            Quota = job.Quota,
            SubmittedAt = job.SubmittedAt?.ToUniversalTime(),
            CompletedAt = job.CompletedAt?.ToUniversalTime(),
            Service = job.Service,
            File = Path.GetFileName(file),
            Length = length,
            Sha256 = sha256,
        };
    }

    /// <summary>
    /// The metadata that lie beside a video; null where there are none that can be believed: no file, one of another kind or
    /// of a newer version, one that is damaged, or one that describes a video of another length.
    /// </summary>
    /// <param name="video">The video's path. It may have been renamed or moved together with its metadata.</param>
    public static VideoMetadata? Read(string video)
    {
        try
        {
            return ReadFile(PathOf(video)) is { JobId.Length: > 0 } read && read.Length == new FileInfo(video).Length ? read : null;
        }
        catch (IOException)
        {
            return null; // There is no video.
        }
    }

    /// <summary>
    /// Whether the name of a video's metadata is taken by a file of another kind, which <see cref="Write"/> would not replace.
    /// </summary>
    /// <param name="video">The video's path.</param>
    public static bool IsNameTaken(string video) => Path.Exists(PathOf(video)) && ReadFile(PathOf(video)) is null;

    /// <summary>Writes the file beside the video, complete or not at all. Metadata that are there are replaced.</summary>
    /// <param name="video">The video's path; it need not exist yet.</param>
    /// <param name="overwrite">Whether a file of that name that is of another kind is replaced, too.</param>
    /// <exception cref="IOException">The file cannot be written, or it exists and is of another kind.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(string video, bool overwrite = false)
    {
        string path = PathOf(video);
        overwrite |= ReadFile(path) is not null;
        FileOperations.WriteWhole(Path.GetFullPath(path), overwrite, file => file.Write(ToJson()));
    }

    /// <summary>The file's content: indented JSON in UTF-8, every member present, those that are not known as null.</summary>
    public byte[] ToJson()
    {
        using var bytes = new MemoryStream(2048);
        using (var writer = new Utf8JsonWriter(bytes, _readable)) VideoMetadataJson.Default.VideoMetadata.SerializeHandler!(writer, this);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>
    /// The job as far as the file tells it: without <see cref="LumaJob.Id"/>, which belongs to a journal, and without links to
    /// the video.
    /// </summary>
    /// <param name="video">The video's path now, for <see cref="LumaJob.SavedPath"/>.</param>
    public LumaJob ToJob(string video) => new()
    {
        JobId = JobId,
        Name = Name,
        Status = Status ?? LumaJobStatus.Succeeded,
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
        Width = Width,
        Height = Height,
        Quota = Quota,
        SubmittedAt = SubmittedAt?.ToLocalTime(),
        CompletedAt = CompletedAt?.ToLocalTime(),
        Service = Service,
        SavedPath = Path.GetFullPath(video),
    };

    private static VideoMetadata? ReadFile(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[Math.Min(stream.Length, MaximumLength)];
            ReadOnlySpan<byte> text = bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
            if (text.StartsWith("\uFEFF"u8)) text = text["\uFEFF"u8.Length..]; // Left by an editor.
            VideoMetadata? read = JsonSerializer.Deserialize(text, VideoMetadataJson.Default.VideoMetadata);
            return read is { Schema: SchemaAddress, Version: >= 1 and <= CurrentVersion } ? read : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
