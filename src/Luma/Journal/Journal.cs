using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Luma;

/// <summary>
/// Every job this user has submitted, on disk before it leaves and before anybody sees its jobId. A folder of segments,
/// one for each process that wrote; readers merge them. Its format is described in docs/journal.md.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "It lives as long as the process, and so does its lock.")]
public sealed class Journal
{
    private const string HomeVariable = "LUMAPS_HOME";
    private static readonly ConcurrentDictionary<string, Journal> _opened = new();

    private readonly object _lock = new();
    private readonly Dictionary<string, JournalSegment> _segments = [];
    private readonly Dictionary<string, JournalRecord> _records = [];
    private readonly Dictionary<string, HashSet<string>> _idsByName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, HashSet<string>> _idsByJobId = new(StringComparer.OrdinalIgnoreCase);
    private readonly NameLock _names;
    private readonly ConcurrentQueue<JournalLine> _deferredLines = new();
    private readonly ConcurrentDictionary<string, bool> _underWay = new();
    private JournalWriter? _writer;

    private Journal(string folder)
    {
        Folder = folder;
        _names = new NameLock(Path.Combine(folder, "names.lock"));
    }

    /// <summary>The folder of the segments.</summary>
    public string Folder { get; }

    /// <summary>How many lines were passed over as torn, foreign or of a newer version.</summary>
    public int SkippedLines
    {
        get { lock (_lock) return _segments.Values.Sum(segment => segment.Skipped); }
    }

    /// <summary>How often this process has flushed to the disk.</summary>
    internal int Flushes => _writer?.Flushes ?? 0;

    /// <summary>Whether the folder was chosen by the environment variable LUMAPS_HOME.</summary>
    public static bool IsChosen => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(HomeVariable));

    /// <summary>The user's journal: under <c>$env:LUMAPS_HOME</c>, else in the user's local data folder.</summary>
    public static Journal OfUser()
    {
        string home = IsChosen
            ? Environment.GetEnvironmentVariable(HomeVariable)!
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "LumaPS");
        return At(Path.Combine(Path.GetFullPath(home), "journal"));
    }

    /// <summary>The journal in a folder; the same object for the same folder.</summary>
    public static Journal At(string folder) => _opened.GetOrAdd(Path.GetFullPath(folder), path => new Journal(path));

    /// <summary>All jobs of a service, those of other processes too.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public IReadOnlyList<LumaJob> Jobs(string service) => [.. Records(service).Where(record => record.IsJob).Select(record => record.ToJob())];

    /// <summary>The jobs of all services: for looking at what is on the disk, whichever service it came from.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    internal IReadOnlyList<LumaJob> JobsOfAllServices()
    {
        lock (_lock)
        {
            Refresh();
            return [.. _records.Values.Where(record => record.IsJob).Select(record => record.ToJob())];
        }
    }

    /// <summary>The job of a jobId, if it is in the journal.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public LumaJob? Find(string service, string jobId)
    {
        lock (_lock)
        {
            Refresh();
            return Records(_idsByJobId, jobId, service).FirstOrDefault(record => record.IsJob && string.Equals(record.JobId, jobId, StringComparison.OrdinalIgnoreCase))?.ToJob();
        }
    }

    /// <summary>The job of a record that has no jobId: in flight, or unconfirmed.</summary>
    internal LumaJob? Open(string service, string id)
    {
        lock (_lock)
        {
            Refresh();
            return _records.TryGetValue(id, out JournalRecord? record) && record is { IsJob: true, JobId: null } && record.Intent?.Service == service ? record.ToJob() : null;
        }
    }

    /// <summary>Records that the user wants a job forgotten. The job itself goes on.</summary>
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
        return job.Id is null ? Task.CompletedTask : AppendAsync(new JournalLine { Event = JournalEvents.Saved, Id = job.Id, Path = path, Length = length, Sha256 = sha256 });
    }

    /// <summary>What is known of the saved file of a job: its path, length in bytes and SHA-256; null where it was not saved.</summary>
    internal (string Path, long Length, string? Sha256)? Saved(string id)
    {
        lock (_lock)
        {
            Refresh();
            return _records.TryGetValue(id, out JournalRecord? record) && record.Saved is { Path: { } path, Length: { } length } saved ? (path, length, saved.Sha256) : null;
        }
    }

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
        EndAsync(new JournalLine { Event = JournalEvents.Accepted, Id = id, JobId = jobId, Name = name, SubmittedAt = at?.ToUniversalTime() });

    internal Task RefusedAsync(string id, string error) => EndAsync(new JournalLine { Event = JournalEvents.Refused, Id = id, Error = error });

    /// <summary>Writes that it was refused for now; this process will send it again.</summary>
    internal Task WaitingAsync(string id, string error) => AppendAsync(new JournalLine { Event = JournalEvents.Refused, Id = id, Error = error, Waiting = true });

    internal Task UnsentAsync(string id) => EndAsync(new JournalLine { Event = JournalEvents.Unsent, Id = id });

    /// <summary>Notes that a waiting submit was given up where the disk takes no line: its name is free here at once, and for others with the next line that can be written.</summary>
    internal void GiveUp(string id)
    {
        _underWay.TryRemove(id, out _);
        _deferredLines.Enqueue(new JournalLine { Event = JournalEvents.Unsent, Id = id, At = DateTime.UtcNow });
    }

    internal Task UnconfirmedAsync(string id, string message) => EndAsync(new JournalLine { Event = JournalEvents.Status, Id = id, Status = LumaJobStatus.Unconfirmed, Message = message });

    /// <summary>All records of a name, in no order.</summary>
    internal IReadOnlyList<JournalRecord> Named(string service, string name)
    {
        name = JournalJson.AsWritten(name)!;
        lock (_lock)
        {
            Refresh();
            return [.. Records(_idsByName, name, service).Where(record => string.Equals(record.Name, name, StringComparison.OrdinalIgnoreCase))];
        }
    }

    /// <summary>Takes the lock on a name, for this process and all others: held from reading to the intent's flush.</summary>
    /// <param name="name">The name.</param>
    /// <param name="jobId">A jobId that belongs to it, where that matters too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task<IDisposable> LockNameAsync(string name, string? jobId, CancellationToken cancellationToken)
    {
        Prepare();
        return _names.TakeAsync(jobId is null ? [$"name {name}"] : [$"name {name}", $"jobId {jobId}"], cancellationToken);
    }

    private static LumaException Unusable(Exception failure, string folder, string what) =>
        new(LumaErrorId.LumaJournalError, $"The journal in {folder} could not be {what}: {ErrorText.Reason(failure)}", failure)
        {
            RecommendedAction = $"Make the folder writable and see that its disk has space, or set {HomeVariable} to another folder.",
        };

    private List<JournalRecord> Records(string service)
    {
        lock (_lock)
        {
            Refresh();
            return [.. _records.Values.Select(AsOfNow).Where(record => record.Intent?.Service == service)];
        }
    }

    // An id stays in these once it was seen, also when a compaction has dropped its record since.
    private IEnumerable<JournalRecord> Records(Dictionary<string, HashSet<string>> idsBy, string key, string service) =>
        idsBy.TryGetValue(key, out HashSet<string>? ids)
            ? ids.Order(StringComparer.Ordinal).Select(id => _records.GetValueOrDefault(id)).OfType<JournalRecord>().Select(AsOfNow).Where(record => record.Intent?.Service == service)
            : [];

    // What this process has written is in flight only as long as it is really on its way; its end may not have been writable.
    private JournalRecord AsOfNow(JournalRecord record) => record.IsOwn && !_underWay.ContainsKey(record.Id) ? record with { IsOrphaned = true } : record;

    private static void Note(Dictionary<string, HashSet<string>> idsBy, string? key, string id)
    {
        if (key is null) return;
        if (!idsBy.TryGetValue(key, out HashSet<string>? ids)) idsBy[key] = ids = [];
        ids.Add(id);
    }

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
        try
        {
            JournalWriter writer = Writer();
            while (_deferredLines.TryDequeue(out JournalLine? owed)) _ = PayAsync(writer, owed);
            await writer.AppendAsync(line with { At = DateTime.UtcNow });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception, Folder, "written");
        }
    }

    private async Task PayAsync(JournalWriter writer, JournalLine owed)
    {
        try
        {
            await writer.AppendAsync(owed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _deferredLines.Enqueue(owed);
        }
    }

    private void Prepare()
    {
        try
        {
            PrivateFile.CreateFolder(Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception, Folder, "written");
        }
    }

    private JournalWriter Writer()
    {
        lock (_lock)
        {
            // A folder that was deleted while this process runs takes its segment along; nothing more may go there.
            if (_writer is null || !File.Exists(_writer.Path))
            {
                Prepare();
                _writer = JournalWriter.Create(Folder);
                _ = Task.Run(() => JournalCompaction.RunAsync(Folder));
            }

            return _writer;
        }
    }

    // Reads what other processes, and this one, have written since the last look.
    private void Refresh()
    {
        const int MostTries = 10;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (TryRefresh()) return;
                if (attempt == MostTries) throw new IOException("it is being compacted all the time.");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unusable(exception, Folder, "read");
            }
        }
    }

    // False when a segment was compacted away while the folder was read: its records are in one not yet seen.
    private bool TryRefresh()
    {
        if (!Directory.Exists(Folder)) return true;
        HashSet<string> present = [.. Directory.EnumerateFiles(Folder, "*" + JournalSegment.Extension)];
        var changed = new HashSet<string>();
        bool isWhole = true;
        foreach (string path in present)
        {
            if (!_segments.TryGetValue(path, out JournalSegment? segment)) _segments[path] = segment = new JournalSegment(path);
            try
            {
                changed.UnionWith(segment.Read(isOwn: path == _writer?.Path));
            }
            catch (FileNotFoundException)
            {
                present.Remove(path);
                isWhole = false;
            }
        }

        foreach (string gone in _segments.Keys.Where(path => !present.Contains(path)).ToArray())
        {
            changed.UnionWith(_segments[gone].Records.Keys);
            _segments.Remove(gone);
        }

        foreach (string id in changed) Merge(id);

        // A listing takes several calls in a large folder; a compaction in between could hide old and new ones alike.
        return isWhole && Directory.EnumerateFiles(Folder, "*" + JournalSegment.Extension).All(_segments.ContainsKey);
    }

    private void Merge(string id)
    {
        JournalRecord? merged = null;
        foreach (JournalSegment segment in _segments.Values)
        {
            if (segment.Record(id) is { } part) merged = merged is null ? part : merged.With(part);
        }

        if (merged is null)
        {
            // Compaction has left it out; its jobId and its names may still lead here.
            _records.Remove(id);
            return;
        }

        _records[id] = merged;
        Note(_idsByJobId, merged.JobId, id);
        Note(_idsByName, merged.Name, id);
    }
}
