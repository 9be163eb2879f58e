namespace Luma;

/// <summary>How one attempt to download a video ended, and what to tell if it was the last one.</summary>
/// <param name="Outcome">What kind of end it was.</param>
/// <param name="Problem">What went wrong; null where the video is complete.</param>
internal sealed record TransferResult(TransferOutcome Outcome, LumaException? Problem = null)
{
    public static readonly TransferResult Complete = new(TransferOutcome.Complete);
}
