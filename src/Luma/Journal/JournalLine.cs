using System.Text.Json;

namespace Luma;

/// <summary>One line of the journal: what happened to a job, with the members that this made known. See docs/journal.md.</summary>
internal sealed record JournalLine
{
    /// <summary>The newest version of the format that this code reads. A line has the oldest version whose readers understand it.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The version in which a complete job is one line.</summary>
    public const int PackedVersion = 2;

    // Longer than the name of any member.
    private const int LongestName = 64;

    private static readonly LumaJob _noRequest = new();

    public JournalLine()
    {
    }

    /// <summary>Reads one. Members that are not known are skipped.</summary>
    /// <param name="reader">At the start of a JSON object.</param>
    public JournalLine(ref Utf8JsonReader reader)
    {
        Span<char> buffer = stackalloc char[LongestName];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadOnlySpan<char> name = reader.ValueSpan.Length > LongestName ? default : buffer[..reader.CopyString(buffer)];
            reader.Read();
            switch (name)
            {
                case "v": Version = reader.GetInt32(); break;
                case "event": Event = reader.GetString(); break;
                case "id": Id = reader.GetString(); break;
                case "at": At = reader.GetDateTime(); break;
                case "service": Service = reader.GetString(); break;
                case "jobId": JobId = reader.GetString(); break;
                case "name": Name = reader.GetString(); break;
                case "kind": Kind = reader.GetString(); break;
                case "adopted": Adopted = JsonMember.ReadBoolean(ref reader); break;
                case "waiting": Waiting = JsonMember.ReadBoolean(ref reader); break;
                case "status": Status = reader.GetString(); break;
                case "message": Message = reader.GetString(); break;
                case "videoUrl": VideoUrl = reader.GetString(); break;
                case "width": Width = JsonMember.ReadInt32(ref reader); break;
                case "height": Height = JsonMember.ReadInt32(ref reader); break;
                case "quota": Quota = JsonMember.ReadDecimal(ref reader); break;
                case "submittedAt": SubmittedAt = JsonMember.ReadDateTime(ref reader); break;
                case "completedAt": CompletedAt = JsonMember.ReadDateTime(ref reader); break;
                case "error": Error = reader.GetString(); break;
                case "path": Path = reader.GetString(); break;
                case "length": Length = JsonMember.ReadInt64(ref reader); break;
                case "sha256": Sha256 = reader.GetString(); break;
                case "statusAt": StatusAt = JsonMember.ReadDateTime(ref reader); break;
                case "savedAt": SavedAt = JsonMember.ReadDateTime(ref reader); break;
                default:
                    if (JobFields.RequestStoredAs(name) is { } field) Request = field.Read(ref reader, Request);
                    else reader.Skip();
                    break;
            }
        }
    }

    /// <summary>The version of the format whose readers understand this line.</summary>
    public int Version { get; init; } = 1;

    /// <summary>One of <see cref="JournalEvents"/>.</summary>
    public string? Event { get; init; }

    /// <summary>The job's <see cref="LumaJob.Id"/>.</summary>
    public string? Id { get; init; }

    /// <summary>When it was written, in UTC; to be shown, and to sort lists. It decides nothing.</summary>
    public DateTime At { get; init; }

    public string? Service { get; init; }

    public string? JobId { get; init; }

    public string? Name { get; init; }

    public string? Kind { get; init; }

    /// <summary>What the user asked for, of an intent: a job with those of <see cref="JobFields.Requests"/> that were set.</summary>
    public LumaJob Request { get; init; } = _noRequest;

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

    /// <summary>Of a complete job in one line: the <see cref="At"/> of what it says of the job's state.</summary>
    public DateTime? StatusAt { get; init; }

    /// <summary>Of a complete job in one line: the <see cref="At"/> of what it says of the saved video.</summary>
    public DateTime? SavedAt { get; init; }

    /// <summary>The line of a request that is about to leave: all that the user asked for.</summary>
    public static JournalLine OfIntent(LumaJob job) => new()
    {
        Event = JournalEvents.Intent,
        Id = job.Id,
        Service = job.Service,
        Name = job.Name,
        Kind = job.Kind,
        Request = JobFields.PreferRequest(_noRequest, job),
    };

    /// <summary>Writes it as a JSON object, without members that are null.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("v", Version);
        Add("event", Event);
        Add("id", Id);
        writer.WriteString("at", At);
        Add("service", Service);
        Add("jobId", JobId);
        Add("name", Name);
        Add("kind", Kind);
        foreach (JobField field in JobFields.Requests) Add(field.StoredName, field.Get(Request));
        Add("adopted", Adopted);
        Add("waiting", Waiting);
        Add("status", Status);
        Add("message", Message);
        Add("videoUrl", VideoUrl);
        Add("width", Width);
        Add("height", Height);
        Add("quota", Quota);
        Add("submittedAt", SubmittedAt);
        Add("completedAt", CompletedAt);
        Add("error", Error);
        Add("path", Path);
        Add("length", Length);
        Add("sha256", Sha256);
        Add("statusAt", StatusAt);
        Add("savedAt", SavedAt);
        writer.WriteEndObject();

        void Add(string name, object? value)
        {
            if (value is not null) JsonMember.Write(writer, name, value);
        }
    }
}
