using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using Luma.Sandbox.Http;

namespace Luma.Sandbox;

/// <summary>
/// A sandbox in a process of its own, as it was when it was last asked. Other processes can use it, and it outlives the one that started
/// it.
/// </summary>
public sealed class LumaSandboxProcess
{
    private static readonly TimeSpan _startPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _answerPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _endPatience = TimeSpan.FromSeconds(10);

    // No proxy reaches this machine.
    private static readonly HttpClient _client = new(
        new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1) }) { Timeout = _answerPatience };

    private SandboxState _state;

    private LumaSandboxProcess(Uri baseUri, string apiKey, SandboxState state)
    {
        BaseUri = baseUri;
        ApiKey = apiKey;
        _state = state;
    }

    /// <summary>The address to connect to, the same after each start.</summary>
    public Uri BaseUri { get; }

    /// <summary>The only key that it lets in, the same after each start. It is made up and opens nothing else.</summary>
    public string ApiKey { get; }

    /// <summary>The port of the API on 127.0.0.1.</summary>
    public int Port => BaseUri.Port;

    /// <summary>The id of its process.</summary>
    public int ProcessId => _state.ProcessId;

    /// <summary>When it began, in local time.</summary>
    public DateTime StartedAt => _state.StartedAt.ToLocalTime();

    /// <inheritdoc cref="LumaSandboxOptions.JobSeconds"/>
    public double JobSeconds => _state.JobSeconds;

    /// <inheritdoc cref="LumaSandboxOptions.FailPercent"/>
    public int FailPercent => _state.FailPercent;

    /// <inheritdoc cref="LumaSandboxOptions.LatencyMilliseconds"/>
    public int LatencyMilliseconds => _state.LatencyMilliseconds;

    /// <inheritdoc cref="LumaSandboxOptions.Strict"/>
    public bool Strict => _state.Strict;

    /// <inheritdoc cref="LumaSandbox.SubmitCount"/>
    public int SubmitCount => _state.SubmitCount;

    /// <summary>Whether its process lives.</summary>
    public bool IsRunning
    {
        get
        {
            using Process? process = Find(ProcessId);
            return process is { HasExited: false };
        }
    }

    /// <summary>Ends the life of all links to videos given out so far; the next fetch of a job gives a fresh one.</summary>
    /// <param name="code">What the old links answer from now on, such as 403, 404 or 410.</param>
    /// <exception cref="IOException">It does not answer.</exception>
    public void ExpireVideoLinks(int code = 403) =>
        ChangeAsync(new SandboxSettings { ExpireVideoLinks = code }, default).GetAwaiter().GetResult();

    /// <summary>The address of a sandbox.</summary>
    internal static Uri AddressOf(int port, string instance) => new($"http://127.0.0.1:{port}/{instance}/");

    /// <summary>The sandbox that answers at an address with a key.</summary>
    /// <param name="baseUri">The address.</param>
    /// <param name="apiKey">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The sandbox; null: there is nobody, or somebody else.</returns>
    internal static async Task<LumaSandboxProcess?> FindAsync(Uri baseUri, string apiKey, CancellationToken cancellationToken)
    {
        try
        {
            return new LumaSandboxProcess(baseUri, apiKey, await AskAsync(baseUri, apiKey, null, cancellationToken));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Starts a process and in it a sandbox, and returns once that answers.</summary>
    /// <param name="start">Makes the process run <see cref="SandboxHostProcess.Run"/> with the name of a pipe.</param>
    /// <param name="settings">Its port, instance, key and the rest.</param>
    /// <param name="cancellationToken">Gives up, and ends the process.</param>
    /// <exception cref="IOException">It did not start.</exception>
    internal static async Task<LumaSandboxProcess> StartAsync(
        Func<string, ProcessStartInfo> start, SandboxSettings settings, CancellationToken cancellationToken)
    {
        CheckPort(settings.Port!.Value);
        string pipe = $"LumaPS-{Guid.NewGuid():n}";
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(_startPatience);
        await using var channel = new NamedPipeServerStream(
            pipe, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        using Process process = Begin(start(pipe));
        bool isReady = false;
        try
        {
            await TellAsync(channel, process, settings, over.Token);
            isReady = true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"its process did not get ready within {_startPatience.TotalSeconds:0} s.");
        }
        finally
        {
            await over.CancelAsync();
            if (!isReady) End(process);
        }

        Uri address = AddressOf(settings.Port.Value, settings.Instance!);
        return await FindAsync(address, settings.ApiKey!, cancellationToken)
            ?? throw new IOException($"it started but does not respond at {address}.");
    }

    /// <summary>Changes what the settings name, and asks it how it is.</summary>
    /// <exception cref="IOException">It does not answer.</exception>
    internal async Task ChangeAsync(SandboxSettings settings, CancellationToken cancellationToken) =>
        _state = await AskAsync(BaseUri, ApiKey, settings, cancellationToken);

    /// <summary>Stops it, and returns once its process has ended.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            // It may have been started again since it was last asked: the process that says that it stops is the one to wait for.
            _state = await AskAsync(BaseUri, ApiKey, new SandboxSettings { Stop = true }, cancellationToken);
        }
        catch (IOException)
        {
            return; // It has stopped, or somebody else stops it: nobody answers there with its key.
        }

        using Process? process = Find(ProcessId);
        if (process is null) return;
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(_endPatience, cancellationToken);
        }
        catch (TimeoutException)
        {
            End(process);
        }
    }

    private static async Task TellAsync(
        NamedPipeServerStream channel, Process process, SandboxSettings settings, CancellationToken cancellationToken)
    {
        Task ended = process.WaitForExitAsync(cancellationToken), connected = channel.WaitForConnectionAsync(cancellationToken);
        if (await Task.WhenAny(connected, ended) == ended)
        {
            await ended;
            throw new IOException($"its process ended immediately, with exit code {process.ExitCode}.");
        }

        await connected;
        await channel.WriteAsync(Encoding.UTF8.GetBytes(SandboxJson.Write(settings) + "\n"), cancellationToken);
        using var reader = new StreamReader(channel, Encoding.UTF8, leaveOpen: true);
        string? answer = await reader.ReadLineAsync(cancellationToken);
        if (answer != SandboxHostProcess.Ready) throw new IOException(answer ?? "its process ended before it was ready.");
    }

    // Sooner than the process would find out.
    private static void CheckPort(int port)
    {
        var listener = new HttpServer(port, _ => throw new NotSupportedException(), TimeProvider.System);
        listener.Stop();
    }

    private static Process Begin(ProcessStartInfo start)
    {
        try
        {
            Process process = Process.Start(start) ?? throw new IOException("its process did not start.");
            if (!start.RedirectStandardOutput) return process;

            // What it inherits it would keep open for as long as it runs, and whoever reads from this process would wait for that.
            process.StandardInput.Close();
            process.StandardOutput.Close();
            process.StandardError.Close();
            return process;
        }
        catch (Win32Exception exception)
        {
            throw new IOException($"{start.FileName} cannot be run: {exception.Message}", exception);
        }
    }

    private static async Task<SandboxState> AskAsync(
        Uri baseUri, string apiKey, SandboxSettings? settings, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(
                settings is null ? HttpMethod.Get : HttpMethod.Post, new Uri(baseUri, SandboxControl.Path.TrimStart('/')));
            request.Headers.TryAddWithoutValidation("TT-API-KEY", apiKey);
            if (settings is not null) request.Content = new StringContent(SandboxJson.Write(settings), Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return JsonSerializer.Deserialize(body, SandboxJson.Default.SandboxState) ?? throw new JsonException("There is no state.");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new IOException($"The sandbox at {baseUri} does not respond: {exception.Message}", exception);
        }
    }

    private static Process? Find(int processId)
    {
        try
        {
            return Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            return null; // There is none.
        }
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
