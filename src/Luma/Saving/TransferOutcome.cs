namespace Luma;

/// <summary>How one attempt to download a video ended.</summary>
internal enum TransferOutcome
{
    /// <summary>Every byte is in the part file, and they are a video.</summary>
    Complete,

    /// <summary>Something that may pass: a cut, a stall, 5xx, 429. Another attempt resumes.</summary>
    Interrupted,

    /// <summary>
    /// The link is no good: a final 4xx of the host, or an answer that is no video. The same request brings the same answer.
    /// </summary>
    LinkRefused,

    /// <summary>There is no connection to the host. It may be gone, or the network may be down.</summary>
    HostUnreachable,

    /// <summary>Neither another attempt nor another link changes it.</summary>
    Final,
}
