using System.Net;
using System.Net.Sockets;

namespace Luma;

/// <summary>Which addresses nobody outside this machine or its network can reach.</summary>
internal static class LocalAddress
{
    // Names that no public name server knows: RFC 6761, 6762, 8375, ICANN's .internal, and what routers assign.
    private static readonly string[] _localEndings =
        [".localhost", ".local", ".internal", ".home.arpa", ".lan", ".home", ".corp", ".intranet", ".localdomain"];

    /// <summary>Whether a link leads to this machine, to a private network, or to a name without a domain.</summary>
    public static bool IsLocal(Uri link)
    {
        if (link.IsLoopback) return true;
        string host = link.IdnHost.TrimEnd('.');
        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)) return IsLocal(address);
        return !host.Contains('.', StringComparison.Ordinal)
            || _localEndings.Any(ending => host.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsLocal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal
                || address.Equals(IPAddress.IPv6Any);
        }

        byte[] octets = address.GetAddressBytes();
        return octets[0] is 0 or 10 or 127
            || (octets[0] == 100 && octets[1] is >= 64 and <= 127) // Behind a provider's own translation.
            || (octets[0] == 169 && octets[1] == 254)
            || (octets[0] == 172 && octets[1] is >= 16 and <= 31)
            || (octets[0] == 192 && octets[1] == 168);
    }
}
