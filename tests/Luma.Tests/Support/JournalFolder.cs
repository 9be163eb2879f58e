using System.Text;

namespace Luma.Tests.Support;

/// <summary>A journal's folder of one test, with the segments of processes that live, and of those that are gone.</summary>
internal sealed class JournalFolder : IDisposable
{
    // In memory where there is such a folder: thousands of inputs flush thousands of times.
    private static readonly string _temporary = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();

    private readonly string _root =
        Directory.CreateDirectory(System.IO.Path.Combine(_temporary, $"lumaps-journal-{Guid.NewGuid():N}")).FullName;
    private readonly List<FileStream> _locks = [];

    public JournalFolder() => Path = System.IO.Path.Combine(_root, "journal");

    public string Path { get; }

    public IEnumerable<string> Segments => Directory.EnumerateFiles(Path, "*.jsonl");

    /// <summary>A journal that knows nothing of the others over the same folder, as another process's does not.</summary>
    /// <param name="time">The clock by which a submit of a living process is overdue; null: none ever is, whatever times the lines of a
    /// test have.</param>
    /// <param name="indexFrom">How large a segment has to be for an index, in bytes.</param>
    public Journal Open(TimeProvider? time = null, long indexFrom = JournalIndex.WorthFrom) =>
        new(new FileJournalStore(Path, indexFrom), time ?? new BeginningOfTime());

    public string Write(string name, IEnumerable<JournalLine> lines) => Write(name, lines.SelectMany(JournalJson.Write).ToArray());

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path);
        string path = System.IO.Path.Combine(Path, name + ".jsonl");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Makes a segment a living process's, until that is disposed of.</summary>
    public FileStream Live(string name)
    {
        Directory.CreateDirectory(Path);
        var held = new FileStream(
            System.IO.Path.Combine(Path, name + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        _locks.Add(held);
        return held;
    }

    /// <summary>All lines of all segments, as text.</summary>
    public string[] Lines() => [.. Segments.SelectMany(ReadLines)];

    /// <summary>The lines of a segment that is being written.</summary>
    public static string[] ReadLines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose()
    {
        foreach (FileStream held in _locks) held.Dispose();
        for (int left = 10; ; left--)
        {
            try
            {
                Directory.Delete(_root, recursive: true);
                return;
            }
            catch (IOException) when (left > 0 && !OperatingSystem.IsWindows())
            {
                // A first line looks for something to compact, in the background, and may just now have made its lock.
            }
            catch (Exception exception) when (OperatingSystem.IsWindows() && exception is IOException or UnauthorizedAccessException)
            {
                return; // A segment is open as long as its process lives, and Windows removes no open file.
            }
        }
    }

    private sealed class BeginningOfTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.MinValue;
    }
}
