using System.Net;

namespace Luma;

/// <summary>How to reach the service.</summary>
public sealed class LumaConnectionOptions
{
    /// <summary>
    /// The API key, sent as the header <c>TT-API-KEY</c> to <see cref="BaseUri"/> and nowhere else; without blanks and line ends around it.
    /// </summary>
    public required string ApiKey { get; init => field = VisibleText.Trim(value ?? ""); }

    /// <summary>Where the key came from, for errors about it.</summary>
    public string ApiKeySource { get; init; } = "-ApiKey";

    /// <summary>Whether it works without a key, to find out whether the service can be reached; nothing can be submitted over it.</summary>
    internal bool IsKeyless { get; init; }

    /// <summary>A name for the connection; null: none.</summary>
    public string? Name { get; init; }

    /// <summary>The service's address; https, or http to this machine.</summary>
    public Uri BaseUri { get; init; } = LumaDefaults.BaseUri;

    /// <summary>How long one request may take, until its complete response has arrived. For a download: until its first byte.</summary>
    public TimeSpan Timeout { get; init; } = LumaDefaults.Timeout;

    /// <summary>How often a request that cannot cost anything is repeated, 0 or more.</summary>
    public int MaximumRetryCount { get; init; } = LumaDefaults.MaximumRetryCount;

    /// <summary>A proxy; null: the system's.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Who to be at the proxy.</summary>
    public ICredentials? ProxyCredential { get; init; }

    /// <summary>Whether to go without any proxy.</summary>
    public bool NoProxy { get; init; }

    /// <summary>The time; tests bring their own.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long connecting may take, at most as long as the request; tests have less patience.</summary>
    internal TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
