using System.Threading.Channels;

namespace Luma;

/// <summary>
/// This process's segment of the journal: no other process writes to it, so no line is ever lost to another. Lines that
/// come together are flushed together. A lock file next to it, held open, shows that the process is alive.
/// </summary>
internal sealed class JournalWriter
{
    private readonly Channel<Pending> _lines = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly FileStream _lock;
    private readonly FileStream _file;
    private bool _endsTorn;

    /// <param name="lockFile">Held open as long as the process lives.</param>
    /// <param name="file">The segment.</param>
    public JournalWriter(FileStream lockFile, FileStream file)
    {
        _lock = lockFile;
        _file = file;
        _ = Task.Run(WriteAsync);
    }

    /// <summary>The segment's file.</summary>
    public string Path => _file.Name;

    /// <summary>How often lines were flushed to the disk.</summary>
    public int Flushes { get; private set; }

    public static JournalWriter Create(string folder)
    {
        const int MostTries = 10;
        for (int attempt = 1; ; attempt++)
        {
            string path = JournalSegment.NewName(folder), lockPath = path + JournalSegment.LockExtension;
            FileStream lockFile;
            try
            {
                // The lock comes first: a segment that is there without one is taken for a dead process's.
                lockFile = PrivateFile.Open(lockPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(lockPath) || attempt < MostTries)
            {
                continue; // The name is taken, or a reader or a compaction was looking just then.
            }

            if (File.Exists(lockPath))
            {
                FileLock.Check(lockPath);
                FileStream file = PrivateFile.Open(path + JournalSegment.Extension, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
                return new JournalWriter(lockFile, file);
            }

            lockFile.Dispose(); // A compaction has deleted it, as one without a segment, before it was locked.
        }
    }

    /// <summary>Writes a line; the task ends when it is on the disk.</summary>
    public Task AppendAsync(JournalLine line)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lines.Writer.TryWrite(new Pending(JournalJson.Write(line), flushed));
        return flushed.Task;
    }

    private async Task WriteAsync()
    {
        var together = new List<TaskCompletionSource>();
        using var bytes = new MemoryStream();
        while (await _lines.Reader.WaitToReadAsync())
        {
            together.Clear();
            bytes.SetLength(0);
            while (_lines.Reader.TryRead(out Pending? next))
            {
                bytes.Write(next.Line);
                together.Add(next.Flushed);
            }

            long whole = _file.Position;
            try
            {
                if (_endsTorn) _file.WriteByte((byte)'\n');
                _file.Write(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
                _file.Flush(flushToDisk: true);
                Flushes++;
                _endsTorn = false;
                foreach (TaskCompletionSource flushed in together) flushed.SetResult();
            }
            catch (Exception exception)
            {
                Undo(whole);
                foreach (TaskCompletionSource flushed in together) flushed.SetException(exception);
            }
        }
    }

    // Half a line on a full disk must not take the next one with it.
    private void Undo(long whole)
    {
        try
        {
            _file.SetLength(whole);
            _file.Position = whole;
        }
        catch (Exception)
        {
            // Whatever it is, those who wait have to hear of the first failure. The truncated line stays, and readers skip it.
            _endsTorn = true;
        }
    }

    // A class: the runtime has the code of a channel of classes ready, and would compile that of a channel of structs.
    private sealed record Pending(byte[] Line, TaskCompletionSource Flushed);
}
