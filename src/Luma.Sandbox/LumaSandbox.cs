using System.Security.Cryptography;

namespace Luma.Sandbox;

/// <summary>
/// A local stand-in for the service: real HTTP on 127.0.0.1, without a key or quota of one's own. Every sandbox is a
/// service of its own, with its own key and jobs. All members can be used from any thread.
/// </summary>
public sealed class LumaSandbox : IDisposable, IAsyncDisposable
{
    private readonly LumaSandboxOptions _options;
    private readonly FaultPlan _faults = new();
    private readonly RequestLog _log;
    private readonly CallbackSender _callbacks;
    private readonly JobStore _jobs;
    private readonly VideoHost _videos;
    private readonly ApiHost _api;
    private volatile bool _running = true;

    private LumaSandbox(LumaSandboxOptions options)
    {
        _options = options;
        string instance = options.Instance ?? RandomNumberGenerator.GetHexString(8, lowercase: true);
        ApiKey = options.ApiKey ?? Guid.NewGuid().ToString();
        _log = new RequestLog(options.RecordRequests);
        _callbacks = new CallbackSender(options.TimeProvider);
        _videos = new VideoHost(instance, options, _faults, _log, new Lazy<JobStore>(() => _jobs!));
        _jobs = new JobStore(options, _videos.BaseUri, _callbacks);
        try
        {
            Func<byte[], (byte[], Action?)>? control = options.Control is { } answer ? question => answer(this, question) : null;
            _api = new ApiHost(instance, ApiKey, options, _faults, _log, _jobs, control);
        }
        catch (IOException)
        {
            _videos.Stop();
            _callbacks.Dispose();
            throw;
        }
        _videos.Start();
        _api.Start();
    }

    /// <summary>
    /// The address to connect to: http://127.0.0.1:{port}/{instance}/, with 8 random hex characters as the instance unless it was told
    /// another.
    /// </summary>
    public Uri BaseUri => _api.BaseUri;

    /// <summary>The only key that this sandbox lets in; a UUID unless it was told another.</summary>
    public string ApiKey { get; }

    /// <summary>The port of the API.</summary>
    public int Port => _api.Port;

    /// <summary>The address under which all videos lie, on another port than the API's.</summary>
    public Uri VideoBaseUri => _videos.BaseUri;

    /// <summary>Whether the sandbox answers: from its start until it is disposed of.</summary>
    public bool IsRunning => _running;

    /// <inheritdoc cref="LumaSandboxOptions.JobSeconds"/>
    /// <remarks>Applies to jobs submitted from now on.</remarks>
    public double JobSeconds
    {
        get => _options.JobSeconds;
        set => _options.JobSeconds = value;
    }

    /// <inheritdoc cref="LumaSandboxOptions.JobSecondsFor"/>
    /// <remarks>Applies to jobs submitted from now on.</remarks>
    public Func<SandboxJob, double>? JobSecondsFor
    {
        get => _options.JobSecondsFor;
        set => _options.JobSecondsFor = value;
    }

    /// <inheritdoc cref="LumaSandboxOptions.FailPercent"/>
    /// <remarks>Applies to jobs submitted from now on.</remarks>
    public int FailPercent
    {
        get => _options.FailPercent;
        set => _options.FailPercent = value;
    }

    /// <inheritdoc cref="LumaSandboxOptions.LatencyMilliseconds"/>
    /// <remarks>Applies to requests that arrive from now on.</remarks>
    public int LatencyMilliseconds
    {
        get => _options.LatencyMilliseconds;
        set => _options.LatencyMilliseconds = value;
    }

    /// <inheritdoc cref="LumaSandboxOptions.Strict"/>
    /// <remarks>Applies to requests that arrive from now on.</remarks>
    public bool Strict
    {
        get => _options.Strict;
        set => _options.Strict = value;
    }

    /// <inheritdoc cref="LumaSandboxOptions.VideoBytes"/>
    /// <remarks>Applies to jobs submitted from now on.</remarks>
    public long? VideoBytes
    {
        get => _options.VideoBytes;
        set => _options.VideoBytes = value;
    }

    /// <summary>Whether <see cref="Requests"/> and <see cref="VideoRequests"/> are kept.</summary>
    public bool RecordRequests => _options.RecordRequests;

    /// <summary>How many requests came to the API.</summary>
    public int RequestCount => _log.Count;

    /// <summary>How many requests came to the video host.</summary>
    public int VideoRequestCount => _log.VideoCount;

    /// <summary>How many requests came that ask for a job, whatever became of them.</summary>
    public int SubmitCount => _log.SubmitCount;

    /// <summary>
    /// The requests that came to the API, in the order of arrival, in which they also meet their faults; empty unless
    /// <see cref="RecordRequests"/>.
    /// </summary>
    public IReadOnlyList<SandboxRequest> Requests => _log.Snapshot(video: false);

    /// <summary>The requests that came to the video host, in the order of arrival; empty unless <see cref="RecordRequests"/>.</summary>
    public IReadOnlyList<SandboxRequest> VideoRequests => _log.Snapshot(video: true);

    /// <summary>All accepted jobs, in the order of their submits.</summary>
    public IReadOnlyList<SandboxJob> Jobs => _jobs.Snapshot();

    /// <summary>Starts a sandbox.</summary>
    /// <param name="options">Its settings, which are copied; null for the defaults.</param>
    /// <exception cref="IOException">The port cannot be opened, for instance since it is in use.</exception>
    public static LumaSandbox Start(LumaSandboxOptions? options = null) => new((options ?? new LumaSandboxOptions()).Copy());

    /// <summary>Makes the next requests to a target go wrong, each in its own way.</summary>
    /// <param name="target">The target.</param>
    /// <param name="faults">One fault for each request, in their order; added to those still to come.</param>
    public void Misbehave(SandboxTarget target, params SandboxFault[] faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        _faults.Add(target, faults);
    }

    /// <summary>Makes all requests to a target go wrong for which <see cref="Misbehave"/> has nothing.</summary>
    /// <param name="target">The target.</param>
    /// <param name="fault">The fault of each request.</param>
    public void MisbehaveAlways(SandboxTarget target, SandboxFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        _faults.SetAlways(target, fault);
    }

    /// <summary>Ends all misbehaviour that has not begun.</summary>
    public void Behave() => _faults.Clear();

    /// <summary>Ends the life of all links to videos given out so far; the next fetch of a job gives a fresh one.</summary>
    /// <param name="code">What the old links answer from now on, such as 403, 404 or 410.</param>
    public void ExpireVideoLinks(int code = 403)
    {
        foreach (SandboxJob job in _jobs.Snapshot()) job.ExpireLinks(code);
    }

    /// <summary>
    /// The first request that matches, among those recorded and those still to come, to either host. Every request is
    /// shown once, when all of it has come, before it is processed.
    /// </summary>
    /// <param name="match">Tells whether it is the one; has to be quick and must not use the sandbox.</param>
    /// <param name="cancellationToken">Gives up. The sandbox's end gives up, too.</param>
    public Task<SandboxRequest> WaitForRequestAsync(Func<SandboxRequest, bool> match, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(match);
        return _log.WaitAsync(match, cancellationToken);
    }

    /// <summary>The current link to a job's video; null if the job fails.</summary>
    /// <param name="jobId">The job.</param>
    /// <exception cref="ArgumentException">There is no such job.</exception>
    public string? VideoUrlFor(string jobId) => Job(jobId).VideoUrl;

    /// <summary>The video that a job's link leads to now, to compare it with a saved one.</summary>
    /// <param name="jobId">The job.</param>
    /// <exception cref="ArgumentException">There is no such job.</exception>
    public Stream OpenVideo(string jobId) => Job(jobId).OpenVideo();

    /// <summary>The video that a job's link leads to now, in memory.</summary>
    /// <param name="jobId">The job.</param>
    /// <exception cref="ArgumentException">There is no such job.</exception>
    public byte[] GetVideoBytes(string jobId)
    {
        using Stream video = OpenVideo(jobId);
        byte[] bytes = new byte[video.Length];
        video.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Stops the sandbox and closes all connections; does not wait for what was in progress.</summary>
    public void Dispose()
    {
        if (!_running) return;
        _running = false;
        _api.Stop();
        _videos.Stop();
        _log.Stop();
        _callbacks.Dispose();
    }

    /// <summary>Stops the sandbox and closes all connections, and waits until nothing runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        await _api.DisposeAsync();
        await _videos.DisposeAsync();
    }

    private SandboxJob Job(string jobId) =>
        _jobs.Find(jobId) ?? throw new ArgumentException($"The sandbox has no job {jobId}.", nameof(jobId));
}
