using System.Text;
using Luma.Sandbox.Http;

namespace Luma.Sandbox;

/// <summary>What both hosts of a sandbox do with a request: fault, record, answer, wait.</summary>
internal abstract class SandboxHost : IAsyncDisposable
{
    private readonly LumaSandboxOptions _options;
    private readonly string _instance;
    private readonly FaultPlan _faults;
    private readonly RequestLog _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpServer _server;

    /// <summary>Opens the port of a host.</summary>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <param name="instance">The first segment of the sandbox's own paths.</param>
    /// <param name="options">The sandbox's settings.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="log">What arrived.</param>
    protected SandboxHost(int port, string instance, LumaSandboxOptions options, FaultPlan faults, RequestLog log)
    {
        _options = options;
        _instance = "/" + instance;
        _faults = faults;
        _log = log;
        _server = new HttpServer(port, HandleAsync, options.TimeProvider);
        BaseUri = new Uri($"http://127.0.0.1:{_server.Port}/{instance}/");
    }

    /// <summary>The address of the host, with the sandbox's instance.</summary>
    public Uri BaseUri { get; }

    /// <summary>The port.</summary>
    public int Port => _server.Port;

    /// <summary>Begins to answer.</summary>
    public void Start() => _server.Start();

    /// <summary>Closes the port and all connections; does not wait for them.</summary>
    public void Stop()
    {
        if (!_stop.IsCancellationRequested) _stop.Cancel();
        _server.Stop();
    }

    /// <summary>Closes the port and all connections, and waits until nothing runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>What a path is.</summary>
    protected abstract SandboxTarget? TargetOf(string path);

    /// <summary>Answers a request.</summary>
    /// <param name="target">What its path is.</param>
    /// <param name="path">The path without the instance.</param>
    /// <param name="head">The rest of its head.</param>
    /// <param name="body">Its body.</param>
    /// <param name="effects">What goes wrong.</param>
    protected abstract HttpReply Answer(SandboxTarget? target, string path, HttpRequest head, byte[] body, FaultEffects effects);

    /// <summary>Whether a request is for the sandbox itself: it is none of the service, meets no fault and is not counted.</summary>
    /// <param name="path">The path without the instance.</param>
    /// <param name="head">The rest of its head.</param>
    protected virtual bool IsControl(string path, HttpRequest head) => false;

    /// <summary>Answers such a request.</summary>
    /// <param name="body">Its body.</param>
    protected virtual HttpReply Control(byte[] body) => throw new NotSupportedException();

    private async ValueTask<HttpReply> HandleAsync(HttpExchange exchange)
    {
        string path = exchange.Head.Path;
        if (path.StartsWith(_instance + "/", StringComparison.Ordinal)) path = path[_instance.Length..];
        if (IsControl(path, exchange.Head)) return Control(await exchange.ReadBodyAsync());
        SandboxTarget? target = TargetOf(path);
        FaultEffects effects = _faults.Take(target, out long arrival);

        byte[] body = effects.LeaveBody ? [] : await exchange.ReadBodyAsync();
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        _log.Add(target, arrival, () => new SandboxRequest(exchange, target, path, Encoding.UTF8.GetString(body), now));

        HttpReply reply = effects.Instead?.Invoke() ?? AnswerSafely(target, path, exchange.Head, body, effects);
        effects.OnReply?.Invoke(reply);
        if (_options.LatencyMilliseconds is > 0 and int latency)
            await Task.Delay(TimeSpan.FromMilliseconds(latency), _options.TimeProvider, _stop.Token);
        foreach (Func<TimeProvider, CancellationToken, Task> hold in effects.Holds) await hold(_options.TimeProvider, _stop.Token);
        return reply;
    }

    private HttpReply AnswerSafely(SandboxTarget? target, string path, HttpRequest head, byte[] body, FaultEffects effects)
    {
        try
        {
            return Answer(target, path, head, body, effects);
        }
        catch (Exception exception)
        {
            // A mistake in what the sandbox was given, such as the function that says how long a job takes.
            return HttpReply.Bytes(500, ApiHost.Json, ServiceJson.Refused(500, $"The sandbox failed: {exception.Message}"));
        }
    }
}
