using System.Globalization;

namespace Luma;

/// <summary>
/// Submits through the journal, so that no job is lost, and by name, so that a script that is run again submits nothing twice.
/// </summary>
/// <param name="client">The way to the service.</param>
/// <param name="journal">Where every submit is recorded.</param>
public sealed class Submitter(LumaClient client, Journal journal)
{
    /// <summary>How often a job that fails is submitted under one name.</summary>
    private const int MostTries = 3;

    /// <summary>How often a name is taken again after the journal's connection broke.</summary>
    private const int MostBreaks = 5;

    private const int LongestShown = 60;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _silentWait = TimeSpan.FromSeconds(10);

    private readonly LumaConnection _connection = client.Connection;

    /// <summary>Asked before anything is sent: why nothing more may be. What the journal has already is given all the same.</summary>
    public Func<LumaException?>? Refusal { get; init; }

    /// <summary>Told once, on any thread, when a name has been waited for for long: who has it. A sentence for a warning.</summary>
    public Action<string>? Waiting { get; init; }

    /// <summary>Submits a request; one with a name only if the journal has no job of that name and request.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="force">Whether to submit in any case.</param>
    /// <param name="cancellationToken">Stops what has not left; what has left is not cut, and the task ends with its answer.</param>
    /// <exception cref="LumaException">Also <see cref="LumaErrorId.LumaNameConflict"/>, and <see cref="LumaErrorId.LumaSubmitUnconfirmed"/>
    /// for a name whose earlier submit is unconfirmed.</exception>
    public async Task<SubmitResult> SubmitAsync(SubmitRequest request, bool force = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        LumaJob job = client.NewJob(request);
        job = job with { HookUrl = LumaHookListener.AddressFor(job.HookUrl, job.Id!) };
        var others = new HashSet<string>();
        var entry = new JournalEntry(journal, job, _connection.Time)
            { Retake = request.Name is null ? null : write => RetakeNameAsync(job, others, write) };
        if (request.Name is not null && await TakeNameAsync(job, entry, force, others, cancellationToken) is { } known) return known;
        if (request.Name is null) ThrowIfRefused();
        return await client.SubmitAsync(request, job, entry, cancellationToken);
    }

    /// <summary>Records a job that was learned of elsewhere under a name; it settles an unconfirmed submit of that name.</summary>
    /// <param name="job">The job, as the service has it.</param>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Stops it before anything is written.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaNameConflict"/> when the name belongs to another job, or the job has
    /// another name.</exception>
    public async Task<LumaJob> AdoptAsync(LumaJob job, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        using IDisposable taken = await journal.LockNameAsync(name, job.JobId, cancellationToken);
        if (journal.Find(_connection.Service, job.JobId!) is { Name: not null } recorded)
        {
            if (JobName.AreSame(recorded.Name, name)) return Merged(recorded, job);
            throw Conflict(job.JobId, $"Job {job.JobId} is in the journal under the name '{recorded.Name}'.",
                "Use that name, or remove its record first: Remove-LumaJob.");
        }

        IReadOnlyList<JournalRecord> named = [.. journal.Named(_connection.Service, name).Where(record => record.IsJob)];
        if (named.FirstOrDefault(record => record.JobId is not null && !JobStatusInfo.Of(record.Status).MayBeTriedAgain) is { } other)
        {
            throw Conflict(job.JobId, $"The name '{name}' belongs to job {other.JobId}.",
                "Choose another name, or remove that record first: Remove-LumaJob.");
        }

        // An id that an object brings along is worth nothing here: its record may have been removed, or lie in another journal.
        LumaJob? known = journal.Find(_connection.Service, job.JobId!);
        if (known is null && named.Where(record => record is { JobId: null, IsInFlight: false }).Select(record => record.ToJob())
            .ToList() is { Count: > 0 } unconfirmed)
        {
            known = unconfirmed.Find(open => IsRequestOf(job, open)) ?? throw Conflict(
                job.JobId,
                $"The name '{name}' belongs to an unconfirmed submit of another request: job {job.JobId} was made from " +
                    $"{ErrorText.Prompt(job.Prompt)}, and that submit asked for {ErrorText.Prompt(unconfirmed[0].Prompt)}.",
                "Check the jobId, or choose another name. If the submit made no job, according to the provider: Remove-LumaJob -Id " +
                    $"{unconfirmed[0].Id}.");
        }

        string id = known?.Id ?? LumaJob.NewId();
        LumaJob adopted = Merged((known ?? job) with { Id = id, Name = name }, job);
        if (known is null) await journal.AdoptedAsync(adopted);
        await journal.AcceptedAsync(id, job.JobId!, adopted.SubmittedAt, name);
        await journal.StatusAsync(adopted);
        return adopted;
    }

    /// <summary>
    /// Gives a record the jobId that a callback has named for it, when the submit's answer was lost. The callback is believed
    /// only as far as the service, asked for the jobId, tells of the same request: its hookUrl, which no other submit has,
    /// or, where it tells none, the prompt.
    /// </summary>
    /// <param name="id">The record's id.</param>
    /// <param name="jobId">The jobId of the callback.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task SettleAsync(string id, string jobId, CancellationToken cancellationToken = default)
    {
        if (journal.Open(_connection.Service, id) is not { } open || journal.Find(_connection.Service, jobId) is not null) return;
        LumaJob found = await client.FetchAsync(new LumaJob { JobId = jobId }, cancellationToken: cancellationToken);
        if (found.HookUrl is null && found.Prompt is null) return; // The service tells nothing by which to know it.
        if (!IsRequestOf(found, open)) return;
        using IDisposable taken = await journal.LockNameAsync(open.Name ?? id, jobId, cancellationToken);
        if (journal.Open(_connection.Service, id) is null) return; // Its own answer has come in the meantime.
        await journal.AcceptedAsync(id, jobId, open.SubmittedAt);
        await journal.StatusAsync(Merged(open, found));
    }

    // The hookUrl first: one that a listener has handed out belongs to one submit alone. Whoever names the jobId himself knows
    // more than the service tells, so what it does not tell speaks against nothing.
    private static bool IsRequestOf(LumaJob found, LumaJob open) => found.HookUrl is { } address
        ? address == open.HookUrl
        : found.Prompt is null || RequestDifference.AsTold(found.Prompt) == RequestDifference.AsTold(open.Prompt);

    private static LumaJob Merged(LumaJob known, LumaJob fetched) => JobFields.PreferRequest(fetched, known) with
    {
        Id = known.Id,
        Name = known.Name,
        Kind = known.Kind ?? fetched.Kind,
        SubmittedAt = known.SubmittedAt,
        SavedPath = known.SavedPath,
    };

    private static LumaException Conflict(string? jobId, string what, string action) =>
        new(LumaErrorId.LumaNameConflict, $"{what} Nothing was sent and nothing was changed.")
            { JobId = jobId, RecommendedAction = action };

    /// <summary>What the records of a name would give a request: a job, with its problem; null: it would be submitted.</summary>
    /// <exception cref="LumaException">Why it would be refused.</exception>
    internal static SubmitResult? Foresee(IReadOnlyList<JournalRecord> named, LumaJob job)
    {
        List<JournalRecord> records = [.. named.Where(record => record.IsJob)];
        List<JournalRecord> same = [.. records.Where(record => RequestDifference.Between(record, job).Count == 0)];
        if (records.Count == 0 || IsToBeTriedAgain(same)) return null;
        if (same.Count == 0) throw Conflict(job, records[0]);
        JournalRecord? known = same.Find(record => record.JobId is not null && !JobStatusInfo.Of(record.Status).MayBeTriedAgain)
            ?? same.Find(record => record.IsInFlight);
        return known is null ? Settled(same, job.Name!, null) : new SubmitResult(known.ToJob());
    }

    // Gives the job the name stands for already; null: the name is taken for this one, and that is on the disk.
    private async Task<SubmitResult?> TakeNameAsync(
        LumaJob job, JournalEntry entry, bool force, HashSet<string> others, CancellationToken cancellationToken)
    {
        var clock = new MonotonicClock(_connection.Time);
        DateTimeOffset? toldAt = clock.Now + _silentWait;
        int breaks = 0;
        while (true)
        {
            JournalRecord inFlight;
            try
            {
                using IDisposable taken = await journal.LockNameAsync(job.Name!, null, cancellationToken);
                List<JournalRecord> records = [.. journal.Named(_connection.Service, job.Name!).Where(record => record.IsJob)];
                others.UnionWith(records.Select(record => record.Id));
                List<JournalRecord> same = [.. records.Where(record => RequestDifference.Between(record, job).Count == 0)];
                if (force || records.Count == 0 || IsToBeTriedAgain(same))
                {
                    ThrowIfRefused();
                    await entry.ReserveAsync();
                    return null;
                }

                if (same.Count == 0) throw Conflict(job, records[0]);
                if (same.Find(record => record.JobId is not null && !JobStatusInfo.Of(record.Status).MayBeTriedAgain) is { } good)
                {
                    return new SubmitResult(good.ToJob() with { Connection = _connection });
                }

                if (same.Find(record => record.IsInFlight) is not { } busy) return Settled(same, job.Name!, _connection);
                inFlight = busy;
            }
            catch (LumaException exception) when (exception.IsLockLost && breaks++ < MostBreaks)
            {
                continue; // The lock on the name went with the journal's connection.
            }

            // Another process, or another line of this one, is submitting it right now.
            if (clock.Now >= toldAt)
            {
                toldAt = null;
                Waiting?.Invoke(StillInFlight(job.Name!, inFlight));
            }

            await Task.Delay(_pause, _connection.Time, cancellationToken);
        }
    }

    // The reservation was lost: since then another process may have taken the name, and all it takes is a record that was not there before.
    private async Task RetakeNameAsync(LumaJob job, HashSet<string> others, Func<Task> write)
    {
        using IDisposable taken = await journal.LockNameAsync(job.Name!, null, CancellationToken.None);
        if (journal.Named(_connection.Service, job.Name!).Any(record => record.IsJob && record.Id != job.Id && !others.Contains(record.Id)))
        {
            throw new LumaException(LumaErrorId.LumaJournalError,
                $"The connection to the journal broke while '{job.Name}' waited to be sent, and another process has taken the name since.")
            {
                RecommendedAction = "Run it again: it returns that process's job.",
            };
        }

        await write();
    }

    private void ThrowIfRefused()
    {
        if (Refusal?.Invoke() is { } refused) throw refused;
    }

    private static string StillInFlight(string name, JournalRecord record) =>
        $"'{name}' has been in submission elsewhere since " +
        $"{record.SubmittedAt?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} (Id {record.Id}), so this waits " +
        "for that submit to end. " +
        (record.IsOpen
            ? $"If its end was not written down, it counts as unconfirmed {Journal.LongestRequest.TotalMinutes:0} minutes after it was " +
                "sent. Ctrl+C is safe: nothing was sent for it here."
            : "It has not been accepted yet: the service refused it temporarily, and it will be sent again. Ctrl+C is safe: nothing was " +
                "sent for it here.");

    private static bool IsToBeTriedAgain(List<JournalRecord> same) =>
        same.Count is > 0 and < MostTries
            && same.TrueForAll(record => JobStatusInfo.Of(record.Status).MayBeTriedAgain && !IsModerated(record));

    // The same words would be refused again, and may be charged again.
    private static bool IsModerated(JournalRecord record) => record.ToJob().FailureKind == LumaFailureKind.Moderation;

    private static SubmitResult Settled(List<JournalRecord> same, string name, LumaConnection? connection)
    {
        if (same.Find(record => record.JobId is null) is { } unconfirmed)
        {
            throw new LumaException(LumaErrorId.LumaSubmitUnconfirmed,
                $"The submit of '{name}' on " +
                $"{unconfirmed.SubmittedAt?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} is unconfirmed: a " +
                "job may have been created and charged, so it was not sent again.")
            {
                RecommendedAction = $"Ask the provider. If there is a job: Get-LumaJob -JobId <its id> -Name '{name}'. If there is " +
                    $"none: run this again with -Force, or Remove-LumaJob -Id {unconfirmed.Id}.",
            };
        }

        JournalRecord last = same.Find(IsModerated) ?? same[0];
        LumaJob failed = last.ToJob() with { Connection = connection };
        string why = IsModerated(last) ? "did not pass moderation, and the same prompt is likely to be refused again"
            : $"has failed {same.Count} times";
        return new SubmitResult(failed, new LumaException(LumaErrorId.LumaJobFailed,
            $"'{name}' {why}, so it was not submitted again and nothing more was charged. " +
            $"{(failed.Message is { } reason ? $"The service reports: {ServiceErrors.Sentence(reason)}" : "The service gives no reason.")}")
        {
            JobId = failed.JobId,
            RecommendedAction = "Change the request and choose a new name, or submit it once more with -Force.",
        });
    }

    private static LumaException Conflict(LumaJob job, JournalRecord record)
    {
        string fields = string.Join("; ", RequestDifference.Between(record, job).Select(field => $"{field.Name} was " +
            $"{Shown(field.Before)} and is now {Shown(field.Now)}"));
        return Conflict(record.JobId, $"The name '{job.Name}' belongs to another request: {fields}.",
            "Choose a new name for the new request, or submit it under this one with -Force.");
    }

    private static string Shown(string? value) => value is null ? "not given" : $"'{VisibleText.Shorten(value, LongestShown)}'";
}
