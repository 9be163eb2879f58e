using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Luma;

/// <summary>
/// The SHA-256 of a file while it grows. It reads behind the writer, who does not wait for it: where processors are few
/// the download goes first, and what is left is hashed while the file is flushed.
/// </summary>
internal sealed class IncrementalFileHash : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly SemaphoreSlim _told = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<string> _following;
    private long _length;
    private bool _isWhole;

    /// <param name="file">Open for reading, until this is disposed of.</param>
    public IncrementalFileHash(SafeFileHandle file)
    {
        _file = file;
        _following = Task.Run(FollowAsync);
    }

    /// <summary>Tells how many bytes of the file are written.</summary>
    public void Grow(long length)
    {
        Volatile.Write(ref _length, length);
        _told.Release();
    }

    /// <summary>The hash of all that is written, in hexadecimal; nothing more comes.</summary>
    public Task<string> FinishAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _isWhole, true);
        _told.Release();
        return _following.WaitAsync(cancellationToken);
    }

    /// <summary>Ends it. After this it does not touch the file.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            _following.Wait(CancellationToken.None); // For one chunk at most.
        }
        catch (AggregateException)
        {
            // Stopped, or the file could not be read; whoever wants the hash hears of it.
        }

        _stop.Dispose();
        _told.Dispose();
    }

    private async Task<string> FollowAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(PartFile.CopySize);
        try
        {
            long hashed = 0;
            while (true)
            {
                bool isWhole = Volatile.Read(ref _isWhole); // Before the length, which is the last one then.
                long length = Volatile.Read(ref _length);
                while (hashed < length)
                {
                    _stop.Token.ThrowIfCancellationRequested();
                    int read = RandomAccess.Read(_file, chunk.AsSpan(0, (int)Math.Min(chunk.Length, length - hashed)), hashed);
                    if (read == 0) throw new EndOfStreamException($"The file is shorter than the {length} bytes that were written.");
                    hash.AppendData(chunk, 0, read);
                    hashed += read;
                }

                if (isWhole) return Convert.ToHexString(hash.GetHashAndReset());
                await _told.WaitAsync(_stop.Token);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
