namespace Luma;

/// <summary>
/// Whose turn it is to save a video, where several machines share a journal and run the same sweep: one of them saves it, and
/// the others wait for that one to end. It has saved the video then, or, if it died, the next one does.
/// </summary>
public sealed class SavingTurn : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private readonly IDisposable? _claim;

    private SavingTurn(IDisposable? claim, string? savedPath)
    {
        _claim = claim;
        SavedPath = savedPath;
    }

    /// <summary>
    /// Where the video was saved, probably on another machine, since the job was read from the journal; null: it is to be saved here.
    /// </summary>
    public string? SavedPath { get; }

    /// <summary>Waits for the turn. A journal in files belongs to one machine, and there it is always this process's turn.</summary>
    /// <param name="journal">The journal; null: there is none.</param>
    /// <param name="job">The job, as it was read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SavingTurn> TakeAsync(Journal? journal, LumaJob job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (journal is not { IsShared: true } || job.Id is null) return new SavingTurn(null, null);
        IDisposable? claim = null;
        try
        {
            while ((claim = await journal.TryClaimAsync(job, cancellationToken)) is null) await Task.Delay(_pause, cancellationToken);
            string? savedPath = journal.Saved(job.Id)?.Path;
            return new SavingTurn(claim, savedPath == job.SavedPath ? null : savedPath);
        }
        catch (LumaException)
        {
            // Without the journal nobody can tell. A video that is saved twice costs nothing; one that is not saved may be gone tomorrow.
            claim?.Dispose();
            return new SavingTurn(null, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _claim?.Dispose();
}
