using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Luma.Tests.Support;

/// <summary>A waiter on a lab's jobs, by a clock that the test moves.</summary>
internal sealed class Waiting : IAsyncDisposable
{
    private readonly JobWaiter _waiter;
    private readonly bool _hasTimeout;
    private readonly ConcurrentQueue<JobWaitResult> _ends = [];
    private readonly Channel<JobWaitResult> _new = Channel.CreateUnbounded<JobWaitResult>();

    public Waiting(
        TimeSpan? timeout = null, TimeSpan? interval = null, double jobSeconds = 0, Func<SandboxJob, double>? secondsFor = null,
        int requestsPerSecond = 20, LumaHookListener? listener = null)
    {
        TestService = new TestService(retries: 5, Time, jobSeconds: jobSeconds, secondsFor: secondsFor);
        Start = Time.GetUtcNow();
        _hasTimeout = timeout is not null;
        _waiter = new JobWaiter(new JobWaiterOptions { Timeout = timeout, PollingInterval = interval, RequestsPerSecond = requestsPerSecond,
            HookListener = listener, Warning = Warnings.Enqueue, Time = Time }, end =>
        {
            _ends.Enqueue(end);
            _new.Writer.TryWrite(end);
        });
    }

    public ManualTimeProvider Time { get; } = new();

    public TestService TestService { get; }

    public LumaSandbox Sandbox => TestService.Sandbox;

    public JobWaiter Waiter => _waiter;

    public DateTimeOffset Start { get; }

    /// <summary>What the user was told.</summary>
    public ConcurrentQueue<string> Warnings { get; } = [];

    public JobWaitResult[] Ends => [.. _ends];

    public TimeSpan Passed => Time.GetUtcNow() - Start;

    /// <summary>How often jobs were polled.</summary>
    public SandboxRequest[] Fetches => [.. Sandbox.Requests.Where(request => request.Target == SandboxTarget.Fetch)];

    /// <summary>Submits a job, and waits for it as if it were so old.</summary>
    public async Task<LumaJob> AddAsync(TimeSpan age = default, string? mode = null, string? hookUrl = null)
    {
        LumaJob job = await TestService.Client.SubmitAsync(new GenerationRequest { Prompt = "a red car", Mode = mode, HookUrl = hookUrl });
        job = job with { SubmittedAt = (Time.GetUtcNow() - age).LocalDateTime };
        _waiter.Add(job, TestService.Client);
        return job;
    }

    /// <summary>The next that ends while no time passes.</summary>
    public Task<JobWaitResult> EndAsync() => _new.Reader.ReadAsync().AsTask().WaitAsync(TestService.Patience);

    /// <summary>Lets time pass until so many waits have ended.</summary>
    /// <param name="ends">How many.</param>
    /// <param name="step">How fast time passes while several jobs are waited for, in seconds.</param>
    /// <returns>All that have ended so far.</returns>
    public async Task<JobWaitResult[]> RunAsync(int ends = 1, double step = 0.25)
    {
        async Task AllAsync()
        {
            for (int i = 0; i < ends; i++) await _new.Reader.ReadAsync();
        }

        // With one job there is one timer while the waiter sleeps, and none while it asks.
        if (_waiter.Watching == 1 && !_hasTimeout) await Time.SkipAsync(AllAsync());
        else await TestService.RunAsync(Time, AllAsync(), TimeSpan.FromSeconds(step));
        return Ends;
    }

    public ValueTask DisposeAsync()
    {
        _waiter.Dispose();
        return TestService.DisposeAsync();
    }
}
