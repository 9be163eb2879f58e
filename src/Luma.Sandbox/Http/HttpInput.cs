using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Luma.Sandbox.Http;

/// <summary>The receiving half of a connection: heads and bodies out of a stream of bytes.</summary>
/// <param name="socket">The connection.</param>
internal sealed class HttpInput(Socket socket)
{
    private const int MaxHead = 64 * 1024;
    private const int MaxBody = 1024 * 1024;
    private const int MaxChunkLine = 1024;

    // Small, since there may be thousands of idle connections; grows when a head or a line needs it.
    private byte[] _buffer = new byte[2048];
    private int _start;
    private int _end;

    private ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Reads the next request's head.</summary>
    /// <returns>The head, or null if the client closed the connection instead of sending a complete one.</returns>
    /// <exception cref="HttpFormatException">The head is malformed or larger than 64 KiB.</exception>
    public async ValueTask<HttpRequest?> ReadHeadAsync()
    {
        int length;
        while ((length = Buffered.IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (_end - _start >= MaxHead) throw new HttpFormatException(431, "The head of the request is too large.");
            if (!await FillAsync()) return null;
        }
        string head = Encoding.Latin1.GetString(_buffer, _start, length);
        _start += length + 4;
        return HttpRequest.Parse(head);
    }

    /// <summary>Reads the body that belongs to a head.</summary>
    /// <param name="head">The head just read.</param>
    /// <returns>The body; empty if the request has none.</returns>
    /// <exception cref="HttpFormatException">The body is malformed or larger than 1 MiB.</exception>
    /// <exception cref="EndOfStreamException">The client closed the connection before the body was complete.</exception>
    public async ValueTask<byte[]> ReadBodyAsync(HttpRequest head)
    {
        if (head is { IsChunked: false, ContentLength: 0 }) return [];
        if (head.ContentLength > MaxBody) throw TooLarge();
        if (head.ExpectsContinue && _start == _end) await socket.SendAllAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());

        if (head.IsChunked) return await ReadChunksAsync();
        byte[] body = new byte[head.ContentLength];
        await ReadExactlyAsync(body);
        return body;
    }

    /// <summary>Waits until the client sends something or closes the connection; what it sends stays unread.</summary>
    public async ValueTask WaitForBytesAsync()
    {
        if (_start == _end) await FillAsync();
    }

    /// <summary>Reads and forgets everything until the client closes the connection.</summary>
    public async ValueTask DiscardUntilClosedAsync()
    {
        do _start = _end;
        while (await FillAsync());
    }

    private async ValueTask<byte[]> ReadChunksAsync()
    {
        using var body = new MemoryStream();
        while (true)
        {
            string line = await ReadLineAsync();
            byte[] digits = Encoding.Latin1.GetBytes(line.Split(';')[0].Trim());
            if (!Utf8Parser.TryParse(digits, out int size, out int used, 'X') || used != digits.Length || size < 0)
                throw new HttpFormatException(400, "The size of a chunk is malformed.");
            if (body.Length + size > MaxBody) throw TooLarge();
            if (size == 0) break;

            byte[] chunk = new byte[size];
            await ReadExactlyAsync(chunk);
            body.Write(chunk);
            if ((await ReadLineAsync()).Length > 0) throw new HttpFormatException(400, "A chunk is longer than it says.");
        }
        // Trailers: nobody needs them.
        for (int trailers = 0; (await ReadLineAsync()).Length > 0; trailers++)
        {
            if (trailers == 100) throw new HttpFormatException(400, "The body has too many trailers.");
        }
        return body.ToArray();
    }

    private async ValueTask<string> ReadLineAsync()
    {
        int length;
        while ((length = Buffered.IndexOf("\r\n"u8)) < 0)
        {
            if (_end - _start > MaxChunkLine) throw new HttpFormatException(400, "A line of a chunked body is too long.");
            if (!await FillAsync()) throw new EndOfStreamException();
        }
        string line = Encoding.Latin1.GetString(_buffer, _start, length);
        _start += length + 2;
        return line;
    }

    private async ValueTask ReadExactlyAsync(Memory<byte> target)
    {
        int buffered = Math.Min(target.Length, _end - _start);
        _buffer.AsMemory(_start, buffered).CopyTo(target);
        _start += buffered;
        for (target = target[buffered..]; target.Length > 0;)
        {
            int received = await socket.ReceiveAsync(target, SocketFlags.None);
            if (received == 0) throw new EndOfStreamException();
            target = target[received..];
        }
    }

    /// <summary>Receives more behind what is buffered; false at the end of the stream.</summary>
    private async ValueTask<bool> FillAsync()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            byte[] target = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
            Buffered.CopyTo(target);
            (_buffer, _start, _end) = (target, 0, _end - _start);
        }
        int received = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
        _end += received;
        return received > 0;
    }

    private static HttpFormatException TooLarge() => new(413, "The body of the request is too large.");
}
