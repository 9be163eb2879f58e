namespace Luma;

/// <summary>A submit's way through the journal: the intent is on the disk before the request leaves, the jobId before anyone sees it.</summary>
internal sealed class JournalEntry(Journal journal, LumaJob job, TimeProvider time)
{
    private bool _isOpen;

    /// <summary>Takes the job's name: as long as this process lives it counts as in flight, and nothing has left yet.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: then nothing may be sent.</exception>
    public Task ReserveAsync() => WriteIntentAsync(isWaiting: true, null);

    /// <summary>Writes that the request is about to leave.</summary>
    /// <param name="whenItFails">What to do before the error is thrown.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: then nothing may be sent.</exception>
    public Task IntentAsync(Action whenItFails) => WriteIntentAsync(isWaiting: false, whenItFails);

    /// <summary>Writes the jobId. The job is paid: if that fails it still goes out, with the error.</summary>
    public async Task<LumaException?> AcceptedAsync(LumaJob accepted)
    {
        try
        {
            await journal.AcceptedAsync(job.Id!, accepted.JobId!, accepted.SubmittedAt);
            return null;
        }
        catch (LumaException failure)
        {
            return new LumaException(failure.ErrorId, $"Job {accepted.JobId} is accepted and paid, and its jobId is not in the journal. {failure.Message} Note the jobId.", failure.InnerException)
            {
                JobId = accepted.JobId,
                RecommendedAction = failure.RecommendedAction,
            };
        }
    }

    /// <summary>It was refused for now, or did not leave, and will be sent again.</summary>
    public Task WaitAsync(LumaException failure) => CloseAsync(journal.WaitingAsync(job.Id!, failure.ErrorId.ToString()), staysOpen: true);

    public Task RefusedAsync(LumaException failure) => CloseAsync(journal.RefusedAsync(job.Id!, failure.ErrorId.ToString()));

    public Task UnsentAsync() => _isOpen ? CloseAsync(journal.UnsentAsync(job.Id!)) : Task.CompletedTask;

    public Task EndAsync(SubmitOutcome outcome, LumaException failure) => outcome switch
    {
        SubmitOutcome.Unsent => UnsentAsync(),
        SubmitOutcome.Unconfirmed => CloseAsync(journal.UnconfirmedAsync(job.Id!, failure.Message)),
        _ => RefusedAsync(failure),
    };

    private async Task WriteIntentAsync(bool isWaiting, Action? whenItFails)
    {
        try
        {
            await journal.IntentAsync(job, time.GetUtcNow().UtcDateTime, isWaiting);
            _isOpen = true;
        }
        catch (LumaException failure)
        {
            whenItFails?.Invoke();
            if (_isOpen) journal.GiveUp(job.Id!);
            throw new LumaException(failure.ErrorId, $"{failure.Message} So the request for '{job.Prompt}' was not sent, and nothing was paid.", failure.InnerException) { RecommendedAction = failure.RecommendedAction };
        }
    }

    // What happened is told in any case. If it cannot be written, the journal goes on to say that a submit is open, later
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
