using System.Diagnostics;
using Luma;

namespace LumaPS.Connections;

/// <summary>The connection of the process, seen by every runspace in it.</summary>
internal static class ProcessConnection
{
    /// <summary>What the environment's key is called in an error about it.</summary>
    public const string KeyVariable = "The environment variable TTAPI_KEY";

    // A Connect-Luma that runs in another runspace is waited for so long: it sends nothing, but what comes before it in its
    // pipeline may take a while, as a sandbox that starts does.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    private static readonly object _lock = new();
    private static readonly Dictionary<object, int> _connecting = [];
    private static State _state = State.Environment;
    private static readonly Dictionary<string, LumaConnection> _named = new(StringComparer.OrdinalIgnoreCase);
    private static LumaConnection? _connection;
    private static int _warnedOfProxy;
    private static (string Key, string? Address)? _environment;

    private enum State
    {
        /// <summary>Nobody has connected: the environment decides.</summary>
        Environment,

        /// <summary>Connect-Luma began and has not succeeded: nothing may be sent, least of all with the environment's key.</summary>
        Broken,

        /// <summary>Connect-Luma has succeeded.</summary>
        Connected,
    }

    /// <summary>The connection, if there is one now; null rather than an error where there is none.</summary>
    public static LumaConnection? Current
    {
        get
        {
            lock (_lock)
            {
                return _state switch
                {
                    State.Connected => _connection,
                    State.Environment when !string.IsNullOrWhiteSpace(KeyOfEnvironment) => OfEnvironment(),
                    _ => null,
                };
            }
        }
    }

    /// <summary>
    /// What is to be told of the environment's proxies before the first request over a connection that nobody has made with Connect-Luma,
    /// which tells it itself; once.
    /// </summary>
    public static string? TakeProxyWarning()
    {
        lock (_lock) if (_state != State.Environment) return null;
        return ProxyAddress.WarningOfEnvironment() is { } warning && Interlocked.Exchange(ref _warnedOfProxy, 1) == 0 ? warning : null;
    }

    /// <summary>The key of the environment, without the line end that it has in files and in some secret stores.</summary>
    public static string? KeyOfEnvironment => Environment.GetEnvironmentVariable("TTAPI_KEY")?.Trim();

    /// <summary>All that have a name, and the one in use, which comes first.</summary>
    public static IReadOnlyList<LumaConnection> All
    {
        get
        {
            lock (_lock)
            {
                IEnumerable<LumaConnection> named = _named.Values.OrderBy(connection => connection.Name, StringComparer.OrdinalIgnoreCase);
                return [.. Current is { } current ? named.Prepend(current).Distinct() : named];
            }
        }
    }

    private static string? AddressOfEnvironment => Environment.GetEnvironmentVariable("TTAPI_BASE_URI") is { Length: > 0 } address
        ? address : null;

    /// <summary>Whether the last Connect-Luma did not succeed, so that nothing may be sent.</summary>
    public static bool IsBroken
    {
        get { lock (_lock) return IsBrokenForGood(); }
    }

    /// <summary>The connection to send over.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaKeyMissing"/> where there is none.</exception>
    public static LumaConnection Required()
    {
        lock (_lock)
        {
            if (!IsBrokenForGood()) return Current ?? OfEnvironment();
            throw new LumaException(
                LumaErrorId.LumaKeyMissing, "There is no connection: the last Connect-Luma did not succeed. Nothing was sent.")
            {
                RecommendedAction = "Run Connect-Luma again, or Disconnect-Luma to use the environment's key (TTAPI_KEY).",
            };
        }
    }

    /// <summary>
    /// A connection without a key to the address of the environment: to find out whether it can be reached, or to look at links.
    /// </summary>
    /// <exception cref="LumaException">The address cannot be used.</exception>
    public static LumaConnection Keyless() =>
        Create(new LumaConnectionOptions { ApiKey = "", IsKeyless = true, BaseUri = DefaultAddress() });

    /// <summary>A job's own connection; none while the last Connect-Luma has not succeeded, when nothing may be sent over any.</summary>
    public static LumaConnection? UnlessBroken(LumaConnection? connection)
    {
        lock (_lock) return IsBrokenForGood() ? null : connection;
    }

    /// <summary>Forgets the old connection, before anything that can go wrong with the new one does.</summary>
    /// <param name="by">The cmdlet that is about to connect again, and says <see cref="End"/>; null: nobody.</param>
    public static void Break(object? by = null)
    {
        lock (_lock)
        {
            if (by is not null) _connecting[by] = Environment.CurrentManagedThreadId;
            Set(State.Broken, null);
        }
    }

    /// <summary>The cmdlet has ended, whether it has connected or not.</summary>
    public static void End(object by)
    {
        lock (_lock)
        {
            _connecting.Remove(by);
            Monitor.PulseAll(_lock);
        }
    }

    public static void Connect(LumaConnection connection) => Set(State.Connected, connection);

    public static void Disconnect() => Set(State.Environment, null);

    /// <summary>Keeps a connection under its name, if it has one; it takes the place of an earlier one.</summary>
    public static void Remember(LumaConnection connection)
    {
        if (connection.Name is not { } name) return;
        lock (_lock) _named[name] = connection;
    }

    /// <summary>Forgets a connection of that name.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Forget(string name)
    {
        lock (_lock)
        {
            if (!_named.Remove(name, out LumaConnection? connection)) return false;
            if (_connection == connection) Set(State.Environment, null);
            return true;
        }
    }

    /// <summary>The connection of a name; null: there is none.</summary>
    public static LumaConnection? Named(string name)
    {
        lock (_lock) return _named.GetValueOrDefault(name);
    }

    /// <summary>Makes a connection with the outbound HTTP pipeline of Luma.Http, which is loaded with the first request.</summary>
    public static LumaConnection Create(LumaConnectionOptions options) =>
        new(options, (handler, retries) => Luma.Http.HttpPipeline.Create(handler, retries));

    /// <summary>The address of the environment, else the service's.</summary>
    public static Uri DefaultAddress() =>
        AddressOfEnvironment is { } address ? ParseAddress(address, "The environment variable TTAPI_BASE_URI") : LumaDefaults.BaseUri;

    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/></exception>
    public static Uri ParseAddress(string text, string source) =>
        Check.TryLink(text)
            ?? throw new LumaException(LumaErrorId.LumaInvalidValue,
                $"{source} '{text}' is not an address. It must look like {LumaDefaults.BaseUri}. Nothing was sent.");

    private static void Set(State state, LumaConnection? connection)
    {
        lock (_lock)
        {
            _state = state;
            _connection = connection;
            _environment = null;
            Monitor.PulseAll(_lock);
        }
    }

    // Another runspace may just be connecting again: that is waited for, so that whoever starts meanwhile does not fail.
    private static bool IsBrokenForGood()
    {
        long start = Stopwatch.GetTimestamp();
        while (_state == State.Broken && _connecting.Values.Any(thread => thread != Environment.CurrentManagedThreadId))
        {
            TimeSpan left = _patience - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || !Monitor.Wait(_lock, left)) break;
        }

        return _state == State.Broken;
    }

    private static LumaConnection OfEnvironment()
    {
        // Kept as long as the environment says the same, so that its connections are used again.
        (string Key, string? Address) now = (KeyOfEnvironment ?? "", AddressOfEnvironment);
        if (_connection is not null && _environment == now) return _connection;
        _connection = Create(new LumaConnectionOptions { ApiKey = now.Key, ApiKeySource = KeyVariable, BaseUri = DefaultAddress() });
        _environment = now;
        return _connection;
    }
}
