using System.Buffers;

namespace Luma;

/// <summary>Brings the body of an answer into the part file. The next bytes are read while the last ones are written.</summary>
internal sealed class BodyCopy(HttpContent content, PartFile part, TransferLimits limits, SaveProgress progress)
{
    private const int ShownBytes = 40;

    /// <summary>What the body begins with, where that can be read and it is no video.</summary>
    public string? Beginning { get; private set; }

    /// <param name="begin">What to do before the first byte is written, once the body has begun as a video does; null: the part
    /// file has that beginning already.</param>
    /// <param name="cancellationToken">Stops it; what has come is kept.</param>
    /// <exception cref="HttpRequestException">The connection broke or stood still. What has come is kept.</exception>
    /// <exception cref="IOException">The part file could not be written.</exception>
    public async Task<BodyEnd> RunAsync(Action? begin, CancellationToken cancellationToken)
    {
        // Rented, since a batch of small videos would leave a mebibyte behind for each.
        byte[] reading = ArrayPool<byte>.Shared.Rent(PartFile.CopySize), writing = ArrayPool<byte>.Shared.Rent(PartFile.CopySize);
        using var stall = new StallWatch(limits, cancellationToken);
        try
        {
            await using Stream body = await content.ReadAsStreamAsync(stall.Token);
            int filled = 0;
            if (begin is not null)
            {
                filled = await ReadHeadAsync(body, reading, stall);
                if (!Mp4Boxes.CanBegin(reading.AsSpan(0, filled)))
                {
                    Beginning = Readable(reading.AsSpan(0, filled));
                    return BodyEnd.NotAVideo;
                }

                begin();
            }

            Task appending = Task.CompletedTask;
            try
            {
                int read;
                while ((read = await ReadAsync(body, reading.AsMemory(filled), stall)) > 0)
                {
                    filled += read;
                    if (progress.Received > limits.MaximumSize)
                    {
                        filled = 0;
                        return BodyEnd.TooLarge;
                    }

                    if (filled < reading.Length && !appending.IsCompleted) continue;
                    await stall.ExceptAsync(appending);
                    (reading, writing) = (writing, reading);
                    appending = part.AppendAsync(writing.AsMemory(0, filled), CancellationToken.None); // Stopping keeps what has come.
                    filled = 0;
                }

                return BodyEnd.Ended;
            }
            finally
            {
                // However it ended, what has come is kept.
                await appending;
                if (filled > 0) await part.AppendAsync(reading.AsMemory(0, filled), CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(stall.Reason);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(reading);
            ArrayPool<byte>.Shared.Return(writing);
        }
    }

    private async Task<int> ReadHeadAsync(Stream body, byte[] buffer, StallWatch stall)
    {
        int filled = 0, read;
        while (filled < Mp4Boxes.HeadLength && (read = await ReadAsync(body, buffer.AsMemory(filled), stall)) > 0) filled += read;
        return filled;
    }

    // Here it is the connection that fails, whatever the exception; elsewhere an IOException is the disk's.
    private async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, StallWatch stall)
    {
        try
        {
            int read = await body.ReadAsync(buffer, stall.Token);
            progress.Received += read;
            stall.Add(read);
            return read;
        }
        catch (IOException exception)
        {
            throw new HttpRequestException(exception.Message, exception);
        }
    }

    // Plain letters only: what comes from a stranger goes to a terminal.
    private static string? Readable(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> line = bytes.TrimStart("\uFEFF \t\r\n"u8);
        int end = line.IndexOfAny((byte)'\r', (byte)'\n');
        if (end >= 0) line = line[..end];
        if (line.Length > ShownBytes) line = line[..ShownBytes];
        return line.IsEmpty || line.IndexOfAnyExceptInRange((byte)' ', (byte)'~') >= 0 ? null : System.Text.Encoding.ASCII.GetString(line);
    }
}
