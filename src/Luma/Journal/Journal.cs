using System.Collections.Concurrent;
using System.Data.Common;

namespace Luma;

/// <summary>
/// Every job this user has submitted, durable before it leaves and before anybody sees its jobId. This is what a journal
/// means: which lines are written when, how those of several processes are merged, what is in flight and what is unconfirmed.
/// Where the lines lie is a store's business (<see cref="IJournalStore"/>). The format is described in docs/journal.md.
/// </summary>
public sealed class Journal
{
    /// <summary>Names the store of the user's journal; without it that is a folder.</summary>
    internal const string StoreVariable = "LUMAPS_JOURNAL";

    /// <summary>How the key of a lock on a name begins; the name's <see cref="JobName.Key"/> follows.</summary>
    internal const string NameLockPrefix = "name ";

    // How long a batch waits for a database that has gone away, before it continues without.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    private static readonly ConcurrentDictionary<string, Journal> _opened = new();

    /// <summary>No request takes longer: an hour is the longest timeout there is, and a little for what comes before and after.</summary>
    internal static readonly TimeSpan LongestRequest = TimeSpan.FromMinutes(65);

    private readonly IJournalStore _store;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<JournalLine> _deferredLines = new();
    private readonly ConcurrentDictionary<string, bool> _underWay = new();

    internal Journal(IJournalStore store, TimeProvider? time = null)
    {
        _store = store;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>What makes connections to databases; set once, by whoever has the packages for it.</summary>
    public static JournalDatabaseFactory? Databases { get; set; }

    /// <summary>Where it is, to be shown: a folder, or a server and its database. Never a password.</summary>
    public string Location => _store.Location;

    /// <summary>Whether other machines may have it too.</summary>
    public bool IsShared => _store is PostgresStore;

    /// <summary>How many lines were skipped: truncated, unrecognized, or of a newer version.</summary>
    public int SkippedLines => _store.SkippedLines;

    /// <summary>What of it could not be looked at, and why: a sentence for a warning; null: nothing.</summary>
    public string? Unreadable => _store.Unreadable;

    /// <summary>Where its lines lie.</summary>
    internal IJournalStore Store => _store;

    /// <summary>Whether the place was chosen by an environment variable, LUMAPS_HOME or LUMAPS_JOURNAL.</summary>
    public static bool IsChosen => JournalHome.IsChosen || IsSet(StoreVariable);

    /// <summary>
    /// The user's journal: the one <c>$env:LUMAPS_JOURNAL</c> names, else a folder under <c>$env:LUMAPS_HOME</c>, else in the user's local
    /// data folder.
    /// </summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: the place that was chosen is none.</exception>
    public static Journal OfUser()
    {
        if (IsSet(StoreVariable))
        {
            return _opened.GetOrAdd(StoreVariable + "=" + Environment.GetEnvironmentVariable(StoreVariable),
                _ => InDatabase(Environment.GetEnvironmentVariable(StoreVariable)!, JournalHome.Folder()));
        }

        return At(Path.Combine(JournalHome.Folder(), "journal"));
    }

    /// <summary>The journal in a folder; the same object for the same folder.</summary>
    public static Journal At(string folder) => _opened.GetOrAdd(Path.GetFullPath(folder), path => new Journal(new FileJournalStore(path)));

    /// <summary>All jobs of a service, those of other processes too.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public IReadOnlyList<LumaJob> Jobs(string service) => Jobs(new JournalQuery { Service = service });

    /// <summary>The jobs that match.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    internal IReadOnlyList<LumaJob> Jobs(JournalQuery query)
    {
        if (query.Newest is not { } count)
        {
            return _store.Read(query, parts => Merge(parts, query) is { IsJob: true } record ? record.ToJob() : null);
        }

        LumaJob[] newest = Newest(query);
        // A store counts records, and not all of them are jobs that match.
        return newest.Length < count ? Newest(query with { Newest = null }) : newest;

        LumaJob[] Newest(JournalQuery asked) =>
            [.. Records(asked).Where(record => record.IsJob).OrderByDescending(record => record.SubmittedAt).Take(count)
                .Select(record => record.ToJob())];
    }

    /// <summary>The jobs of all services: for looking at what is on the disk, whichever service it came from.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    internal IReadOnlyList<LumaJob> JobsOfAllServices() => Jobs(new JournalQuery());

    /// <summary>The job of a jobId, if it is in the journal.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public LumaJob? Find(string service, string jobId) =>
        Records(new JournalQuery { Service = service, JobId = jobId }).Where(record => record.IsJob)
            .MinBy(record => record.Id, StringComparer.Ordinal)?.ToJob();

    /// <summary>The job of a record's own id, if it is in the journal.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    internal LumaJob? Get(string service, string id) =>
        Records(new JournalQuery { Service = service, Id = id }).FirstOrDefault(record => record.IsJob)?.ToJob();

    /// <summary>The job of a record that has no jobId: in flight, or unconfirmed.</summary>
    internal LumaJob? Open(string service, string id) => Get(service, id) is { JobId: null } open ? open : null;

    /// <summary>Finds out whether a job could be recorded, without recording one.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: none could.</exception>
    internal Task CheckWritableAsync(CancellationToken cancellationToken) => _store.CheckWritableAsync(cancellationToken);

    /// <summary>Records that the user wants a job forgotten. The job itself continues.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public Task RemoveAsync(string id) => AppendAsync(new JournalLine { Event = JournalEvents.Removed, Id = id });

    /// <summary>Records what the service has said about a job that is in the journal; for others it does nothing.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public Task StatusAsync(LumaJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.Id is null ? Task.CompletedTask : AppendAsync(new JournalLine
        {
            Event = JournalEvents.Status,
            Id = job.Id,
            Status = job.Status,
            Message = job.Message,
            VideoUrl = job.VideoUrl,
            Width = job.Width,
            Height = job.Height,
            Quota = job.Quota,
            CompletedAt = job.CompletedAt?.ToUniversalTime(),
        });
    }

    /// <summary>Records where a job's video lies; for a job that is not in the journal it does nothing.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public Task SavedAsync(LumaJob job, string path, long length, string? sha256)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.Id is null ? Task.CompletedTask
            : AppendAsync(new JournalLine { Event = JournalEvents.Saved, Id = job.Id, Path = path, Length = length, Sha256 = sha256 });
    }

    /// <summary>What is known of the saved file of a job: its path, length in bytes and SHA-256; null where it was not saved.</summary>
    internal (string Path, long Length, string? Sha256)? Saved(string id) =>
        Records(new JournalQuery { Id = id }) is [{ Saved: { Path: { } path, Length: { } length } saved }, ..]
            ? (path, length, saved.Sha256) : null;

    /// <summary>Claims a job for work that only one process should do, e.g. saving its video; it ends with its holder.</summary>
    /// <param name="job">The job; a job without a jobId is claimed by its own id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The claim; null: another process, or another part of this one, has it.</returns>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    internal Task<IDisposable?> TryClaimAsync(LumaJob job, CancellationToken cancellationToken) =>
        _store.TryClaimAsync($"job {job.Service} {job.JobId?.ToUpperInvariant() ?? job.Id}", cancellationToken);

    /// <summary>Writes an intent. Until its end is told, written or not, it counts as in flight in this process.</summary>
    internal async Task IntentAsync(LumaJob job, DateTime at, bool isWaiting = false)
    {
        _underWay[job.Id!] = true;
        try
        {
            await AppendAsync(JournalLine.OfIntent(job) with { SubmittedAt = at.ToUniversalTime(), Waiting = isWaiting ? true : null });
        }
        catch
        {
            _underWay.TryRemove(job.Id!, out _);
            throw;
        }
    }

    internal Task AdoptedAsync(LumaJob job) => AppendAsync(JournalLine.OfIntent(job) with { Adopted = true });

    internal Task AcceptedAsync(string id, string jobId, DateTime? at, string? name = null) =>
        EndAsync(new JournalLine
            { Event = JournalEvents.Accepted, Id = id, JobId = jobId, Name = name, SubmittedAt = at?.ToUniversalTime() });

    internal Task RefusedAsync(string id, string error) =>
        EndAsync(new JournalLine { Event = JournalEvents.Refused, Id = id, Error = error });

    /// <summary>Writes that it was refused for now; this process will send it again.</summary>
    internal Task WaitingAsync(string id, string error) =>
        AppendAsync(new JournalLine { Event = JournalEvents.Refused, Id = id, Error = error, Waiting = true });

    internal Task UnsentAsync(string id) => EndAsync(new JournalLine { Event = JournalEvents.Unsent, Id = id });

    /// <summary>
    /// Notes that a waiting submit was given up where the disk takes no line: its name is free here immediately, and for others with
    /// the next line that can be written.
    /// </summary>
    internal void GiveUp(string id)
    {
        _underWay.TryRemove(id, out _);
        _deferredLines.Enqueue(new JournalLine { Event = JournalEvents.Unsent, Id = id, At = DateTime.UtcNow });
    }

    internal Task UnconfirmedAsync(string id, string message) =>
        EndAsync(new JournalLine { Event = JournalEvents.Status, Id = id, Status = LumaJobStatus.Unconfirmed, Message = message });

    /// <summary>
    /// Writes all jobs of all services as lines of the documented format, in version 1, so that any other journal can take them.
    /// </summary>
    /// <param name="stream">Where to.</param>
    /// <returns>How many jobs there are.</returns>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>, also when a part of the journal cannot be
    /// read.</exception>
    internal int Export(Stream stream)
    {
        int count = 0;
        foreach (JournalRecord record in Records(new JournalQuery()).Where(record => record.IsJob).OrderBy(record => record.SubmittedAt)
            .ThenBy(record => record.Id, StringComparer.Ordinal))
        {
            count++;
            foreach (JournalLine line in record.ToLines()) stream.Write(JournalJson.Write(line));

            // Where it goes nobody will tell how a submit ended that is on its way here.
            if (record is { JobId: null, IsOpen: true } && record.State?.Status != LumaJobStatus.Unconfirmed)
            {
                stream.Write(
                    JournalJson.Write(new JournalLine { Event = JournalEvents.Status, Id = record.Id, At = record.Intent!.At,
                        Status = LumaJobStatus.Unconfirmed, Message = "It had not been answered yet when the journal was exported." }));
            }
        }

        if (Unreadable is { } unreadable)
        {
            throw new LumaException(LumaErrorId.LumaJournalError, $"The journal cannot be exported completely. {unreadable}");
        }

        return count;
    }

    /// <summary>Takes the jobs that were exported from another journal, or from this one: what it has already stays as it is.</summary>
    /// <param name="stream">Lines of the documented format.</param>
    /// <param name="cancellationToken">Stops between jobs; running it again continues.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    internal async Task<JournalImport> ImportAsync(Stream stream, CancellationToken cancellationToken)
    {
        const int Together = 200;
        (List<JournalRecord> records, int skipped) = JournalImport.Read(stream);
        HashSet<string> ids = [.. records.Select(record => record.Id)];
        int imported = 0, known = 0;
        var conflicts = new List<(JournalRecord Record, JournalRecord Other)>();
        foreach (JournalRecord[] some in records.Chunk(Together))
        {
            string[] keys = [.. some.Select(record => record.Name).OfType<string>().Select(name => $"name {JobName.Key(name)}").Distinct()];
            using IDisposable taken = await _store.LockAsync(keys, cancellationToken);
            var writes = new List<Task>();
            foreach (JournalRecord read in some)
            {
                JournalRecord record = read;
                if (record.Name is { } name && Named(record.Intent!.Service!, name)
                    .FirstOrDefault(other => other.IsJob && !ids.Contains(other.Id) && !AreSameJob(other, record)) is { } other)
                {
                    conflicts.Add((record, other));
                    record = record with { Name = null, Intent = record.Intent! with { Name = null } };
                }

                JournalRecord? before = Records(new JournalQuery { Id = record.Id }) is [{ } recorded, ..] ? recorded : null;
                bool isKnown = before is not null
                    ? before.IsRemoved || before.With(record).ToLines().SequenceEqual(before.ToLines())
                    : record.JobId is { } jobId && Find(record.Intent!.Service!, jobId) is not null;
                if (isKnown)
                {
                    known++;
                    continue;
                }

                imported++;
                writes.AddRange(record.ToLines().Select(_store.AppendAsync));
            }

            await Task.WhenAll(writes);
        }

        return new JournalImport(imported, known, skipped, conflicts);
    }

    /// <summary>All records of a name, always in the same order.</summary>
    /// <exception cref="LumaException">Also when a part of the journal cannot be read: the name may be taken there.</exception>
    internal IReadOnlyList<JournalRecord> Named(string service, string name)
    {
        JournalRecord[] records = [.. Records(new JournalQuery { Service = service, NameKey = JobName.Key(name) })
            .OrderBy(record => record.Id, StringComparer.Ordinal)];
        if (Unreadable is not { } unreadable) return records;
        throw new LumaException(LumaErrorId.LumaJournalError, $"It is not known whether the name '{name}' is taken. {unreadable}")
        {
            RecommendedAction = "Make the file readable, or set LUMAPS_HOME to another folder. Then run the command again.",
        };
    }

    /// <summary>Takes the lock on a name, for this process and all others: held from reading to the intent's flush.</summary>
    /// <param name="name">The name.</param>
    /// <param name="jobId">A jobId that belongs to it, where that matters too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task<IDisposable> LockNameAsync(string name, string? jobId, CancellationToken cancellationToken)
    {
        string key = NameLockPrefix + JobName.Key(name);
        return _store.LockAsync(jobId is null ? [key] : [key, $"jobId {jobId.ToUpperInvariant()}"], cancellationToken);
    }

    /// <summary>The journal in a database.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="home">The folder of this machine's own files.</param>
    /// <param name="patience">How long a database that has gone away is waited for; null: 15 seconds.</param>
    internal static Journal InDatabase(string address, string home, TimeSpan? patience = null)
    {
        if (Databases is null) throw new InvalidOperationException("No database connections are available here.");
        try
        {
            (string location, Func<bool, DbConnection> create) = Databases(address);
            return new Journal(new PostgresStore(location, create, home, patience ?? _patience));
        }
        catch (ArgumentException exception)
        {
            // The address may hold a password, so it is in no error.
            throw new LumaException(LumaErrorId.LumaJournalError,
                $"{StoreVariable} is not the address of a PostgreSQL database. {exception.Message} Nothing was sent.")
            {
                RecommendedAction = "Set it to 'postgresql://user@host/database' or a connection string, with the password in " +
                    "PGPASSFILE or PGPASSWORD; or remove it to use the journal in files.",
            };
        }
    }

    /// <summary>How many jobs in these parts match, not counting how many were asked for.</summary>
    internal static int CountJobs(IReadOnlyList<JournalPart> parts, JournalQuery query) =>
        parts.GroupBy(part => part.Id).Select(Merge).Count(record => record.IsJob && record.Matches(query));

    private static bool AreSameJob(JournalRecord a, JournalRecord b) =>
        a.JobId is not null && string.Equals(a.JobId, b.JobId, StringComparison.OrdinalIgnoreCase);

    private static bool IsSet(string variable) => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(variable));

    private static JournalRecord Merge(IEnumerable<JournalPart> parts) =>
        parts.Select(part => part.ToRecord()).Aggregate((a, b) => a.With(b));

    private IReadOnlyList<JournalRecord> Records(JournalQuery query) => _store.Read(query, parts => Merge(parts, query));

    // Null: a store may answer with more than it was asked for.
    private JournalRecord? Merge(IReadOnlyList<JournalPart> parts, JournalQuery query) =>
        AsOfNow(Merge(parts)) is { } record && record.Matches(query) ? record : null;

    // What this process has written is in flight only as long as it is really on its way; its end may not have been writable.
    // What another one has written is so no longer than any request can take: it lives, but has long forgotten this one.
    private JournalRecord AsOfNow(JournalRecord record) =>
        (record.IsOwn ? !_underWay.ContainsKey(record.Id) : IsOverdue(record)) ? record with { IsOrphaned = true } : record;

    // The time decides only that nobody waits any more; the answer still counts when it comes. Where nothing has left yet, nothing is
    // overdue.
    private bool IsOverdue(JournalRecord record) =>
        record is { IsOpen: true, JobId: null, Intent: { } intent } && _time.GetUtcNow().UtcDateTime - intent.At > LongestRequest;

    private async Task EndAsync(JournalLine line)
    {
        try
        {
            await AppendAsync(line);
        }
        finally
        {
            _underWay.TryRemove(line.Id!, out _);
        }
    }

    private async Task AppendAsync(JournalLine line)
    {
        while (_deferredLines.TryDequeue(out JournalLine? deferred)) _ = AppendDeferredAsync(deferred);
        await _store.AppendAsync(line with { At = DateTime.UtcNow });
    }

    private async Task AppendDeferredAsync(JournalLine deferred)
    {
        try
        {
            await _store.AppendAsync(deferred);
        }
        catch (LumaException)
        {
            _deferredLines.Enqueue(deferred);
        }
    }
}
