using System.Globalization;
using System.Text;

namespace Luma;

/// <summary>
/// Lines that the database could not be given, in the file store of this machine until it can: a folder of files, one for
/// each session that wrote, in the journal's own format and named by the session's number. They are delivered as that
/// session's by whoever on this machine reaches the database next.
/// </summary>
internal sealed class KeptLines(string folder)
{
    private readonly object _lock = new();
    private readonly Dictionary<long, (FileStream File, IDisposable Lock)> _own = [];

    /// <summary>Where they are.</summary>
    public string Folder => folder;

    /// <summary>Whether there may be some, of this process or of another one.</summary>
    public bool Any => Files().Length > 0;

    /// <summary>Writes a line down; it is on the disk when this returns.</summary>
    public void Add(long writer, JournalLine line)
    {
        lock (_lock)
        {
            if (!_own.TryGetValue(writer, out (FileStream File, IDisposable Lock) kept))
            {
                PrivateFile.CreateFolder(folder);
                string path =
                    Path.Combine(folder, $"{writer.ToString("x16", CultureInfo.InvariantCulture)}-{Path.GetRandomFileName()[..8]}");
                IDisposable taken = FileLock.TryTake(path + JournalSegment.LockExtension)
                    ?? throw new IOException($"The lock of {path} is taken.");
                FileStream file = PrivateFile.Open(
                    path + JournalSegment.Extension, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
                kept = (file, taken);
                _own[writer] = kept;
            }

            kept.File.Write(JournalJson.Write(line));
            kept.File.Flush(flushToDisk: true);
        }
    }

    /// <summary>Forgets the lines of this process: all have been delivered.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach ((FileStream file, IDisposable taken) in _own.Values)
            {
                file.Dispose();
                Delete(file.Name);
                Release(file.Name, taken);
            }

            _own.Clear();
        }
    }

    /// <summary>Takes the files of processes that are gone.</summary>
    /// <returns>Each with its lines; whoever has delivered them calls <see cref="Left.Delete"/>, else <see cref="Left.Dispose"/>.</returns>
    public List<Left> TakeLeft()
    {
        var left = new List<Left>();
        foreach (string path in Files())
        {
            if (!long.TryParse(Path.GetFileName(path).Split('-')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long writer))
            {
                continue;
            }

            IDisposable? taken = null;
            try
            {
                taken = FileLock.TryTake(Path.ChangeExtension(path, JournalSegment.LockExtension));
                if (taken is not null) left.Add(new Left(path, writer, ReadLines(path), taken));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LumaException)
            {
                taken?.Dispose(); // It stays for somebody who may read it; nobody is kept from working by it.
            }
        }

        return left;
    }

    private static List<JournalLine> ReadLines(string path) =>
        [.. (File.Exists(path) ? File.ReadAllLines(path) : []).Select(text => JournalJson.Read(Encoding.UTF8.GetBytes(text)))
            .OfType<JournalLine>()];

    private string[] Files()
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + JournalSegment.Extension) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is delivered once more, which does no harm.
        }
    }

    private static void Release(string path, IDisposable taken)
    {
        // While it is held: on Windows it is deleted when it is let go of, elsewhere whoever opened it in between finds no lines.
        if (!OperatingSystem.IsWindows()) Delete(Path.ChangeExtension(path, JournalSegment.LockExtension));
        taken.Dispose();
        if (OperatingSystem.IsWindows()) Delete(Path.ChangeExtension(path, JournalSegment.LockExtension));
    }

    /// <summary>What a process that is gone has left.</summary>
    internal sealed class Left(string path, long writer, List<JournalLine> lines, IDisposable taken) : IDisposable
    {
        private bool _isDone;

        public long Writer => writer;

        public IReadOnlyList<JournalLine> Lines => lines;

        public void Delete()
        {
            KeptLines.Delete(path);
            if (!_isDone) Release(path, taken);
            _isDone = true;
        }

        public void Dispose()
        {
            if (!_isDone) taken.Dispose();
            _isDone = true;
        }
    }
}
