namespace Luma.Sandbox;

/// <summary>How a sandbox starts.</summary>
public sealed class LumaSandboxOptions
{
    private const double MaxJobSeconds = 30 * 24 * 60 * 60;

    private double _jobSeconds = 5;
    private int _failPercent;
    private int _latencyMilliseconds;
    private long? _videoBytes;

    /// <summary>The port of the API on 127.0.0.1, 1 to 65535; 0 for a free one. Default: 0.</summary>
    public int Port { get; init; }

    /// <summary>The only key that the sandbox lets in. Null (the default): a UUID of its own.</summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// The path of its address, letters and digits: what makes it a service of its own. Null (the default): 8 random hex characters.
    /// </summary>
    public string? Instance { get; init; }

    /// <summary>
    /// Whether values of aspectRatio, modelName, duration, resolution and useMode that the API documentation does not list are
    /// refused with HTTP 400. Default: false, as what the service itself does with them is not documented.
    /// </summary>
    public bool Strict { get; set; }

    /// <summary>How long a job takes, in seconds: 0 (done immediately) to 2,592,000 (30 days). Default: 5.</summary>
    public double JobSeconds
    {
        get => _jobSeconds;
        set => _jobSeconds = CheckJobSeconds(value);
    }

    /// <summary>
    /// How long a certain job takes, in seconds, in the same range; null (the default) if <see cref="JobSeconds"/>
    /// decides. A submit for which it throws is answered with 500.
    /// </summary>
    public Func<SandboxJob, double>? JobSecondsFor { get; set; }

    /// <summary>What a job with a video costs, in quota; default: <see cref="SandboxPrices.Of"/>.</summary>
    public Func<SandboxJob, decimal> QuotaFor { get; set; } = SandboxPrices.Of;

    /// <summary>How many of a hundred jobs fail, 0 to 100; evenly spread, not by chance. Default: 0.</summary>
    public int FailPercent
    {
        get => _failPercent;
        set
        {
            if (value is < 0 or > 100)
                throw new ArgumentOutOfRangeException(nameof(value), value, "From 0 to 100 percent of the jobs fail.");
            _failPercent = value;
        }
    }

    /// <summary>How long every answer takes on top, in milliseconds, 0 or more. Default: 0.</summary>
    public int LatencyMilliseconds
    {
        get => _latencyMilliseconds;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _latencyMilliseconds = value;
        }
    }

    /// <summary>
    /// The size of every video in bytes, at least <see cref="MinVideoBytes"/>: the clip is padded with an MP4 box that
    /// players skip. Null (the default) for the clips as they are.
    /// </summary>
    public long? VideoBytes
    {
        get => _videoBytes;
        set
        {
            if (value < MinVideoBytes)
                throw new ArgumentOutOfRangeException(nameof(value), value, $"A video has at least {MinVideoBytes} bytes.");
            _videoBytes = value;
        }
    }

    /// <summary>The smallest size that any clip can be padded to, in bytes.</summary>
    public static long MinVideoBytes => Clip.MaxLength + VideoStream.MinPadding;

    /// <summary>
    /// Whether the sandbox keeps every request it gets. Default: false, so that its memory does not grow with them.
    /// </summary>
    public bool RecordRequests { get; init; }

    /// <summary>The clock of jobs, delays and dates. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>What a process of its own is asked and told, and the answer; null: nobody asks.</summary>
    internal Func<LumaSandbox, byte[], (byte[] Answer, Action? Sent)>? Control { get; init; }

    /// <summary>How long the job takes by these settings, in seconds.</summary>
    internal double SecondsOf(SandboxJob job) =>
        JobSecondsFor is { } choose ? CheckJobSeconds(choose(job)) : JobSeconds;

    /// <summary>A copy, so that the sandbox's settings are its own.</summary>
    internal LumaSandboxOptions Copy() => (LumaSandboxOptions)MemberwiseClone();

    private static double CheckJobSeconds(double value) => value is >= 0 and <= MaxJobSeconds
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"A job takes from 0 to {MaxJobSeconds} seconds.");
}
