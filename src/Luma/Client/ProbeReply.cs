namespace Luma;

/// <summary>What came back when a connection was tried.</summary>
/// <param name="Reply">The answer.</param>
/// <param name="SentAt">When the request left, by this machine's clock.</param>
/// <param name="Elapsed">How long the answer took.</param>
/// <param name="Date">The time it says it was sent at, in whole seconds; null: it does not say.</param>
internal sealed record ProbeReply(ServiceReply Reply, DateTimeOffset SentAt, TimeSpan Elapsed, DateTimeOffset? Date)
{
    /// <summary>The clock of who answered minus this machine's, as far as whole seconds tell; null: it does not say.</summary>
    public TimeSpan? ClockDifference
    {
        get
        {
            if (Date is not { } date) return null;
            TimeSpan half = TimeSpan.FromSeconds(0.5);
            TimeSpan difference = date + half - (SentAt + (Elapsed / 2)); // The header cuts the second short.
            return difference.Duration() <= half + (Elapsed / 2)
                ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Round(difference.TotalSeconds));
        }
    }
}
