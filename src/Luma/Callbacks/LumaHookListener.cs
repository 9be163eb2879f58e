using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Luma;

/// <summary>
/// Hears the service's callbacks on this machine. Its address has a token that cannot be guessed; a callback is a hint
/// that makes somebody ask the service, and nothing else.
/// </summary>
public sealed class LumaHookListener : IDisposable
{
    private const int MostRemembered = 20_000;
    private static readonly TimeSpan _longestRequest = TimeSpan.FromSeconds(10);
    private static readonly List<LumaHookListener> _running = [];

    private readonly object _lock = new();
    private readonly HookReceiver _receiver;
    private readonly byte[] _token = Encoding.ASCII.GetBytes(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
    private readonly HashSet<string> _heard = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<string> _heardInOrder = new();
    private readonly List<Action<string>> _waiting = [];
    private readonly List<Action> _watching = [];
    private readonly Func<string, string, Task>? _named;
    private int _count;

    private LumaHookListener(int port, Uri? publicUrl, Func<string, string, Task>? named, TimeSpan longestRequest)
    {
        _named = named;
        _receiver = new HookReceiver(port, path => TryRead(path, out _), Received, longestRequest);
        PublicUrl = publicUrl?.OriginalString;
        string address = PublicUrl ?? $"http://127.0.0.1:{_receiver.Port}";
        HookUrl = $"{address.TrimEnd('/')}/{Encoding.ASCII.GetString(_token)}";
    }

    /// <summary>
    /// The address to use as <c>hookUrl</c>. Keep it to yourself: whoever knows it can make this machine ask the service.
    /// </summary>
    public string HookUrl { get; }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port => _receiver.Port;

    /// <summary>What a reverse proxy or tunnel forwards to the port; null where there is none.</summary>
    public string? PublicUrl { get; }

    /// <summary>Whether it is listening.</summary>
    public bool IsRunning
    {
        get { lock (_running) return _running.Contains(this); }
    }

    /// <summary>How many callbacks have come to its address and were readable.</summary>
    public int CallbackCount => Volatile.Read(ref _count);

    /// <summary>Starts one.</summary>
    /// <param name="port">The port on 127.0.0.1; 0: a free one.</param>
    /// <param name="publicUrl">What a reverse proxy or tunnel forwards to it.</param>
    /// <param name="named">Called with a record's id and the jobId of a callback that names both.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaNetworkError"/> when the port cannot be opened.</exception>
    public static LumaHookListener Start(int port = 0, Uri? publicUrl = null, Func<string, string, Task>? named = null) =>
        Start(port, publicUrl, named, _longestRequest);

    /// <summary>All that are running in this process.</summary>
    public static IReadOnlyList<LumaHookListener> Running()
    {
        lock (_running) return [.. _running];
    }

    /// <inheritdoc cref="Start(int, Uri?, Func{string, string, Task}?)"/>
    /// <param name="port">The port on 127.0.0.1; 0: a free one.</param>
    /// <param name="publicUrl">What a reverse proxy or tunnel forwards to it.</param>
    /// <param name="named">Called with a record's id and the jobId of a callback that names both.</param>
    /// <param name="longestRequest">How long a connection may take.</param>
    internal static LumaHookListener Start(int port, Uri? publicUrl, Func<string, string, Task>? named, TimeSpan longestRequest)
    {
        try
        {
            var listener = new LumaHookListener(port, publicUrl, named, longestRequest);
            lock (_running) _running.Add(listener);
            return listener;
        }
        catch (SocketException exception)
        {
            throw new LumaException(
                LumaErrorId.LumaNetworkError, $"Port {port} on 127.0.0.1 cannot be listened on: {ErrorText.Reason(exception)}", exception)
            {
                RecommendedAction = "Omit -Port to use a free one.",
            };
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        lock (_running) _running.Remove(this);
        _receiver.Dispose();
        Action[] watching;
        lock (_lock)
        {
            watching = [.. _watching];
            _watching.Clear();
        }

        foreach (Action stopped in watching) stopped();
    }

    /// <summary>The address, so that it can be given as <c>-HookUrl</c>.</summary>
    public override string ToString() => HookUrl;

    /// <summary>
    /// The address for one submit, where the one given is a listener's of this process: its callback then names the record
    /// even if the submit's answer, and with it the jobId, was lost.
    /// </summary>
    internal static string? AddressFor(string? hookUrl, string id) =>
        hookUrl is not null && Running().Any(listener => listener.HookUrl == hookUrl) ? $"{hookUrl}/{id}" : hookUrl;

    /// <summary>Whether the callback of a job comes here.</summary>
    internal bool IsFor(LumaJob job) => job.HookUrl?.StartsWith(HookUrl, StringComparison.Ordinal) == true;

    /// <summary>Whether a callback for a job has come already.</summary>
    internal bool HasHeardOf(string jobId)
    {
        lock (_lock) return _heard.Contains(jobId);
    }

    /// <summary>Calls for each jobId of a callback from now on, and once when it stops listening, on any thread, until disposed.</summary>
    internal IDisposable Listen(Action<string> heard, Action? stopped = null)
    {
        lock (_lock)
        {
            _waiting.Add(heard);
            if (stopped is not null) _watching.Add(stopped);
        }

        return new Listening(() =>
        {
            lock (_lock)
            {
                _waiting.Remove(heard);
                if (stopped is not null) _watching.Remove(stopped);
            }
        });
    }

    // The path ends with the token, or with the token and a record's id; a proxy may have put something before it.
    private bool TryRead(string path, out string? id)
    {
        string[] parts = path.Split('?')[0].Split('/');
        id = null;
        if (IsToken(parts[^1])) return true;
        if (parts.Length < 2 || !IsToken(parts[^2])) return false;
        id = parts[^1];
        return true;
    }

    private bool IsToken(string text) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), _token);

    private void Received(string path, byte[] body)
    {
        LumaJob hint;
        try
        {
            hint = HookMessage.Read(body);
        }
        catch (LumaException)
        {
            return; // It has its answer; there is nobody to tell.
        }

        Action<string>[] waiting;
        lock (_lock)
        {
            _count++;
            if (_heard.Add(hint.JobId!)) _heardInOrder.Enqueue(hint.JobId!);
            while (_heard.Count > MostRemembered) _heard.Remove(_heardInOrder.Dequeue());
            waiting = [.. _waiting];
        }

        foreach (Action<string> heard in waiting) heard(hint.JobId!);
        if (TryRead(path, out string? id) && id is not null && _named is not null) _ = SettleAsync(_named, id, hint.JobId!);
    }

    private static async Task SettleAsync(Func<string, string, Task> named, string id, string jobId)
    {
        try
        {
            await named(id, jobId);
        }
        catch (LumaException)
        {
            // The record stays unconfirmed, and its error has said so.
        }
    }

    private sealed class Listening(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
