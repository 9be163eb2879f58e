using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Luma;

/// <summary>
/// A journal in files: a folder of segments, one for each process that wrote, and readers that put them together. Its
/// format is described in docs/journal.md.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "It lives as long as the process, and so does its lock.")]
internal sealed class FileJournalStore : IJournalStore
{
    private static readonly TimeSpan _longestCompaction = TimeSpan.FromSeconds(10);
    private readonly object _lock = new();
    private readonly Dictionary<string, JournalSegment> _segments = [];
    private readonly Dictionary<string, IndexedSegment> _indexed = [];
    private readonly Dictionary<string, HashSet<string>> _idsByName = [];
    private readonly Dictionary<string, HashSet<string>> _idsByJobId = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedSet<string> _unreadable = new(StringComparer.Ordinal);
    private readonly NameLock _names;
    private readonly FileClaims _claims;

    private readonly long _indexFrom;

    /// <param name="folder">The folder of the segments; it is made with the first line or lock.</param>
    /// <param name="indexFrom">How large a segment has to be for an index, in bytes.</param>
    public FileJournalStore(string folder, long indexFrom = JournalIndex.WorthFrom)
    {
        Folder = folder;
        _indexFrom = indexFrom;
        _names = new NameLock(Path.Combine(folder, "names.lock"));
        _claims = new FileClaims(folder);
    }

    /// <summary>The folder of the segments.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public string Location => Folder;

    /// <inheritdoc/>
    public int SkippedLines
    {
        get { lock (_lock) return _segments.Values.Sum(segment => segment.Skipped) + _indexed.Values.Sum(segment => segment.Skipped); }
    }

    /// <inheritdoc/>
    public string? Unreadable
    {
        get
        {
            lock (_lock)
            {
                if (_unreadable.Count == 0) return null;
                string path = _unreadable.First();
                string owner = FileOwner.Of(path) is { } name ? $"belongs to {name}" : "belongs to another user";
                string others = _unreadable.Count > 1 ? $", and {_unreadable.Count - 1} more like it" : "";
                string command = OperatingSystem.IsWindows()
                    ? $"icacls '{path}' /grant \"${{env:USERNAME}}:F\"" : $"sudo chown $USER '{path}'";
                return $"The journal's file {path} {owner} and cannot be read{others}, so the jobs in it are not known here. Give it to " +
                    $"this user: {command}";
            }
        }
    }

    /// <summary>How often this process has flushed to the disk.</summary>
    public int Flushes => Writer?.Flushes ?? 0;

    /// <summary>What writes this process's lines; null before the first one. Tests put a disk that fails in its place.</summary>
    internal JournalWriter? Writer { get; set; }

    /// <inheritdoc/>
    public async Task AppendAsync(JournalLine line)
    {
        try
        {
            await OpenWriter().AppendAsync(line);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception, "written");
        }
    }

    /// <inheritdoc/>
    public async Task CheckWritableAsync(CancellationToken cancellationToken)
    {
        using IDisposable locks = await LockAsync(["test"], cancellationToken); // Locks that do nothing are an error of their own.
        string path = Path.Combine(Folder, $"test-{Guid.NewGuid():n}.tmp");
        try
        {
            using (FileStream file = PrivateFile.Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.WriteByte((byte)'\n');
                file.Flush(flushToDisk: true);
            }

            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception, "written");
        }
    }

    /// <inheritdoc/>
    public async Task<IDisposable> LockAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        Prepare();
        return await _names.TakeAsync(keys, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IDisposable?> TryClaimAsync(string key, CancellationToken cancellationToken)
    {
        Prepare();
        return _claims.TryTakeAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> Read<T>(JournalQuery query, Func<IReadOnlyList<JournalPart>, T?> merge)
        where T : class
    {
        const int MostTries = 10;
        lock (_lock)
        {
            for (int attempt = 1; ; attempt++)
            {
                Refresh();
                try
                {
                    return query with { Service = null } == new JournalQuery() ? ReadAll(merge) : LookUp(query, merge);
                }
                catch (InvalidDataException) when (attempt < MostTries)
                {
                    ForgetIndexes(); // Whoever has put them there: they are made anew.
                }
                catch (FileNotFoundException) when (attempt < MostTries)
                {
                    // Compacted away just now; what it told is told by another one.
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
                {
                    throw Unusable(exception, "read");
                }
            }
        }
    }

    // Record by record, so that a journal of years is never in memory with all its lines.
    private List<T> ReadAll<T>(Func<IReadOnlyList<JournalPart>, T?> merge)
        where T : class
    {
        var ids = new List<ulong>();
        foreach (IndexedSegment segment in _indexed.Values) segment.AddIds(ids);
        ids.AddRange(_segments.Values.SelectMany(segment => segment.Ids).Select(id => JournalIndex.Hash('i', id)));
        ids.Sort();
        HashSet<ulong> shared = [.. ids.Zip(ids.Skip(1)).Where(pair => pair.First == pair.Second).Select(pair => pair.First)];

        // Those of which several segments tell wait for the last of them.
        var waiting = new Dictionary<string, List<JournalPart>>();
        var merged = new List<T>();
        foreach (IndexedSegment segment in _indexed.Values) merged.AddRange(segment.Select(MergeOrKeep));
        foreach (JournalSegment segment in _segments.Values)
        {
            merged.AddRange(segment.Ids.Select(segment.Part).OfType<JournalPart>().Select(MergeOrKeep).OfType<T>());
        }

        merged.AddRange(waiting.Values.Select(merge).OfType<T>());
        return merged;

        T? MergeOrKeep(JournalPart part)
        {
            if (!shared.Contains(JournalIndex.Hash('i', part.Id))) return merge([part]);
            lock (waiting)
            {
                if (!waiting.TryGetValue(part.Id, out List<JournalPart>? parts)) waiting[part.Id] = parts = [];
                parts.Add(part);
            }

            return null;
        }
    }

    private List<T> LookUp<T>(JournalQuery query, Func<IReadOnlyList<JournalPart>, T?> merge)
        where T : class
    {
        HashSet<string> ids = [.. query switch
        {
            { Id: { } id } => [id],
            { NameKey: { } key } => _idsByName.GetValueOrDefault(key) ?? [],
            { JobId: { } jobId } => _idsByJobId.GetValueOrDefault(jobId) ?? [],
            _ => _segments.Values.SelectMany(segment => segment.Ids),
        }];
        var found = new Dictionary<(IndexedSegment, string), JournalPart>();
        foreach (IndexedSegment segment in _indexed.Values)
        {
            foreach (JournalPart part in segment.Find(query))
            {
                ids.Add(part.Id);
                found[(segment, part.Id)] = part;
            }
        }

        var merged = new List<T>(ids.Count);
        foreach (string id in ids)
        {
            var parts = new List<JournalPart>();
            foreach (JournalSegment segment in _segments.Values)
            {
                if (segment.Part(id) is { } part) parts.Add(part);
            }

            foreach (IndexedSegment segment in _indexed.Values)
            {
                if ((found.GetValueOrDefault((segment, id)) ?? segment.Part(id)) is { } part) parts.Add(part);
            }

            if (parts.Count > 0 && merge(parts) is { } one) merged.Add(one);
        }

        return merged;
    }

    private void ForgetIndexes()
    {
        foreach ((string path, IndexedSegment segment) in _indexed)
        {
            segment.Dispose();
            string index = JournalIndex.PathOf(path);
            FileOperations.TryRemove(index, JournalCompaction.Aside(index)); // Another reader may have it open.
        }

        _indexed.Clear();
    }

    // A large segment of a process that is gone is read by its index, which whoever meets it first makes.
    private bool TryIndex(string path)
    {
        if (_indexed.ContainsKey(path)) return true;
        if (_segments.ContainsKey(path) || path == Writer?.Path) return false;
        IndexedSegment? opened = IndexedSegment.TryOpen(path);
        if (opened is null && new FileInfo(path).Length >= _indexFrom && !JournalSegment.IsAlive(path))
        {
            try
            {
                JournalIndex.Create(path);
                opened = IndexedSegment.TryOpen(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A folder that takes no file, or a file that is another user's: it is read as it is, if it can be.
            }
        }

        if (opened is null) return false;
        _indexed[path] = opened;
        return true;
    }

    private LumaException Unusable(Exception failure, string what) =>
        new(LumaErrorId.LumaJournalError, $"The journal in {Folder} could not be {what}: {ErrorText.Reason(failure)}", failure)
        {
            RecommendedAction =
                $"Make the folder writable and see that its disk has space, or set {JournalHome.Variable} to another folder.",
        };

    private void Prepare()
    {
        try
        {
            PrivateFile.CreateFolder(Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception, "written");
        }
    }

    private JournalWriter OpenWriter()
    {
        lock (_lock)
        {
            // A folder that was deleted while this process runs takes its segment along; nothing more may go there.
            if (Writer is null || !File.Exists(Writer.Path))
            {
                Prepare();
                Writer = JournalWriter.Create(Folder);
                _ = Task.Run(() => JournalCompaction.RunAsync(Folder));
            }

            return Writer;
        }
    }

    // Reads what other processes, and this one, have written since the last look.
    private void Refresh()
    {
        const int MostTries = 10;
        long start = Stopwatch.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                // A compaction deletes one segment after the other, which takes its time where a scanner looks at each.
                if (TryRefresh(isLast: attempt >= MostTries)) return;
                if (attempt >= MostTries && Stopwatch.GetElapsedTime(start) > _longestCompaction)
                {
                    throw new IOException("it is being compacted all the time.");
                }

                if (attempt > 1) Thread.Sleep(FileLock.Pause);
            }
            catch (Exception exception) when (attempt < MostTries && FileOperations.IsInUse(exception))
            {
                Thread.Sleep(FileLock.Pause);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unusable(exception, "read");
            }
        }
    }

    // False when a segment was compacted away while the folder was read: its records are in one not yet seen.
    private bool TryRefresh(bool isLast)
    {
        if (!Directory.Exists(Folder)) return true;
        HashSet<string> present = [.. Directory.EnumerateFiles(Folder, "*" + JournalSegment.Extension)];
        bool isWhole = true;
        string[] unreadable = [.. _unreadable];
        _unreadable.Clear();
        foreach (string path in present)
        {
            try
            {
                if (TryIndex(path)) continue;
                if (!_segments.TryGetValue(path, out JournalSegment? segment)) _segments[path] = segment = new JournalSegment(path);
                foreach (string id in segment.Read(isOwn: path == Writer?.Path)) Note(segment.Part(id));
            }
            catch (FileNotFoundException)
            {
                present.Remove(path);
                isWhole = false;
            }
            catch (UnauthorizedAccessException exception) when (!isLast && FileOperations.IsInUse(exception) && !unreadable.Contains(path))
            {
                // On Windows also a segment whose deletion is pending, until the last handle is closed: the list is not complete yet.
                isWhole = false;
                Thread.Sleep(FileLock.Pause);
            }
            catch (UnauthorizedAccessException)
            {
                // One run as root is enough. What the others tell is told all the same.
                _unreadable.Add(path);
            }
        }

        foreach (string gone in _segments.Keys.Where(path => !present.Contains(path)).ToArray()) _segments.Remove(gone);
        foreach (string gone in _indexed.Keys.Where(path => !present.Contains(path)).ToArray())
        {
            _indexed[gone].Dispose();
            _indexed.Remove(gone);
        }

        // A listing takes several calls in a large folder; a compaction in between could hide old and new ones alike.
        return isWhole && Directory.EnumerateFiles(Folder, "*" + JournalSegment.Extension)
            .All(path => _segments.ContainsKey(path) || _indexed.ContainsKey(path) || _unreadable.Contains(path));
    }

    // An id stays in these once it was seen, also when a compaction has dropped its record since.
    private void Note(JournalPart? part)
    {
        foreach (JournalLine line in part?.Lines ?? [])
        {
            if (line.JobId is { } jobId) Note(_idsByJobId, jobId, part!.Id);
            if (line.Name is { } name) Note(_idsByName, JobName.Key(name), part!.Id);
        }
    }

    private static void Note(Dictionary<string, HashSet<string>> idsBy, string key, string id)
    {
        if (!idsBy.TryGetValue(key, out HashSet<string>? ids)) idsBy[key] = ids = [];
        ids.Add(id);
    }
}
