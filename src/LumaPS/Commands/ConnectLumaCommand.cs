using System.Management.Automation;
using System.Net;
using System.Security;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Sets the connection of this process. Nothing is sent.</summary>
/// <remarks>It forgets the old connection first, and its errors are terminating: until one succeeds nothing is sent.</remarks>
[Cmdlet(VerbsCommunications.Connect, "Luma", HelpUri = HelpPages.Address + "Connect-Luma.md")]
[OutputType(typeof(LumaConnection))]
public sealed class ConnectLumaCommand : PSCmdlet
{
    private bool _connected;

    /// <summary>The API key, as a SecureString or text. Without it: the environment variable TTAPI_KEY.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SecretText]
    public SecureString? ApiKey { get; set; }

    /// <summary>The service's address. Without it: the environment variable TTAPI_BASE_URI, else https://api.ttapi.io. Plain http only to this machine.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Links))]
    public string? BaseUri { get; set; }

    /// <summary>A proxy's address. Without it: the system's.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Links))]
    public string? Proxy { get; set; }

    /// <summary>Who to be at the proxy.</summary>
    [Parameter]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>To be the current user at the proxy.</summary>
    [Parameter]
    public SwitchParameter ProxyUseDefaultCredentials { get; set; }

    /// <summary>To go without any proxy.</summary>
    [Parameter]
    public SwitchParameter NoProxy { get; set; }

    /// <summary>How long one request may take, in seconds, from 1 to 3600. For a download: until its first byte.</summary>
    [Parameter]
    [WholeNumber]
    public int TimeoutSec { get; set; } = (int)LumaDefaults.Timeout.TotalSeconds;

    /// <summary>How often a request that cannot cost anything is repeated, from 0 to 100. A submit that may have been paid never is.</summary>
    [Parameter]
    [WholeNumber]
    public int MaximumRetryCount { get; set; } = LumaDefaults.MaximumRetryCount;

    /// <summary>To give the connection.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ProcessConnection.Break();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            ProcessConnection.Break();
            LumaConnection connection = ProcessConnection.Create(ReadOptions());
            ProcessConnection.Connect(connection);
            connection.Prepare();
            _connected = true;
            if (PassThru) WriteObject(connection);
        }
        catch (LumaException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord());
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_connected) return;
        ThrowTerminatingError(new LumaException(LumaErrorId.LumaKeyMissing, "Nothing came down the pipeline to connect to, so there is no connection now. Nothing was sent.")
        {
            RecommendedAction = "See why the command before Connect-Luma gave nothing.",
        }.ToErrorRecord());
    }

    private LumaConnectionOptions ReadOptions()
    {
        if (TimeoutSec is < 1 or > 3600) throw Check.Invalid(nameof(TimeoutSec), Number(TimeoutSec), "It has to be from 1 to 3600 seconds.");
        if (MaximumRetryCount is < 0 or > 100) throw Check.Invalid(nameof(MaximumRetryCount), Number(MaximumRetryCount), "It has to be from 0 to 100.");
        Uri? proxy = ReadProxy();
        if (NoProxy && Proxy is not null) throw Check.Invalid(nameof(NoProxy), "true", "There is a -Proxy as well. Give one of them.");
        if (ProxyUseDefaultCredentials && ProxyCredential is not null) throw Check.Invalid(nameof(ProxyUseDefaultCredentials), "true", "There is a -ProxyCredential as well. Give one of them.");
        if (ReferenceEquals(ApiKey, SecretTextAttribute.NoSecret))
        {
            throw new LumaException(LumaErrorId.LumaInvalidValue, "-ApiKey is an object that is no key. Give text, a SecureString, or a PSCredential, whose password is the key. Nothing was sent.");
        }

        bool isGiven = MyInvocation.BoundParameters.ContainsKey(nameof(ApiKey));
        string key = isGiven ? new NetworkCredential("", ApiKey).Password : ProcessConnection.KeyOfEnvironment ?? "";
        return new LumaConnectionOptions
        {
            ApiKey = key,
            ApiKeySource = isGiven ? "-ApiKey" : ProcessConnection.KeyVariable,
            BaseUri = string.IsNullOrWhiteSpace(BaseUri) ? ProcessConnection.DefaultAddress() : ProcessConnection.ParseAddress(BaseUri, "-BaseUri"),
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            MaximumRetryCount = MaximumRetryCount,
            Proxy = proxy,
            ProxyCredential = ProxyUseDefaultCredentials ? CredentialCache.DefaultCredentials : ProxyCredential?.GetNetworkCredential(),
            NoProxy = NoProxy,
        };
    }

    private Uri? ReadProxy()
    {
        if (string.IsNullOrWhiteSpace(Proxy)) return null;
        return Uri.TryCreate(Proxy, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" or "socks4" or "socks4a" or "socks5"
            ? address
            : throw Check.Invalid(nameof(Proxy), Proxy, "It has to be an address like http://proxy.example:8080.");
    }

    private static string? Number(int value) => value == WholeNumberAttribute.None ? null : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
