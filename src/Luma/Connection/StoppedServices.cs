using System.Collections.Concurrent;

namespace Luma;

/// <summary>Local services that were stopped in this process, so that a request that finds nobody there can say why immediately.</summary>
internal static class StoppedServices
{
    private static readonly ConcurrentDictionary<string, bool> _stopped = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Notes that a service was stopped.</summary>
    public static void Add(Uri address) => _stopped[address.Authority] = true;

    /// <summary>Notes that there is a service again.</summary>
    public static void Remove(Uri address) => _stopped.TryRemove(address.Authority, out _);

    /// <summary>Whether the last one at an address was stopped.</summary>
    public static bool Contains(Uri address) => _stopped.ContainsKey(address.Authority);
}
