using System.Globalization;
using System.Text.Json;

namespace Luma.Sandbox;

/// <summary>A job that the sandbox has accepted.</summary>
public sealed class SandboxJob
{
    private const string FailMessage = "The video could not be generated: the sandbox was told to fail this job.";
    private const double QueueShare = 0.2;
    private const double MaxQueueSeconds = 1;

    private readonly TimeProvider _time;
    private readonly Uri _videoBaseUri;
    private readonly long _startedAt;
    private readonly Clip _firstClip;
    private readonly long? _videoBytes;
    private readonly object _linkLock = new();
    private volatile bool _ended;
    private int _link = 1;
    private int _expiredStatus = 403;
    private int _content;
    private long _toldAt;

    internal SandboxJob(
        string kind,
        IReadOnlyDictionary<string, JsonElement> fields,
        SandboxJob? parent,
        TimeProvider time,
        Uri videoBaseUri,
        long? videoBytes)
    {
        _time = time;
        _videoBaseUri = videoBaseUri;
        _videoBytes = videoBytes;
        _startedAt = time.GetTimestamp();
        SubmittedAt = time.GetUtcNow();
        Kind = kind;
        Fields = fields;
        ParentJobId = parent?.JobId;
        _firstClip = parent?._firstClip ?? Clip.For(Text("aspectRatio"));
    }

    /// <summary>The id that the submit was answered with, a UUID.</summary>
    public string JobId { get; } = Guid.NewGuid().ToString();

    /// <summary>"generation" or "extension".</summary>
    public string Kind { get; }

    /// <summary>The members of the submitted JSON object.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; }

    /// <summary>The job that this one extends; null for a generation.</summary>
    public string? ParentJobId { get; }

    /// <summary>When it was accepted, by the sandbox's clock, in UTC.</summary>
    public DateTimeOffset SubmittedAt { get; }

    /// <summary>How long it takes, in seconds.</summary>
    public double Seconds { get; internal set; }

    /// <summary>What it costs once it is done, in quota.</summary>
    public decimal Quota { get; internal set; }

    /// <summary>Whether it ends without a video.</summary>
    public bool WillFail => FailureMessage is not null;

    /// <summary>The link to its video, as the next fetch gives it; null if it fails. The link answers once the job is done.</summary>
    public string? VideoUrl => WillFail ? null : $"{_videoBaseUri}{JobId}/watermarked_video{LinkNumber}.mp4";

    /// <summary>When its hook last took its outcome, by the sandbox's clock, in UTC; null if it has not.</summary>
    public DateTimeOffset? CalledBackAt =>
        Volatile.Read(ref _toldAt) is > 0 and long ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>How its callbacks go.</summary>
    internal CallbackPlan Callbacks { get; } = new();

    /// <summary>What it says when it fails; null if it does not.</summary>
    internal string? FailureMessage { get; private set; }

    /// <summary>Whether fetches are to deny that it exists.</summary>
    internal bool IsForgotten { get; private set; }

    /// <summary>The clip behind its link.</summary>
    internal Clip Clip => _firstClip.Next(Volatile.Read(ref _content));

    /// <summary>The size of its video in bytes.</summary>
    internal long VideoLength => _videoBytes ?? Clip.Bytes.Length;

    /// <summary>When its video was written; whole seconds, since HTTP has no finer ones.</summary>
    internal DateTimeOffset VideoWrittenAt =>
        DateTimeOffset.FromUnixTimeSeconds(SubmittedAt.AddSeconds(Seconds).ToUnixTimeSeconds() + Volatile.Read(ref _content));

    /// <summary>The state as the service names it.</summary>
    internal string Status
    {
        get
        {
            double elapsed = _time.GetElapsedTime(_startedAt).TotalSeconds;
            if (_ended || elapsed >= Seconds) return WillFail ? "FAILED" : "SUCCESS";
            return elapsed < Math.Min(MaxQueueSeconds, QueueShare * Seconds) ? "PENDING_QUEUE" : "ON_QUEUE";
        }
    }

    private int LinkNumber
    {
        get
        {
            lock (_linkLock) return _link;
        }
    }

    /// <summary>The job's id and kind.</summary>
    public override string ToString() => $"{Kind} {JobId}";

    /// <summary>A submitted text; null if it was not given.</summary>
    internal string? Text(string field) =>
        Fields.TryGetValue(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The whole video from its first byte.</summary>
    internal Stream OpenVideo() => new VideoStream(Clip, VideoLength);

    /// <summary>Makes it end without a video.</summary>
    internal void Fail(string? message = null) => FailureMessage = message ?? FailMessage;

    /// <summary>Makes fetches deny that it exists.</summary>
    internal void Forget() => IsForgotten = true;

    /// <summary>Makes it end now, if its seconds are not over yet.</summary>
    internal void End() => _ended = true;

    /// <summary>Notes that its hook took its outcome.</summary>
    internal void Told(DateTimeOffset at) => Volatile.Write(ref _toldAt, at.UtcTicks);

    /// <summary>Puts another clip behind the link.</summary>
    internal void ReplaceContent() => Interlocked.Increment(ref _content);

    /// <summary>Ends the life of all links given out so far.</summary>
    /// <param name="status">The HTTP status they answer from now on.</param>
    internal void ExpireLinks(int status)
    {
        lock (_linkLock)
        {
            _link++;
            _expiredStatus = status;
        }
    }

    /// <summary>What a link of this job answers: 200 for the current one, the status of expiry for an older one, else 404.</summary>
    /// <param name="fileName">The last segment of the link.</param>
    internal int StatusOfLink(string fileName)
    {
        const string Prefix = "watermarked_video", Suffix = ".mp4";
        if (!fileName.StartsWith(Prefix, StringComparison.Ordinal)
            || !fileName.EndsWith(Suffix, StringComparison.Ordinal)
            || !int.TryParse(
                fileName.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || Status != "SUCCESS")
        {
            return 404;
        }
        lock (_linkLock) return number == _link ? 200 : number > 0 && number < _link ? _expiredStatus : 404;
    }
}
