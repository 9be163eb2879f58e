using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Luma;

/// <summary>
/// A video on its way: a file next to the target, named by the jobId, locked while it is written, and next to it what a
/// later call needs to continue (<c>.part.json</c>): where its bytes came from and their strong ETag.
/// </summary>
internal sealed class PartFile : IDisposable
{
    /// <summary>How many bytes are moved at a time.</summary>
    public const int CopySize = 512 * 1024;

    private const string OriginExtension = ".json";
    private const long FlushStep = 128 * 1024 * 1024;
    private static readonly DateTime _systemStart = DateTime.UtcNow - TimeSpan.FromMilliseconds(Environment.TickCount64);

    private readonly string _path;
    private readonly string _originPath;
    private FileStream? _stream;
    private Origin? _origin;
    private IncrementalFileHash? _hash;
    private Task _flushing = Task.CompletedTask;

    private PartFile(string path, FileStream stream)
    {
        _path = path;
        _originPath = path + OriginExtension;
        _stream = stream;
    }

    public FileStream Stream => _stream ?? throw new ObjectDisposedException(nameof(PartFile));

    /// <summary>The ETag for the request for the rest, where the download can be resumed.</summary>
    public EntityTagHeaderValue? ETag =>
        _origin is { } origin && EntityTagHeaderValue.TryParse(origin.ETag, out EntityTagHeaderValue? tag) ? tag : null;

    /// <exception cref="IOException">Also when another process is saving the same job.</exception>
    public static PartFile Open(string target, string jobId)
    {
        string path = PartPath(target, jobId);
        var part = new PartFile(path, OpenLocked(path));
        if (File.GetLastWriteTimeUtc(path) < _systemStart) part.Restart(); // A power cut may have left zeros where bytes were not flushed.
        part._origin = ReadOrigin(part._originPath);
        if (part._origin is null) part.Restart();
        return part;
    }

    /// <summary>Whether the download can be resumed with this link; else its bytes are dropped.</summary>
    public bool CanResume(Uri link)
    {
        bool isKnown = Stream.Length > 0 && _origin is { } origin && origin.Link == WithoutQuery(link) && ETag is not null;
        if (isKnown && Mp4Boxes.CanBegin(Stream)) return true;
        Restart();
        return false;
    }

    /// <summary>Adds bytes at the end.</summary>
    public async Task AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        long before = Stream.Length, after = before + bytes.Length;
        Stream.Position = before;
        await Stream.WriteAsync(bytes, cancellationToken);
        Hash().Grow(after);

        // A disk slower than the network works in parallel, and not only when all is there.
        if (before / FlushStep < after / FlushStep && _flushing.IsCompletedSuccessfully) _flushing = FlushAsync();
    }

    /// <summary>Brings all there is to the disk, and gives its SHA-256 in hexadecimal.</summary>
    public async Task<string> FinishAsync(CancellationToken cancellationToken)
    {
        Hash().Grow(Stream.Length);
        Task<string> hashing = Hash().FinishAsync(cancellationToken);
        await _flushing;
        await (_flushing = FlushAsync());
        return await hashing;
    }

    /// <summary>Begins at the first byte.</summary>
    public void Restart()
    {
        _hash?.Dispose();
        _hash = null;
        Stream.SetLength(0);
        _origin = null;
        FileOperations.Delete(_originPath);
    }

    /// <summary>Notes where the bytes to come are from, if that makes them resumable: a weak ETag does not.</summary>
    public void From(Uri link, EntityTagHeaderValue? tag)
    {
        if (tag is null || tag.IsWeak) return;
        WriteOrigin(new Origin(WithoutQuery(link), tag.ToString()));
    }

    /// <summary>
    /// Gives the finished file its name, in one step, or not at all. What tells whose it is stays until <see cref="Forget"/>.
    /// </summary>
    /// <exception cref="IOException">Also when the name is taken and may not be overwritten.</exception>
    public void MoveTo(string target, bool overwrite, string sha256)
    {
        WriteOrigin(new Origin(_origin?.Link, _origin?.ETag, sha256));

        // Open, and so locked, until the name is given.
        FileOperations.Move(_path, target, overwrite);
        Close();
    }

    /// <summary>
    /// The SHA-256 of the file under the target's name, where an earlier call of this job has put it there and ended before it
    /// could say so.
    /// </summary>
    public static async Task<string?> FindNamedAsync(string target, string jobId, CancellationToken cancellationToken)
    {
        if (ReadOrigin(OriginPath(target, jobId))?.Sha256 is not { } whole) return null;
        await using FileStream file = File.OpenRead(target);
        return Convert.ToHexString(await SHA256.HashDataAsync(file, cancellationToken)) == whole ? whole : null;
    }

    /// <summary>Removes the last that is next to a file which has its name and is known as this job's.</summary>
    // Else it is a few bytes, and says nothing wrong.
    public static void Forget(string target, string jobId) => FileOperations.TryDelete(OriginPath(target, jobId));

    /// <summary>Closes it, and keeps it only where a later call can continue from it.</summary>
    public void Dispose()
    {
        if (_stream is null) return;
        EndWork();
        bool isOfUse = _stream.Length > 0 && ETag is not null && !_flushing.IsFaulted; // What could not be flushed may be zeros.
        if (!isOfUse)
        {
            FileOperations.TryDelete(_originPath);
            if (!OperatingSystem.IsWindows()) FileOperations.TryDelete(_path);
        }

        Close();
        if (!isOfUse && OperatingSystem.IsWindows()) FileOperations.TryDelete(_path);
    }

    // Opening and locking are two steps outside Windows. In between another process can have given the file its final
    // name: then the lock is on a video that is complete, and must not be written to.
    private static FileStream OpenLocked(string path)
    {
        const int MostTries = 10;

        // Windows gives another name to an open file only if that is shared; nobody reads or writes it either way.
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
        for (int attempt = 1; attempt <= MostTries; attempt++)
        {
            FileStream stream = FileOperations.Retry(() => new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 0, FileOptions.Asynchronous));
            if (OperatingSystem.IsWindows() || IsAt(path, stream)) return stream;
            stream.Dispose();
        }

        throw new IOException($"Other processes keep moving the file {path}.");
    }

    private static bool IsAt(string path, FileStream stream)
    {
        var file = new FileInfo(path);
        return file.Exists
            && file.Length == stream.Length
            && file.CreationTimeUtc == File.GetCreationTimeUtc(stream.SafeFileHandle)
            && file.LastWriteTimeUtc == File.GetLastWriteTimeUtc(stream.SafeFileHandle);
    }

    private static string PartPath(string target, string jobId) => Path.Combine(Path.GetDirectoryName(target)!, $"{jobId}.mp4.part");

    private static string OriginPath(string target, string jobId) => PartPath(target, jobId) + OriginExtension;

    private static string WithoutQuery(Uri link) => link.GetLeftPart(UriPartial.Path);

    // Bytes of an earlier call are hashed along with the first new ones.
    private IncrementalFileHash Hash() => _hash ??= new IncrementalFileHash(Stream.SafeFileHandle);

    private Task FlushAsync()
    {
        SafeFileHandle file = Stream.SafeFileHandle;
        return Task.Run(() => RandomAccess.FlushToDisk(file));
    }

    private void Close()
    {
        EndWork();
        _stream?.Dispose();
        _stream = null;
    }

    // The file stays open, and locked, as long as something reads or flushes it.
    private void EndWork()
    {
        _hash?.Dispose();
        _hash = null;
        try
        {
            _flushing.Wait();
        }
        catch (AggregateException)
        {
            // Whoever wants the file finished hears of it.
        }
    }

    private void WriteOrigin(Origin origin)
    {
        _origin = origin;
        FileOperations.Write(_originPath, JsonSerializer.Serialize(origin, PartFileJson.Default.Origin));
    }

    private static Origin? ReadOrigin(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(FileOperations.Retry(() => File.ReadAllText(path)), PartFileJson.Default.Origin);
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="Link">Where the bytes came from.</param>
    /// <param name="ETag">Their strong ETag; null: the download cannot be resumed.</param>
    /// <param name="Sha256">The hash of the complete file, once it is complete.</param>
    internal sealed record Origin(string? Link, string? ETag, string? Sha256 = null);
}
