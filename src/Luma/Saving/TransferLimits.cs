namespace Luma;

/// <summary>How long and how large a download may be.</summary>
/// <param name="MaximumSize">The most bytes a video may have.</param>
/// <param name="StallTimeout">How long a download may go without useful progress before it is cut.</param>
internal sealed record TransferLimits(long MaximumSize, TimeSpan StallTimeout)
{
    /// <summary>Fewer bytes per second are no progress: the slowest mobile networks bring several times as many.</summary>
    public const int MinimumBytesPerSecond = 1024;

    /// <summary>
    /// An attempt that brought fewer bytes was of no use: a host that cuts the connection after each byte is not asked for
    /// ever.
    /// </summary>
    public const int UsefulBytes = 16 * 1024;

    /// <summary>How many bytes have to come within the <see cref="StallTimeout"/>.</summary>
    public long BytesPerPeriod => Math.Max(1, (long)(MinimumBytesPerSecond * StallTimeout.TotalSeconds));
}
