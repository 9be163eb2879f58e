namespace Luma;

/// <summary>Where the steps of one submit are recorded, each before the next one is taken.</summary>
internal interface ISubmitLog
{
    /// <summary>The request is about to leave.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: then nothing may be sent.</exception>
    Task IntentAsync();

    /// <summary>The service has accepted it.</summary>
    /// <returns>What has to be told along with the job; null: nothing.</returns>
    Task<LumaException?> AcceptedAsync(LumaJob accepted);

    /// <summary>A temporary error: it was refused, or did not leave, and will be sent again.</summary>
    Task WaitAsync(LumaException exception);

    /// <summary>It was stopped before it left.</summary>
    Task UnsentAsync();

    /// <summary>It ended without a job, or nobody knows how.</summary>
    Task EndAsync(SubmitOutcome outcome, LumaException exception);
}
