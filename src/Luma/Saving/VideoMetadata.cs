using System.Text.Encodings.Web;
using System.Text.Json;

namespace Luma;

/// <summary>
/// What a video is, kept in a JSON file next to it (<c>car.mp4.json</c> for <c>car.mp4</c>), so that a folder that moves to
/// another machine keeps its prompts. The schema is documented in docs/metadata.md.
/// </summary>
/// <remarks>It holds no key, no connection and no signed link to the video.</remarks>
public sealed record VideoMetadata
{
    /// <summary>The value of the member <c>schema</c> by which a JSON file is one of these.</summary>
    public const string SchemaAddress = "https://github.com/LumaPS/LumaPS/blob/main/docs/metadata.md";

    /// <summary>The version of the schema that is written here, and the newest that is read.</summary>
    public const int CurrentVersion = 1;

    /// <summary>What is appended to the video's file name.</summary>
    public const string Suffix = ".json";

    // A complete record is some kilobytes; a file of another kind is not read to its end.
    private const int MaximumLength = 1 << 20;

    // Prompts in any language stay readable; nothing but JSON readers reads these files.
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    // People may have edited them: a comment, or one comma too many, does no harm.
    private static readonly JsonReaderOptions _tolerant = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>
    /// The job as far as the file tells it: without <see cref="LumaJob.Id"/>, which belongs to a journal, and without the addresses
    /// of the callback and of the video.
    /// </summary>
    public required LumaJob Job { get; init; }

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
        var described = new LumaJob
        {
            JobId = job.JobId,
            Name = job.Name,
            Status = job.Status,
            Kind = job.Kind,
            SubmittedAt = job.SubmittedAt,
            CompletedAt = job.CompletedAt,
            Service = job.Service,
        };
        return new VideoMetadata
        {
            Job = JobFields.Public.Aggregate(described, (one, field) => field.With(one, field.Get(job))),
            File = Path.GetFileName(file),
            Length = length,
            Sha256 = sha256,
        };
    }

    /// <summary>
    /// The metadata that lie next to a video; null where there are none that can be believed: no file, one of another kind or
    /// of a newer version, one that is damaged, or one that describes a video of another length.
    /// </summary>
    /// <param name="video">The video's path. It may have been renamed or moved together with its metadata.</param>
    public static VideoMetadata? Read(string video)
    {
        try
        {
            return ReadFile(PathOf(video)) is { Job.JobId.Length: > 0 } read && read.Length == new FileInfo(video).Length ? read : null;
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

    /// <summary>Writes the file next to the video, complete or not at all. Metadata that are there are replaced.</summary>
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
        using (var writer = new Utf8JsonWriter(bytes, _readable))
        {
            writer.WriteStartObject();
            writer.WriteString("schema", SchemaAddress);
            writer.WriteNumber("version", CurrentVersion);
            writer.WriteString("jobId", Job.JobId);
            writer.WriteString("name", Job.Name);
            writer.WriteString("status", Job.Status);
            writer.WriteString("kind", Job.Kind);
            foreach (JobField field in JobFields.Public) JsonMember.Write(writer, field.StoredName, field.Get(Job));
            JsonMember.Write(writer, "submittedAt", Job.SubmittedAt?.ToUniversalTime());
            JsonMember.Write(writer, "completedAt", Job.CompletedAt?.ToUniversalTime());
            writer.WriteString("service", Job.Service);
            writer.WriteString("file", File);
            writer.WriteNumber("length", Length);
            writer.WriteString("sha256", Sha256);
            writer.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>The job, with the video's path now as its <see cref="LumaJob.SavedPath"/>.</summary>
    /// <param name="video">The video's path.</param>
    public LumaJob ToJob(string video) => Job with { SavedPath = Path.GetFullPath(video) };

    private static VideoMetadata? ReadFile(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[Math.Min(stream.Length, MaximumLength)];
            ReadOnlySpan<byte> text = bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
            if (text.StartsWith("\uFEFF"u8)) text = text["\uFEFF"u8.Length..]; // Left by an editor.
            return Parse(text);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    // Members that are not known are skipped: users may have added some.
    private static VideoMetadata? Parse(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, _tolerant);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        (string? schema, int version, string? file, long length, string? sha256) = (null, 0, null, 0, null);
        var job = new LumaJob { Status = LumaJobStatus.Succeeded };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string? name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "schema": schema = reader.GetString(); break;
                case "version": version = reader.GetInt32(); break;
                case "jobId": job = job with { JobId = reader.GetString() }; break;
                case "name": job = job with { Name = reader.GetString() }; break;
                case "status": job = job with { Status = reader.GetString() ?? job.Status }; break;
                case "kind": job = job with { Kind = reader.GetString() }; break;
                case "submittedAt": job = job with { SubmittedAt = JsonMember.ReadDateTime(ref reader)?.ToLocalTime() }; break;
                case "completedAt": job = job with { CompletedAt = JsonMember.ReadDateTime(ref reader)?.ToLocalTime() }; break;
                case "service": job = job with { Service = reader.GetString() }; break;
                case "file": file = reader.GetString(); break;
                case "length": length = reader.GetInt64(); break;
                case "sha256": sha256 = reader.GetString(); break;
                default:
                    if (JobFields.Public.FirstOrDefault(field => field.StoredName == name) is { } field) job = field.Read(ref reader, job);
                    else reader.Skip();
                    break;
            }
        }

        reader.Read(); // Throws where something follows.
        return schema == SchemaAddress && version is >= 1 and <= CurrentVersion
            ? new VideoMetadata { Job = job, File = file, Length = length, Sha256 = sha256 } : null;
    }
}
