namespace Luma;

/// <summary>
/// Whether a connection works: the network, the key, the clock and the journal. What could not be found out is null, and
/// <see cref="Problems"/> says why.
/// </summary>
public sealed record LumaConnectionTest
{
    /// <summary>The name of the connection; null: it has none.</summary>
    public string? Name { get; init; }

    /// <summary>The service's address; null: there is no usable one.</summary>
    public Uri? BaseUri { get; init; }

    /// <summary>The service behind the address; null: there is no usable address.</summary>
    public string? Service { get; init; }

    /// <summary>Whether the service itself answered. A proxy's or a gateway's page is no answer of the service.</summary>
    public bool Reachable { get; init; }

    /// <summary>Whether the service accepts the key; null: that could not be found out, or there is no key.</summary>
    public bool? KeyAccepted { get; init; }

    /// <summary>How long the fastest answer took, with all that lies between; null: there was none.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>The proxy on the way to the service, without user and password; null: none.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>
    /// The service's clock minus this machine's, in whole seconds: negative where this machine is ahead; null: the service did not say its
    /// time.
    /// </summary>
    public TimeSpan? ClockDifference { get; init; }

    /// <summary>
    /// Where the journal is: a folder, or a server and its database, without a password; null: the place that was chosen is none.
    /// </summary>
    public string? Journal { get; init; }

    /// <summary>What keeps the journal: Files or PostgreSQL; null: the place that was chosen is none.</summary>
    public string? JournalStore { get; init; }

    /// <summary>Whether a job can be recorded in the journal, without which nothing is submitted.</summary>
    public bool JournalWritable { get; init; }

    /// <summary>The version of this module.</summary>
    public string? ModuleVersion { get; init; }

    /// <summary>A newer version that the repository has from which this one came; null: none is known, or nobody asked.</summary>
    public string? NewerVersion { get; init; }

    /// <summary>
    /// Whether jobs can be submitted, as far as can be known without submitting one: the service is reachable, it accepts the key, and the
    /// journal is writable.
    /// </summary>
    public bool Ready => Reachable && KeyAccepted == true && JournalWritable;

    /// <summary>What is wrong or could not be found out, and what to do about it, one sentence or a few each; empty: nothing.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}
