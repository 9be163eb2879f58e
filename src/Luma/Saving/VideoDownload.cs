namespace Luma;

/// <summary>Downloads a video to the end: attempts, waits between them, and fresh links.</summary>
/// <param name="source">The job with its link.</param>
/// <param name="transfer">Makes the attempts.</param>
/// <param name="part">Where the bytes go.</param>
/// <param name="connection">Says how often to try again, and has the clock.</param>
/// <param name="firstWait">How long to wait before the second attempt; it doubles with each, up to half a minute.</param>
internal sealed class VideoDownload(
    VideoSource source, VideoTransfer transfer, PartFile part, LumaConnection connection, TimeSpan firstWait)
{
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(30);

    private int _failures;
    private long _most;

    /// <exception cref="LumaException">The video did not come.</exception>
    /// <exception cref="IOException">The part file could not be written.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long before = part.Stream.Length;
            TransferResult result = await AttemptAsync(cancellationToken);
            if (result.Problem is not { } problem) return;
            bool isOfUse = IsOfUse(before);
            if (isOfUse) source.Used();

            // A link that has said no says it again, so a fresh one is worth more than a wait. The same one again is hardly worth anything.
            if (result.Outcome == TransferOutcome.LinkRefused && !source.CanRenew) throw problem;
            if (await RenewAsync(result.Outcome, cancellationToken)) continue;
            _failures = isOfUse ? 0 : _failures + 1;
            if (result.Outcome == TransferOutcome.Final || _failures > connection.MaximumRetryCount) throw problem;
            await Task.Delay(problem.RetryAfter ?? Wait(), connection.Time, cancellationToken);
        }
    }

    private async Task<TransferResult> AttemptAsync(CancellationToken cancellationToken)
    {
        if (source.Link is { } link) return await transfer.RunAsync(source.Job, link, cancellationToken);
        string unusable = $"the service's link to it cannot be used: {source.Job.VideoUrl}.";
        return new TransferResult(TransferOutcome.LinkRefused, SaveErrors.LinkRefused(source.Job, unusable));
    }

    // As long as bytes come that were not there before, it continues. A host that cuts each whole and refuses each part sends the
    // same ones for ever, and one that cuts after a few bytes needs nearly for ever.
    private bool IsOfUse(long before)
    {
        bool isOfUse = part.Stream.Length >= Math.Max(before, _most) + TransferLimits.UsefulBytes && part.ETag is not null;
        _most = Math.Max(_most, part.Stream.Length);
        return isOfUse;
    }

    private async Task<bool> RenewAsync(TransferOutcome outcome, CancellationToken cancellationToken)
    {
        if (!source.CanRenew) return false;
        switch (outcome)
        {
            case TransferOutcome.LinkRefused:
                return await source.RenewAsync(retry: true, cancellationToken);

            case TransferOutcome.HostUnreachable:
                try
                {
                    return await source.RenewAsync(retry: false, cancellationToken);
                }
                catch (LumaException exception) when (exception.ErrorId is LumaErrorId.LumaNetworkError or LumaErrorId.LumaServiceError
                    or LumaErrorId.LumaRateLimited)
                {
                    return false; // It is the network, or it passes; the next attempt asks again.
                }

            default:
                return false;
        }
    }

    private TimeSpan Wait() =>
        TimeSpan.FromSeconds(Math.Min(_longestWait.TotalSeconds, firstWait.TotalSeconds * Math.Pow(2, Math.Max(0, _failures - 1))));
}
