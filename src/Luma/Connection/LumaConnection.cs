using System.Net;

namespace Luma;

/// <summary>A connection to the service: address, key (which it never shows) and HTTP clients.</summary>
/// <remarks>It is shared by everything that runs over it, on any thread. Its clients are made when the first request is near.</remarks>
public sealed class LumaConnection
{
    private readonly LumaConnectionOptions _options;
    private readonly Lazy<Func<string, HttpClient>> _clients;
    private readonly SecretTexts _secrets;
    private int _isPreparing;

    /// <summary>Makes a connection; nothing is sent.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaKeyMissing"/>, <see cref="LumaErrorId.LumaInsecureEndpoint"/> or
    /// <see cref="LumaErrorId.LumaInvalidValue"/>.</exception>
    public LumaConnection(LumaConnectionOptions options, HttpClientFactory httpClientFactory)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckAddress(options.BaseUri);
        if (!options.IsKeyless) CheckKey(options);
        _options = options;
        _secrets = new SecretTexts(
            [options.ApiKey, (options.ProxyCredential as NetworkCredential)?.Password, .. ProxyAddress.SecretsOfEnvironment()]);
        BaseUri = options.BaseUri.AbsoluteUri.EndsWith('/') ? options.BaseUri : new Uri(options.BaseUri.AbsoluteUri + "/");
        Service = ServiceOf(BaseUri);
        SubmitGate = new SubmitGate(options.Time);
        _clients = new Lazy<Func<string, HttpClient>>(() => httpClientFactory(CreateHandler, options.MaximumRetryCount));
    }

    /// <summary>The name it was given, for <c>-Connection</c>; null: none.</summary>
    public string? Name => _options.Name;

    /// <summary>The service's address.</summary>
    public Uri BaseUri { get; }

    /// <summary>The service behind the address: <c>api.ttapi.io</c> and <c>api.ttapi.org</c> are one, any other is its own.</summary>
    public string Service { get; }

    /// <summary>How long one request may take, in seconds.</summary>
    public double TimeoutSec => _options.Timeout.TotalSeconds;

    /// <summary>How often a request that cannot cost anything is repeated.</summary>
    public int MaximumRetryCount => _options.MaximumRetryCount;

    /// <summary>The proxy that was given; null: the system's.</summary>
    public Uri? Proxy => _options.Proxy;

    /// <summary>Whether the service is reached without a proxy. Other hosts on this machine always are, unless a proxy was given.</summary>
    public bool NoProxy => _options.NoProxy || (BaseUri.IsLoopback && Proxy is null);

    /// <summary>The proxy that requests to the service go through, without user and password; null: none.</summary>
    internal Uri? ProxyInUse
    {
        get
        {
            if (_options.NoProxy) return null;
            Uri? proxy = Proxy ?? new LoopbackBypass(HttpClient.DefaultProxy).GetProxy(BaseUri);
            return proxy is null || proxy == BaseUri
                ? null : new Uri(proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped));
        }
    }

    internal string ApiKey => _options.ApiKey;

    internal TimeProvider Time => _options.Time;

    internal SubmitGate SubmitGate { get; }

    internal HttpClient ServiceClient => _clients.Value(HttpClientNames.Service);

    internal HttpClient VideoClient => _clients.Value(HttpClientNames.Video);

    /// <summary>
    /// Makes the clients beside what the caller does meanwhile: a request is near, and the first one of a process takes a while to get
    /// ready. Nothing is sent.
    /// </summary>
    internal void Prepare()
    {
        if (_clients.IsValueCreated || Interlocked.Exchange(ref _isPreparing, 1) == 1) return;
        _ = Task.Run(() =>
        {
            try
            {
                _ = (ServiceClient, VideoClient);
            }
            catch (Exception)
            {
                // The request itself will meet it, and tell.
            }
        });
    }

    /// <summary>The address of the service.</summary>
    public override string ToString() => BaseUri.AbsoluteUri;

    /// <summary>Refuses the key where a jobId belongs: both are UUIDs, and a jobId is shown, sent and made part of file names.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/></exception>
    public void CheckJobId(string? jobId) => CheckNotKey("JobId", jobId);

    /// <summary>Refuses the key where something else belongs that is shown.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/></exception>
    internal void CheckNotKey(string parameter, string? value)
    {
        if (value is null || !VisibleText.Trim(value).Equals(ApiKey, StringComparison.OrdinalIgnoreCase)) return;
        throw new LumaException(LumaErrorId.LumaInvalidValue,
            $"-{parameter} is the API key. Keep the key out of places that are logged, and specify the job's id. Nothing was sent.")
        {
            JobId = "***",
        };
    }

    /// <summary>Takes the key, and the proxy's password, out of a text.</summary>
    internal string? Redact(string? text) => _secrets.Redact(text);

    private static void CheckKey(LumaConnectionOptions options)
    {
        string key = options.ApiKey, source = options.ApiKeySource;
        if (string.IsNullOrWhiteSpace(key))
        {
            throw new LumaException(LumaErrorId.LumaKeyMissing, "There is no API key. Nothing was sent.")
            {
                RecommendedAction =
                    "Set it with Connect-Luma -ApiKey (Read-Host -AsSecureString), or set the environment variable TTAPI_KEY.",
            };
        }

        // A key goes into a header as it is; a line break in it would end the header. The value is not shown.
        if (key.Any(c => c is < '!' or > '~'))
        {
            throw new LumaException(LumaErrorId.LumaInvalidValue,
                $"{source} contains a space, a line break or a character that no key contains. Copy the key again, without the " +
                "text around it. Nothing was sent.");
        }

        CheckLength(options);
    }

    private static void CheckLength(LumaConnectionOptions options)
    {
        if (options.ApiKey.Length >= SecretTexts.ShortestSecret || options.BaseUri.IsLoopback) return;
        throw new LumaException(LumaErrorId.LumaInvalidValue,
            $"{options.ApiKeySource} has {options.ApiKey.Length} characters, and the service's keys have more: a key this short could " +
            "not be redacted from messages either. Copy the complete key. Nothing was sent.");
    }

    private static void CheckAddress(Uri address)
    {
        if (!address.IsAbsoluteUri || Check.TryLink(address.OriginalString) is null || address.UserInfo.Length > 0
            || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            string shown = address.IsAbsoluteUri
                ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
                : address.OriginalString;
            throw Check.Invalid(
                nameof(BaseUri), shown, $"It must be an https address like {LumaDefaults.BaseUri}, without user, query or fragment.");
        }

        if (address.Scheme == "http" && !address.IsLoopback)
        {
            throw new LumaException(LumaErrorId.LumaInsecureEndpoint,
                $"-BaseUri '{address.OriginalString}' is plain http: the API key would be readable in transit. Plain http is allowed " +
                "to this machine only. Nothing was sent.")
            {
                RecommendedAction = $"Use https://{address.Authority}{address.AbsolutePath}",
            };
        }
    }

    internal static string ServiceOf(Uri address) =>
        address.IdnHost is "api.ttapi.io" or "api.ttapi.org"
            ? LumaDefaults.BaseUri.Host
            : (address.IsDefaultPort ? address.IdnHost : $"{address.IdnHost}:{address.Port}") + address.AbsolutePath.TrimEnd('/');

    private TracingHandler CreateHandler(string name)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // 307 and 308 would send a submit again, and any redirect would carry the key along.
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = _options.ConnectTimeout < _options.Timeout ? _options.ConnectTimeout : _options.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // So that a change of the name's address is seen.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30), // A connection the other side has dropped costs a submit its certainty.
            UseProxy = !_options.NoProxy,
            DefaultProxyCredentials = _options.ProxyCredential,
        };
        if (sockets.UseProxy)
        {
            // A proxy that was given is for everything; that of the system is for other machines.
            sockets.Proxy = Proxy is not null
                ? new WebProxy(Proxy, BypassOnLocal: false) { Credentials = _options.ProxyCredential }
                : new LoopbackBypass(HttpClient.DefaultProxy);
        }

        if (name == HttpClientNames.Video)
        {
            sockets.AllowAutoRedirect = true; // Video hosts hand on to their edges; no key goes there.
            return new TracingHandler(sockets, _options.Timeout, _secrets);
        }

        return new ServiceHandler(sockets, _options.Timeout, _secrets);
    }
}
