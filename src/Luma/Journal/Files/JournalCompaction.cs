namespace Luma;

/// <summary>
/// Puts the segments of dead processes together: a new file, flushed, renamed, and only then the old ones deleted. If it
/// dies in between, the same records stand twice, which does no harm.
/// </summary>
internal static class JournalCompaction
{
    /// <summary>Fewer dead segments than this are left as they are.</summary>
    internal const int Threshold = 8;

    /// <summary>How a file is called while it is being written.</summary>
    internal const string Unfinished = ".tmp";

    /// <summary>Where lines are kept that nobody can read, so that they do not keep their segments from being put together.</summary>
    internal const string Unreadable = ".unreadable";

    private const int Small = 1 << 16;

    /// <summary>Puts together what is worth it.</summary>
    /// <returns>How many segments were read for that.</returns>
    public static async Task<int> RunAsync(string folder)
    {
        try
        {
            // Only one process at a time; the others continue without it.
            using IDisposable? own = FileLock.TryTake(Path.Combine(folder, "compaction.lock"));
            if (own is null) return 0;
            foreach (string left in Directory.EnumerateFiles(folder, "*" + Unfinished)) DeleteAtOnce(left);
            DeleteLocksWithoutSegment(folder);
            foreach (string index in Directory.EnumerateFiles(folder, "*" + JournalIndex.Extension)
                .Where(path => !File.Exists(Path.ChangeExtension(path, JournalSegment.Extension))))
            {
                FileOperations.TryDelete(index);
            }

            new FileClaims(folder).DeleteLeft();
            return await CompactAsync(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LumaException or InvalidDataException)
        {
            // It is housekeeping: what was not done is done another time.
            return 0;
        }
    }

    // Or not at all: what somebody has open is waited for by nobody.
    private static void DeleteAtOnce(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is there the next time.
        }
    }

    private static async Task<int> CompactAsync(string folder)
    {
        // Who is gone tells the listing and the locks; nothing is read as long as there is nothing to do.
        string[] all = Directory.GetFiles(folder, "*" + JournalSegment.Extension);
        FileInfo[] gone = [.. all.Where(path => File.Exists(JournalIndex.PathOf(path)) || !JournalSegment.IsAlive(path))
            .Select(path => new FileInfo(path)).OrderBy(file => file.Length)];
        var dead = new List<JournalSegment>();
        int read = 0;
        foreach (FileInfo file in OfOneSize(gone))
        {
            var segment = new JournalSegment(file.FullName);
            if (TryRead(segment) && !segment.HasNewer) dead.Add(segment); // What a newer version can read is not thrown away.
            read++;
        }

        if (dead.Count < Threshold) return read;
        using var others = new OtherSegments(all.Except(dead.Select(segment => segment.Path)));
        string name = JournalSegment.NewName(folder);
        await using (FileStream file = PrivateFile.Open(name + Unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            await using (var buffered = new BufferedStream(file, 1 << 16))
            {
                foreach (string id in dead.SelectMany(segment => segment.Ids).Distinct())
                {
                    List<JournalRecord> parts = [.. dead.Select(segment => segment.Part(id)?.ToRecord()).OfType<JournalRecord>()];
                    JournalRecord record = parts.Aggregate((a, b) => a.With(b));

                    // What was removed, refused or unsent is done with, unless another segment tells of it without its end: those
                    // that stay, and those that are still there if this ends before all are deleted.
                    if (!record.IsJob && parts.Count == 1 && !others.Have(id)) continue;
                    List<JournalLine> lines = [.. record.ToLines()];
                    if (JournalPacking.Pack(lines) is { } packed) lines = [packed];
                    foreach (JournalLine line in lines) buffered.Write(JournalJson.Write(line));
                }

                buffered.Flush();
                file.Flush(flushToDisk: true);
            }
        }

        KeepAside(name, dead);
        FileOperations.Move(name + Unfinished, name + JournalSegment.Extension);
        if (new FileInfo(name + JournalSegment.Extension).Length >= JournalIndex.WorthFrom)
        {
            JournalIndex.Create(name + JournalSegment.Extension);
        }

        foreach (JournalSegment segment in dead)
        {
            // One that somebody has open stays, with its lock, until the next time: the same records stand twice.
            if (!FileOperations.TryRemove(segment.Path, Aside(segment.Path))) continue;
            FileOperations.TryDelete(Path.ChangeExtension(segment.Path, JournalSegment.LockExtension));
            FileOperations.TryRemove(JournalIndex.PathOf(segment.Path), Aside(JournalIndex.PathOf(segment.Path)));
        }

        return read;
    }

    // Enough segments of about the same size: what is much larger than all the smaller ones together waits, so that no job is
    // written again and again, and a process that submits one job does not read the jobs of years.
    private static FileInfo[] OfOneSize(FileInfo[] gone)
    {
        for (int from = 0; from + Threshold <= gone.Length; from++)
        {
            long total = gone[from].Length;
            int to = from + 1;
            while (to < gone.Length && gone[to].Length <= Math.Max(Small, 2 * total)) total += gone[to++].Length;
            if (to - from >= Threshold) return gone[from..to];
        }

        return [];
    }

    /// <summary>
    /// A name of its own for a file that is being written or deleted; what is left under such names goes with the next compaction.
    /// </summary>
    internal static string Aside(string path) => $"{path}.{Path.GetRandomFileName()[..8]}{Unfinished}";

    private static bool TryRead(JournalSegment segment)
    {
        try
        {
            segment.Read(isOwn: false);
            return segment.IsDead;
        }
        catch (UnauthorizedAccessException)
        {
            return false; // Another user's.
        }
    }

    private static void KeepAside(string name, List<JournalSegment> dead)
    {
        if (!dead.Exists(segment => segment.Broken.Count > 0)) return;
        using FileStream file = PrivateFile.Open(name + Unreadable, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        foreach (byte[] line in dead.SelectMany(segment => segment.Broken))
        {
            file.Write(line);
            file.WriteByte((byte)'\n');
        }

        file.Flush(flushToDisk: true);
    }

    // Left where an earlier compaction ended in between, or where somebody had the lock's file open.
    private static void DeleteLocksWithoutSegment(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*" + JournalSegment.LockExtension))
        {
            if (!JournalSegment.IsLock(path) || HasSegment(path)) continue;
            try
            {
                // A writer makes its lock before its segment, and looks whether it is still there once it has locked it.
                using IDisposable? taken = FileLock.TryTake(path);
                if (taken is null || HasSegment(path)) continue;
                if (OperatingSystem.IsWindows()) taken.Dispose(); // It deletes no file that is open.
                FileOperations.TryDelete(path);
            }
            catch (LumaException)
            {
                // Another user's.
            }
        }

        static bool HasSegment(string path) => File.Exists(Path.ChangeExtension(path, JournalSegment.Extension));
    }
}
