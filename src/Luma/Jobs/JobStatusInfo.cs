namespace Luma;

/// <summary>What a status is; one row for each of <see cref="LumaJobStatus"/>, so that nothing else has to know them by name.</summary>
/// <param name="Status">The status.</param>
/// <param name="WireName">What the service calls it; null: it is this client's own.</param>
/// <param name="Rank">Of two states that were seen the higher one holds, whichever was seen first.</param>
/// <param name="IsRunning">Whether the service makes the video now, as far as its limits of time are concerned.</param>
/// <param name="HasEnded">Whether the job is over: it will not change any more, and nobody waits for it.</param>
/// <param name="HasVideo">Whether there is a video to save.</param>
/// <param name="MayBeTriedAgain">Whether a job of a name may be submitted again under the same name.</param>
internal sealed record JobStatusInfo(
    string Status, string? WireName, int Rank, bool IsRunning, bool HasEnded, bool HasVideo, bool MayBeTriedAgain)
{
    /// <summary>All of them, as a user would list them.</summary>
    public static readonly IReadOnlyList<JobStatusInfo> All =
    [
        new(LumaJobStatus.Pending, "PENDING_QUEUE", 2, IsRunning: false, HasEnded: false, HasVideo: false, MayBeTriedAgain: false),
        new(LumaJobStatus.Running, "ON_QUEUE", 3, IsRunning: true, HasEnded: false, HasVideo: false, MayBeTriedAgain: false),
        new(LumaJobStatus.Succeeded, "SUCCESS", 5, IsRunning: false, HasEnded: true, HasVideo: true, MayBeTriedAgain: false),
        new(LumaJobStatus.Failed, "FAILED", 4, IsRunning: false, HasEnded: true, HasVideo: false, MayBeTriedAgain: true),
        new(LumaJobStatus.Unconfirmed, null, 1, IsRunning: false, HasEnded: false, HasVideo: false, MayBeTriedAgain: false),
    ];

    private static readonly Dictionary<string, JobStatusInfo> _byStatus = All.ToDictionary(state => state.Status);
    private static readonly Dictionary<string, JobStatusInfo> _byWireName =
        All.Where(state => state.WireName is not null).ToDictionary(state => state.WireName!, StringComparer.OrdinalIgnoreCase);

    /// <summary>The state of a status; one that is not known is still running.</summary>
    public static JobStatusInfo Of(string? status) => _byStatus.GetValueOrDefault(status ?? "") ?? _byStatus[LumaJobStatus.Running];

    /// <summary>The state behind a word of the service; one that is not known means that the job still runs.</summary>
    public static JobStatusInfo OfWireName(string? wireName) =>
        _byWireName.GetValueOrDefault(wireName ?? "") ?? _byStatus[LumaJobStatus.Running];

    /// <summary>How strong a status of a line of the journal is; 0: it is none of ours.</summary>
    public static int RankOf(string? status) => _byStatus.TryGetValue(status ?? "", out JobStatusInfo? state) ? state.Rank : 0;
}
