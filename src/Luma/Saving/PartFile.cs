using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Luma;

/// <summary>
/// A video on its way: a file beside the target, named by the jobId, locked while it is written, and beside it what a
/// later call needs to go on (<c>.part.json</c>): where its bytes came from and their strong ETag.
/// </summary>
internal sealed class PartFile : IDisposable
{
    private const int BufferSize = 512 * 1024;
    private const long NotInStep = -1;

    private readonly string _path;
    private readonly string _originPath;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private FileStream? _stream;
    private Origin? _origin;
    private long _hashed;

    private PartFile(string path, FileStream stream)
    {
        _path = path;
        _originPath = path + ".json";
        _stream = stream;
    }

    public FileStream Stream => _stream ?? throw new ObjectDisposedException(nameof(PartFile));

    /// <summary>The ETag to ask with for the rest, where the bytes here can be gone on from.</summary>
    public EntityTagHeaderValue? ETag => _origin is { } origin && EntityTagHeaderValue.TryParse(origin.ETag, out EntityTagHeaderValue? tag) ? tag : null;

    /// <exception cref="IOException">Also when another process is saving the same job.</exception>
    public static PartFile Open(string target, string jobId)
    {
        string path = Path.Combine(Path.GetDirectoryName(target)!, $"{jobId}.mp4.part");
        var part = new PartFile(path, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.Asynchronous));
        part._origin = part.ReadOrigin();
        if (part._origin is null) part.Restart();
        return part;
    }

    /// <summary>Whether the bytes here can be gone on from with this link; else they are dropped.</summary>
    public bool CanResume(Uri link)
    {
        if (Stream.Length > 0 && _origin is { } origin && origin.Link == WithoutQuery(link) && ETag is not null) return true;
        Restart();
        return false;
    }

    /// <summary>Adds bytes at the end.</summary>
    public async Task AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        long before = Stream.Length;
        Stream.Position = before;

        // Bytes of an earlier call that come before these are not hashed yet; then all are at the end.
        bool isInStep = _hashed == before;
        Task hashing = isInStep ? Task.Run(() => _hash.AppendData(bytes.Span), CancellationToken.None) : Task.CompletedTask;
        _hashed = NotInStep;
        try
        {
            await Stream.WriteAsync(bytes, cancellationToken);
        }
        finally
        {
            await hashing;
        }

        if (isInStep) _hashed = before + bytes.Length;
    }

    /// <summary>The SHA-256 of all there is, in hexadecimal.</summary>
    public async Task<string> HashAsync(CancellationToken cancellationToken)
    {
        if (_hashed == Stream.Length) return Convert.ToHexString(_hash.GetHashAndReset());
        Stream.Position = 0;
        return Convert.ToHexString(await SHA256.HashDataAsync(Stream, cancellationToken));
    }

    /// <summary>Begins at the first byte.</summary>
    public void Restart()
    {
        Stream.SetLength(0);
        _hash.GetHashAndReset();
        _hashed = 0;
        _origin = null;
        File.Delete(_originPath);
    }

    /// <summary>Notes where the bytes to come are from, if that makes them resumable: a weak ETag does not.</summary>
    public void From(Uri link, EntityTagHeaderValue? tag)
    {
        if (tag is null || tag.IsWeak) return;
        _origin = new Origin(WithoutQuery(link), tag.ToString());
        File.WriteAllText(_originPath, JsonSerializer.Serialize(_origin, PartFileJson.Default.Origin));
    }

    /// <summary>Gives the whole file its name, in one step, or not at all.</summary>
    /// <exception cref="IOException">Also when the name is taken and may not be overwritten.</exception>
    public void MoveTo(string target, bool overwrite)
    {
        Stream.Flush(flushToDisk: true);

        // Windows moves no open file; elsewhere the lock is kept until the name is given.
        if (OperatingSystem.IsWindows()) Close();
        File.Move(_path, target, overwrite);
        Close();
        File.Delete(_originPath);
    }

    /// <summary>Closes it, and keeps it only where a later call can go on from it.</summary>
    public void Dispose()
    {
        if (_stream is null) return;
        bool isOfUse = _stream.Length > 0 && _origin is not null;
        if (!isOfUse)
        {
            File.Delete(_originPath);
            if (!OperatingSystem.IsWindows()) File.Delete(_path);
        }

        Close();
        if (!isOfUse && OperatingSystem.IsWindows()) File.Delete(_path);
    }

    public static int CopySize => BufferSize;

    private static string WithoutQuery(Uri link) => link.GetLeftPart(UriPartial.Path);

    private void Close()
    {
        _hash.Dispose();
        _stream?.Dispose();
        _stream = null;
    }

    private Origin? ReadOrigin()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(_originPath), PartFileJson.Default.Origin);
        }
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal sealed record Origin(string Link, string ETag);
}
