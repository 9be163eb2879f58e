namespace Luma;

/// <summary>
/// Puts the segments of dead processes together: a new file, flushed, renamed, and only then the old ones deleted. If it
/// dies in between, the same records stand twice, which does no harm.
/// </summary>
internal static class JournalCompaction
{
    /// <summary>Fewer dead segments than this are left as they are.</summary>
    internal const int Threshold = 8;

    private const string Unfinished = ".tmp";

    public static async Task RunAsync(string folder)
    {
        try
        {
            // Only one process at a time; the others go on without.
            using IDisposable? own = FileLock.TryTake(Path.Combine(folder, "compaction.lock"));
            if (own is null) return;
            foreach (string left in Directory.EnumerateFiles(folder, "*" + Unfinished)) FileOperations.TryDelete(left);
            DeleteLocksWithoutSegment(folder);
            new FileClaims(folder).DeleteLeft();
            await CompactAsync(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LumaException)
        {
            // It is housekeeping: what was not done is done another time.
        }
    }

    private static async Task CompactAsync(string folder)
    {
        var dead = new List<JournalSegment>();
        var living = new List<JournalSegment>();
        foreach (string path in Directory.EnumerateFiles(folder, "*" + JournalSegment.Extension))
        {
            var segment = new JournalSegment(path);
            segment.Read(isOwn: false);
            (segment.IsDead && segment.Skipped == 0 ? dead : living).Add(segment); // What cannot be read is not thrown away.
        }

        if (dead.Count < Threshold) return;
        string name = JournalSegment.NewName(folder);
        await using (FileStream file = PrivateFile.Open(name + Unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            foreach (string id in dead.SelectMany(segment => segment.Ids).Distinct())
            {
                List<JournalRecord> parts = [.. dead.Select(segment => segment.Part(id)?.ToRecord()).OfType<JournalRecord>()];

                // Other segments may tell of it without its end: those that stay, and those that are still there if this ends before all are deleted.
                bool isElsewhere = parts.Count > 1 || living.Any(segment => segment.Has(id));
                foreach (JournalLine line in Lines(parts.Aggregate((a, b) => a.With(b)), isElsewhere)) file.Write(JournalJson.Write(line));
            }

            file.Flush(flushToDisk: true);
        }

        FileOperations.Move(name + Unfinished, name + JournalSegment.Extension);
        foreach (JournalSegment segment in dead)
        {
            // One that somebody has open stays, with its lock, until the next time: the same records stand twice.
            if (!FileOperations.TryDelete(segment.Path)) continue;
            FileOperations.TryDelete(Path.ChangeExtension(segment.Path, JournalSegment.LockExtension));
        }
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

    private static IEnumerable<JournalLine> Lines(JournalRecord record, bool isElsewhere)
    {
        // What was removed, refused or unsent is done with, unless another segment tells of it.
        if (!record.IsJob && !isElsewhere) yield break;
        if (record.Intent is { } intent) yield return intent with { Name = record.Name, SubmittedAt = record.SubmittedAt, Waiting = null };
        if (record.JobId is { } jobId) yield return new JournalLine { Event = JournalEvents.Accepted, Id = record.Id, At = record.Intent?.At ?? default, JobId = jobId, Name = record.Name, SubmittedAt = record.SubmittedAt };
        else if (record.Intent is not null && !record.IsOpen && record.State?.Status != LumaJobStatus.Unconfirmed) yield return new JournalLine { Event = JournalEvents.Unsent, Id = record.Id };
        foreach (JournalLine line in record.State?.Lines ?? []) yield return line;
        if (record.Saved is { } saved) yield return saved;
        if (record.IsRemoved) yield return new JournalLine { Event = JournalEvents.Removed, Id = record.Id };
    }
}
