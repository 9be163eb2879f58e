namespace Luma;

/// <summary>Where a job's video comes from: the job with its link, fetched again when the link is dead.</summary>
/// <param name="client">Fetches the job.</param>
/// <param name="job">The job.</param>
internal sealed class VideoSource(LumaClient client, LumaJob job)
{
    private const int MaximumRenewals = 2;
    private int _renewals;

    /// <summary>The job as it was last fetched.</summary>
    public LumaJob Job { get; private set; } = job;

    /// <summary>The link; null where it cannot be used.</summary>
    public Uri? Link => Check.TryLink(Job.VideoUrl);

    /// <summary>Whether the service may be asked for another link.</summary>
    public bool CanRenew => _renewals < MaximumRenewals;

    /// <summary>Sees to it that there is a link that a fetch has given: one that came in a callback may be anybody's.</summary>
    /// <exception cref="LumaException">There is none, or the service could not be asked.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (Job.VideoUrl is null || !Job.HasVideo) await FetchAsync(retry: true, cancellationToken);
    }

    /// <summary>Fetches the job for a fresh link.</summary>
    /// <param name="retry">Whether the request is repeated where there is no response.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <returns>Whether the link is another one now.</returns>
    /// <exception cref="LumaException">There is none any more, or the service could not be asked.</exception>
    public async Task<bool> RenewAsync(bool retry, CancellationToken cancellationToken)
    {
        string? before = Job.VideoUrl;
        await FetchAsync(retry, cancellationToken);
        _renewals++;
        return Job.VideoUrl != before;
    }

    /// <summary>The link has been of use, so that the next one that dies is another matter.</summary>
    public void Used() => _renewals = 0;

    private async Task FetchAsync(bool retry, CancellationToken cancellationToken)
    {
        // Without the old link, so that an answer without one does not pass for a fresh link.
        LumaJob fresh = await client.FetchAsync(Job with { VideoUrl = null }, retry, cancellationToken: cancellationToken);
        if (!fresh.HasVideo) throw SaveErrors.NoVideo(fresh);
        Job = fresh;
    }
}
