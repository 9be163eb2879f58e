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
public sealed class ConnectLumaCommand : PSCmdlet, IDisposable
{
    private bool _connected;

    /// <summary>
    /// The API key, as a SecureString, text, or a PSCredential whose password it is. Without it: the environment variable TTAPI_KEY.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SecretText]
    public SecureString? ApiKey { get; set; }

    /// <summary>
    /// The service's address. Without it: the environment variable TTAPI_BASE_URI, else https://api.ttapi.io. Plain http only to this
    /// machine.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Links))]
    [AnyText]
    public string? BaseUri { get; set; }

    /// <summary>A proxy's address; a user and password in it are taken as the -ProxyCredential. Without it: the system's.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Links))]
    [AnyText]
    public string? Proxy { get; set; }

    /// <summary>Who to be at the proxy.</summary>
    [Parameter]
    [CredentialOrUser]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>To be the current user at the proxy.</summary>
    [Parameter]
    [Flag]
    public SwitchParameter ProxyUseDefaultCredentials { get; set; }

    /// <summary>To go without any proxy.</summary>
    [Parameter]
    [Flag]
    public SwitchParameter NoProxy { get; set; }

    /// <summary>How long one request may take, in seconds, from 1 to 3600. For a download: until its first byte.</summary>
    [Parameter]
    [WholeNumber]
    public int TimeoutSec { get; set; } = (int)LumaDefaults.Timeout.TotalSeconds;

    /// <summary>
    /// How often a request that cannot cost anything is repeated, from 0 to 100. A submit that may have been charged never is.
    /// </summary>
    [Parameter]
    [WholeNumber]
    public int MaximumRetryCount { get; set; } = LumaDefaults.MaximumRetryCount;

    /// <summary>A name for the connection: -Connection takes it, and Get-LumaConnection lists it.</summary>
    [Parameter]
    [AnyText]
    public string? Name { get; set; }

    /// <summary>
    /// Process (the default): the connection becomes the one of this process. None: it does not, and is used only where it is given with
    /// -Connection.
    /// </summary>
    [Parameter]
    [AnyText]
    [ArgumentCompleter(typeof(ConnectionScopes))]
    public string? Scope { get; set; }

    /// <summary>Returns the connection.</summary>
    [Parameter]
    [Flag]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => BreakOld();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            BreakOld();
            if (!IsOwnOnly && !ConnectionScopes.Process.Equals(Scope ?? ConnectionScopes.Process, StringComparison.OrdinalIgnoreCase))
            {
                throw Check.Invalid(nameof(Scope), Scope, $"Valid values are {ConnectionScopes.Process} and {ConnectionScopes.None}.");
            }

            if (ProxyAddress.WarningOfEnvironment() is { } warning && Proxy is null && !NoProxy) WriteWarning(warning);
            LumaConnection connection = ProcessConnection.Create(ReadOptions());
            if (IsOwnOnly && !PassThru && Name is null)
            {
                throw Check.Invalid(nameof(Scope), Scope, "Nobody could use the connection: add -PassThru, or a -Name.");
            }

            ProcessConnection.Remember(connection);
            if (!IsOwnOnly) ProcessConnection.Connect(connection);
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
        ThrowTerminatingError(new LumaException(LumaErrorId.LumaKeyMissing,
            "The pipeline was empty, so there is no connection now. Nothing was sent.")
        {
            RecommendedAction = "Check why the command before Connect-Luma returned nothing.",
        }.ToErrorRecord());
    }

    /// <summary>PowerShell calls it when the cmdlet has ended, however it did.</summary>
    public void Dispose() => ProcessConnection.End(this);

    private bool IsOwnOnly => ConnectionScopes.None.Equals(Scope, StringComparison.OrdinalIgnoreCase);

    private void BreakOld()
    {
        if (!IsOwnOnly) ProcessConnection.Break(by: this);
    }

    private LumaConnectionOptions ReadOptions()
    {
        if (RefusedArguments.ReasonFor(ApiKey) is { } noKey) throw Check.Refused(nameof(ApiKey), noKey);
        if (RefusedArguments.ReasonFor(ProxyCredential) is { } nobody) throw Check.Refused(nameof(ProxyCredential), nobody);
        if (Name is not null && string.IsNullOrWhiteSpace(Name)) throw Check.Invalid(nameof(Name), Name, "Specify a name, or omit it.");
        if (TimeoutSec is < 1 or > 3600)
        {
            throw Check.Invalid(nameof(TimeoutSec), Number(TimeoutSec), "It must be from 1 to 3600 seconds.");
        }

        if (MaximumRetryCount is < 0 or > 100)
        {
            throw Check.Invalid(nameof(MaximumRetryCount), Number(MaximumRetryCount), "It must be from 0 to 100.");
        }

        ProxyAddress? proxy = string.IsNullOrWhiteSpace(Proxy) ? null : ProxyAddress.Parse(nameof(Proxy), Proxy);
        if (NoProxy && Proxy is not null) throw Check.Invalid(nameof(NoProxy), "true", "It cannot be combined with -Proxy.");
        if (ProxyUseDefaultCredentials && ProxyCredential is not null)
        {
            throw Check.Invalid(nameof(ProxyUseDefaultCredentials), "true", "It cannot be combined with -ProxyCredential.");
        }

        bool isGiven = MyInvocation.BoundParameters.ContainsKey(nameof(ApiKey));
        return new LumaConnectionOptions
        {
            ApiKey = isGiven ? new NetworkCredential("", ApiKey).Password : ProcessConnection.KeyOfEnvironment ?? "",
            ApiKeySource = isGiven ? "-ApiKey" : ProcessConnection.KeyVariable,
            Name = Name?.Trim(),
            BaseUri = string.IsNullOrWhiteSpace(BaseUri)
                ? ProcessConnection.DefaultAddress() : ProcessConnection.ParseAddress(BaseUri, "-BaseUri"),
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            MaximumRetryCount = MaximumRetryCount,
            Proxy = proxy?.Address,
            ProxyCredential = ProxyUseDefaultCredentials ? CredentialCache.DefaultCredentials : ProxyCredential?.GetNetworkCredential()
                ?? proxy?.Credential,
            NoProxy = NoProxy,
        };
    }

    private static string? Number(int value) =>
        value == WholeNumberAttribute.None ? null : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
