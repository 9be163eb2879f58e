namespace Luma;

/// <summary>One segment as a reader knows it; each look reads on from where the last one stopped.</summary>
internal sealed class JournalSegment(string path)
{
    public const string Extension = ".jsonl";
    public const string LockExtension = ".lock";

    private const int NameLength = 8;

    private readonly Dictionary<string, List<JournalLine>> _lines = [];
    private long _read;
    private bool _isOwn;
    private bool _readTorn;

    public string Path => path;

    /// <summary>The ids of the records that it tells of.</summary>
    public IReadOnlyCollection<string> Ids => _lines.Keys;

    /// <summary>How many lines were skipped: truncated, unrecognized, or of a newer version.</summary>
    public int Skipped { get; private set; }

    /// <summary>Those of them that no newer version can read either, as they are.</summary>
    public List<byte[]> Broken { get; } = [];

    /// <summary>Whether there are lines that a newer version can read.</summary>
    public bool HasNewer => Skipped > Broken.Count;

    /// <summary>Whether the process that writes it is gone; once gone, always gone.</summary>
    public bool IsDead { get; private set; }

    /// <summary>A path for a new segment, without its extension.</summary>
    public static string NewName(string folder) => System.IO.Path.Combine(folder, System.IO.Path.GetRandomFileName()[..NameLength]);

    /// <summary>Whether a lock file is a segment's, and not one of the folder's own.</summary>
    public static bool IsLock(string path) => System.IO.Path.GetFileNameWithoutExtension(path).Length == NameLength;

    /// <summary>Reads what is new.</summary>
    /// <param name="isOwn">Whether it is this process's own.</param>
    /// <returns>The ids of the records that changed.</returns>
    /// <exception cref="FileNotFoundException">When it was compacted away.</exception>
    public IReadOnlyCollection<string> Read(bool isOwn)
    {
        _isOwn = isOwn;

        // First whether it lives, then what it says: a line written in between is then read as a living process's.
        bool wasDead = IsDead;
        IsDead = IsDead || (!isOwn && !IsAlive(path));
        var changed = new HashSet<string>();
        using FileStream file = FileOperations.Retry(
            () => PrivateFile.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete),
            exception => exception is IOException && FileOperations.IsInUse(exception), // Access denied may be permanent: another user's.
            TimeProvider.System);
        if (_read > 0 && !_readTorn && !EndsLine(file, _read))
        {
            // A write that failed was taken back after it had been read here: begin anew.
            foreach (string id in _lines.Keys) changed.Add(id);
            _lines.Clear();
            _read = 0;
            Skipped = 0;
            Broken.Clear();
        }

        if (file.Length > _read)
        {
            file.Position = _read;
            byte[] bytes = new byte[file.Length - _read];
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            _read += ReadLines(bytes.AsSpan(0, count), changed);
        }

        if (IsDead && !wasDead)
        {
            foreach (string id in _lines.Keys) changed.Add(id);
        }

        return changed;
    }

    /// <summary>Whether it tells of a record.</summary>
    public bool Has(string id) => _lines.ContainsKey(id);

    /// <summary>What it tells of a record; null: nothing.</summary>
    public JournalPart? Part(string id) =>
        _lines.TryGetValue(id, out List<JournalLine>? lines) ? new JournalPart(id, [.. lines], !IsDead, _isOwn) : null;

    private static bool EndsLine(FileStream file, long position)
    {
        if (file.Length < position) return false;
        file.Position = position - 1;
        return file.ReadByte() == '\n';
    }

    private static string LockPath(string path) => System.IO.Path.ChangeExtension(path, LockExtension);

    private int ReadLines(ReadOnlySpan<byte> bytes, HashSet<string> changed)
    {
        int done = 0;
        while (bytes[done..].IndexOf((byte)'\n') is >= 0 and int length)
        {
            Add(bytes.Slice(done, length), changed);
            done += length + 1;
        }

        // A dead process will not end its last line any more.
        if (IsDead && done < bytes.Length)
        {
            Add(bytes[done..], changed);
            done = bytes.Length;
            _readTorn = true;
        }

        return done;
    }

    private void Add(ReadOnlySpan<byte> text, HashSet<string> changed)
    {
        if (text.TrimEnd("\r "u8).IsEmpty) return;
        if (JournalJson.Read(text) is not { } line)
        {
            Skipped++;
            if (!JournalJson.IsNewer(text)) Broken.Add(text.ToArray());
            return;
        }

        if (!_lines.TryGetValue(line.Id!, out List<JournalLine>? known)) _lines[line.Id!] = known = [];
        known.AddRange(JournalPacking.Unpack(line));
        changed.Add(line.Id!);
    }

    /// <summary>Whether the process that writes a segment lives; false only where it is certainly gone.</summary>
    public static bool IsAlive(string path)
    {
        try
        {
            using FileStream probe = PrivateFile.Open(LockPath(path), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true; // Another user's: not ours to judge. On Windows also one that is being deleted, whose segment is gone.
        }
    }
}
