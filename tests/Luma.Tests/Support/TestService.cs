using System.Collections.Concurrent;
using System.Text.Json;
using Luma.Http;

namespace Luma.Tests.Support;

/// <summary>A sandbox, and the libraries connected to it as the module connects them, for one test.</summary>
internal sealed class TestService : IAsyncDisposable
{
    /// <summary>How long a test waits for what has to happen before it fails; no test waits that long for what does happen.</summary>
    public static readonly TimeSpan Patience =
        TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("LUMAPS_TEST_MINUTES") is null ? 30 : 120);

    public const string Key = "0d6f5a11-9f57-4a41-b9c1-27c5d3b2a7e9";

    private int _underWay;
    private int _answers;

    public TestService(
        int retries = 0,
        TimeProvider? time = null,
        TimeSpan? timeout = null,
        double jobSeconds = 0,
        Func<SandboxJob, double>? secondsFor = null,
        long? videoBytes = null)
    {
        Sandbox = LumaSandbox.Start(new LumaSandboxOptions
        {
            RecordRequests = true,
            JobSeconds = jobSeconds,
            JobSecondsFor = secondsFor,
            VideoBytes = videoBytes,
            TimeProvider = time ?? TimeProvider.System,
        });
        Connection = Connect(Sandbox.BaseUri, Sandbox.ApiKey, retries, time, timeout);
        Client = new LumaClient(Connection, Traces.Enqueue);
    }

    public LumaSandbox Sandbox { get; }

    public LumaConnection Connection { get; }

    public LumaClient Client { get; }

    public ConcurrentQueue<RequestTrace> Traces { get; } = [];

    /// <summary>What holds a request up before it is sent; null: nothing.</summary>
    public Func<CancellationToken, Task>? BeforeSending { get; set; }

    /// <summary>What becomes of an answer on its way to the pipeline; null: nothing.</summary>
    public Action<HttpResponseMessage>? Answered { get; set; }

    /// <summary>Whether a request is between the pipeline and the network.</summary>
    public bool IsBusy => Volatile.Read(ref _underWay) > 0;

    /// <summary>How many requests have come to an end.</summary>
    public int Answers => Volatile.Read(ref _answers);

    public static GenerationRequest Car => new() { Prompt = "a red car driving on a road" };

    public static ExtensionRequest Left(string jobId) => new() { JobId = jobId, Prompt = "it turns left" };

    public LumaConnection Connect(Uri address, string key = Key, int retries = 0, TimeProvider? time = null, TimeSpan? timeout = null,
        TimeSpan? connectTimeout = null) => new(
        new LumaConnectionOptions
        {
            ApiKey = key,
            BaseUri = address,
            MaximumRetryCount = retries,
            Timeout = timeout ?? Patience,
            ConnectTimeout = connectTimeout ?? Patience,
            Time = time ?? TimeProvider.System,
        },
        (primary, maximumRetryCount) => HttpPipeline.Create(name => new UnderWay(this, primary(name)), maximumRetryCount));

    /// <summary>Makes the sandbox accept a job, and gives it as a submit does.</summary>
    public Task<LumaJob> SubmitAsync() => Client.SubmitAsync(Car).WaitAsync(Patience);

    /// <summary>A job that is done, with its link.</summary>
    public async Task<LumaJob> DoneJobAsync() => await Client.FetchAsync(await SubmitAsync());

    /// <summary>The last submit as the server got it.</summary>
    public JsonElement LastBody() => JsonDocument.Parse(Sandbox.Requests[^1].Body).RootElement;

    /// <summary>How a call fails.</summary>
    public static async Task<LumaException> FailureAsync(Task call)
    {
        LumaException failure = await Assert.ThrowsAsync<LumaException>(() => call.WaitAsync(Patience));
        Assert.False(string.IsNullOrWhiteSpace(failure.Message));
        return failure;
    }

    /// <summary>
    /// Advances a clock in steps until something has happened, where several things happen at a time. The clock stands still while
    /// requests are in flight and a moment longer, for what is done with their answers.
    /// </summary>
    public async Task RunAsync(ManualTimeProvider time, Task until, TimeSpan step)
    {
        using var patience = new CancellationTokenSource(Patience);
        int seen = 0;
        while (!until.IsCompleted)
        {
            if (Answers != seen || IsBusy)
            {
                seen = Answers;
                await Task.Delay(10, patience.Token);
                continue;
            }

            time.Advance(step);
            await Task.Delay(1, patience.Token);
        }

        await until;
    }

    public ValueTask DisposeAsync() => Sandbox.DisposeAsync();

    private sealed class UnderWay(TestService lab, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref lab._underWay);
            try
            {
                if (lab.BeforeSending is { } hold) await hold(cancellationToken);
                HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
                lab.Answered?.Invoke(response);
                return response;
            }
            finally
            {
                Interlocked.Increment(ref lab._answers);
                Interlocked.Decrement(ref lab._underWay);
            }
        }
    }
}
