using System.Net;
using System.Text.RegularExpressions;

namespace Luma;

/// <summary>A proxy's address as users write it, with its user and password apart: those are shown nowhere.</summary>
/// <param name="Address">The address without user and password.</param>
/// <param name="Credential">What stood before the @; null: nothing.</param>
internal sealed partial record ProxyAddress(Uri Address, NetworkCredential? Credential)
{
    private static readonly string[] _schemes = ["http", "https", "socks4", "socks4a", "socks5"];
    private static readonly string[] _variables = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

    /// <summary>Reads an address.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/>; its text has neither user nor password.</exception>
    public static ProxyAddress Parse(string parameter, string text)
    {
        text = text.Trim();
        Match parts = Parts().Match(text);
        string shown = Shown(text);
        if (IsUnknown(parts.Groups["scheme"].Value) && IsSocks(parts.Groups["scheme"].Value))
        {
            throw Check.Invalid(parameter, shown,
                $".NET does not support {parts.Groups["scheme"].Value} and would connect without the proxy. Use socks5://: with it the " +
                "proxy also resolves host names.");
        }

        string plain = $"{parts.Groups["scheme"].Value}://{parts.Groups["rest"].Value}";
        if (!parts.Success || !Uri.TryCreate(plain, UriKind.Absolute, out Uri? address) || address.Host.Length == 0
            || !_schemes.Contains(address.Scheme))
        {
            throw Check.Invalid(parameter, shown, "It must be an address like http://proxy.example:8080.");
        }

        return new ProxyAddress(address, CredentialOf(parts));
    }

    /// <summary>An address without what stands before its @.</summary>
    public static string Shown(string text) => UserAndPassword().Replace(text, "");

    /// <summary>What the environment's proxies would ask to be kept secret.</summary>
    public static IEnumerable<string> SecretsOfEnvironment() => Environmental().SelectMany(setting => SecretsOf(setting.Value));

    /// <summary>
    /// What is to be told of the environment's proxies; null: nothing. .NET skips what it does not know, and connects without a
    /// proxy.
    /// </summary>
    public static string? WarningOfEnvironment() => Environmental()
        .Select(setting => (setting.Name, setting.Value, Scheme: Scheme().Match(setting.Value).Groups[1].Value))
        .Where(setting => setting.Scheme.Length > 0 && IsUnknown(setting.Scheme))
        .Select(setting => $"The environment variable {setting.Name} is {Shown(setting.Value)}. .NET does not support {setting.Scheme} " +
            "and connects without a proxy. "
            + (IsSocks(setting.Scheme) ? "Set it to socks5://: with it the proxy also resolves host names."
                : "Set it to an address like http://proxy.example:8080."))
        .FirstOrDefault();

    /// <summary>The user's password, and as it was written.</summary>
    public static IEnumerable<string> SecretsOf(string address)
    {
        string written = Parts().Match(address).Groups["password"].Value;
        return written.Length == 0 ? [] : [written, Uri.UnescapeDataString(written)];
    }

    private static bool IsUnknown(string scheme) => !_schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase);

    private static bool IsSocks(string scheme) => scheme.StartsWith("socks", StringComparison.OrdinalIgnoreCase);

    private static NetworkCredential? CredentialOf(Match parts) => parts.Groups["user"] is { Success: true } user
        ? new NetworkCredential(Uri.UnescapeDataString(user.Value), Uri.UnescapeDataString(parts.Groups["password"].Value))
        : null;

    private static IEnumerable<(string Name, string Value)> Environmental() =>
        _variables.SelectMany(name => new[] { name, name.ToLowerInvariant() })
            .Distinct()
            .Select(name => (name, Environment.GetEnvironmentVariable(name) ?? ""))
            .Where(setting => setting.Item2.Length > 0);

    // The last @ before the path ends the password: an @ in it is often not escaped.
    [GeneratedRegex(@"^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?<user>[^:/@]*)(?::(?<password>[^/]*))?@)?(?<rest>[^@]*)$")]
    private static partial Regex Parts();

    [GeneratedRegex(@"^([A-Za-z][A-Za-z0-9+.-]*)://")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"(?<=^|://)[^/]*@")]
    private static partial Regex UserAndPassword();
}
