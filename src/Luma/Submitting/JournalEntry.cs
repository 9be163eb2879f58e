namespace Luma;

/// <summary>
/// A submit's way through the journal: the intent is on the disk before the request leaves, the jobId before anyone sees it.
/// </summary>
internal sealed class JournalEntry(Journal journal, LumaJob job, TimeProvider time) : ISubmitLog
{
    private const int MostBreaks = 5;

    private bool _isOpen;

    /// <summary>
    /// Takes the name again where the journal's connection broke after it was taken: it writes again while it has the lock on
    /// the name, or throws because another process has the name by now.
    /// </summary>
    public Func<Func<Task>, Task>? Retake { get; init; }

    /// <summary>Takes the job's name: as long as this process lives it counts as in flight, and nothing has left yet.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: then nothing may be sent.</exception>
    public Task ReserveAsync() => WriteIntentAsync(isWaiting: true);

    /// <summary>Writes that the request is about to leave.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: then nothing may be sent.</exception>
    public Task IntentAsync() => WriteIntentAsync(isWaiting: false);

    /// <summary>Writes the jobId. The job is charged: if that fails it still goes out, with the error.</summary>
    public async Task<LumaException?> AcceptedAsync(LumaJob accepted)
    {
        try
        {
            await journal.AcceptedAsync(job.Id!, accepted.JobId!, accepted.SubmittedAt);
            return null;
        }
        catch (LumaException exception)
        {
            return new LumaException(exception.ErrorId,
                $"Job {accepted.JobId} was accepted and is billable, but its jobId is not in the journal. {exception.Message} " +
                    "Note the jobId.",
                exception.InnerException)
            {
                JobId = accepted.JobId,
                RecommendedAction = exception.RecommendedAction,
            };
        }
    }

    /// <summary>It was refused for now, or did not leave, and will be sent again.</summary>
    public Task WaitAsync(LumaException exception) =>
        CloseAsync(journal.WaitingAsync(job.Id!, exception.ErrorId.ToString()), staysOpen: true);

    private Task RefusedAsync(LumaException exception) => CloseAsync(journal.RefusedAsync(job.Id!, exception.ErrorId.ToString()));

    public Task UnsentAsync() => _isOpen ? CloseAsync(journal.UnsentAsync(job.Id!)) : Task.CompletedTask;

    public Task EndAsync(SubmitOutcome outcome, LumaException exception) => outcome switch
    {
        SubmitOutcome.Unsent => UnsentAsync(),
        SubmitOutcome.Unconfirmed => CloseAsync(journal.UnconfirmedAsync(job.Id!, exception.Message)),
        _ => RefusedAsync(exception),
    };

    private async Task WriteIntentAsync(bool isWaiting)
    {
        try
        {
            await AppendIntentAsync(isWaiting);
            _isOpen = true;
        }
        catch (LumaException exception)
        {
            if (_isOpen) journal.GiveUp(job.Id!);
            throw new LumaException(exception.ErrorId,
                $"{exception.Message} So the request for {ErrorText.Prompt(job.Prompt)} was not sent, and nothing was charged.",
                exception.InnerException)
            {
                RecommendedAction = exception.RecommendedAction,
                IsLockLost = exception.IsLockLost,
            };
        }
    }

    private async Task AppendIntentAsync(bool isWaiting)
    {
        Task WriteAsync() => journal.IntentAsync(job, time.GetUtcNow().UtcDateTime, isWaiting);
        for (int breaks = 0; ; breaks++)
        {
            try
            {
                await (breaks > 0 && Retake is not null ? Retake(WriteAsync) : WriteAsync());
                return;
            }
            catch (LumaException exception) when (exception.IsLockLost && breaks < MostBreaks && !isWaiting)
            {
                // Nothing has left. Whoever takes a name has the lock on it to take first.
            }
        }
    }

    // What happened is told in any case. If it cannot be written, the journal continues to say that a submit is open, later
    // that it is unconfirmed: more careful than need be, never less.
    private async Task CloseAsync(Task written, bool staysOpen = false)
    {
        try
        {
            await written;
            _isOpen = staysOpen;
        }
        catch (LumaException)
        {
        }
    }
}
