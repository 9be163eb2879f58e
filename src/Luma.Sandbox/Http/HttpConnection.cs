using System.Buffers;
using System.Net.Sockets;
using System.Text;

namespace Luma.Sandbox.Http;

/// <summary>One connection: reads request after request and sends the answers.</summary>
/// <param name="socket">The connection, which this object closes.</param>
/// <param name="handler">Makes the answers.</param>
/// <param name="clock">The time of the Date header.</param>
internal sealed class HttpConnection(Socket socket, Func<HttpExchange, ValueTask<HttpReply>> handler, HttpClock clock) : IDisposable
{
    private const int MaxBuffer = 128 * 1024;
    private const int ChunkHead = 10;
    private const int ChunkOverhead = ChunkHead + 2 + 5;

    private static int _lastId;

    private readonly HttpInput _input = new(socket);

    /// <summary>A number that no other connection of the process has.</summary>
    public int Id { get; } = Interlocked.Increment(ref _lastId);

    /// <summary>Serves the connection until one side closes it.</summary>
    public async Task RunAsync()
    {
        try
        {
            for (int number = 1; await _input.ReadHeadAsync() is { } head; number++)
            {
                var exchange = new HttpExchange(head, Id, number, _input);
                if (!await AnswerAsync(exchange)) return;
            }
        }
        catch (HttpFormatException exception)
        {
            await RefuseAsync(exception);
        }
        catch (Exception exception) when (IsGone(exception))
        {
            // The client has left, or the server stops: there is nobody to tell.
        }
        finally
        {
            socket.Dispose();
        }
    }

    /// <summary>Closes the connection, whatever it is doing.</summary>
    public void Dispose() => socket.Dispose();

    /// <summary>Answers a request; false if the connection is not to be used again.</summary>
    private async ValueTask<bool> AnswerAsync(HttpExchange exchange)
    {
        HttpReply reply = await handler(exchange);
        try
        {
            bool close = !exchange.Head.KeepAlive || reply.Framing == HttpFraming.UntilClose;
            // What is left of a request must not be taken for the next one.
            if (reply.Ending == HttpEnding.KeepAlive) await exchange.ReadBodyAsync();
            await SendAsync(reply, close, withBody: exchange.Head.Method != "HEAD");
            switch (reply.Ending)
            {
                case HttpEnding.KeepAlive when !close:
                    return true;
                case HttpEnding.Reset:
                    socket.Reset();
                    return false;
                case HttpEnding.ResetOnNextRequest:
                    await _input.WaitForBytesAsync();
                    socket.Reset();
                    return false;
                case HttpEnding.Hang:
                    reply.Done?.Invoke();
                    await _input.DiscardUntilClosedAsync();
                    return false;
                default:
                    socket.Shutdown(SocketShutdown.Both);
                    socket.Dispose();
                    return false;
            }
        }
        finally
        {
            reply.Done?.Invoke();
            await reply.Body.DisposeAsync();
        }
    }

    private async ValueTask SendAsync(HttpReply reply, bool close, bool withBody)
    {
        string head = reply.RenderHead(clock.Now, close);
        long left = withBody ? Math.Min(reply.BodyLength, reply.BodyLimit ?? long.MaxValue) : 0;
        bool chunked = withBody && reply.Framing == HttpFraming.Chunked;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(MaxBuffer, head.Length + left + ChunkOverhead));
        try
        {
            int used = Encoding.Latin1.GetBytes(head, buffer);
            if (reply.HeadLimit is { } limit)
            {
                await socket.SendAllAsync(buffer.AsMemory(0, Math.Min(limit, used)));
                return;
            }
            // Head and body leave together as long as both fit into the buffer.
            do
            {
                int from = chunked ? used + ChunkHead : used;
                int count = (int)Math.Min(left, buffer.Length - used - ChunkOverhead);
                reply.Body.ReadExactly(buffer, from, count);
                left -= count;
                used = from + count;
                if (chunked) used = CloseChunk(buffer, from, count, last: left == 0 && reply.BodyLimit is null);
                await socket.SendAllAsync(buffer.AsMemory(0, used));
                used = 0;
            }
            while (left > 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Puts a chunk's size before it and its end behind it, and tells how far the buffer is used.</summary>
    private static int CloseChunk(byte[] buffer, int from, int count, bool last)
    {
        int used = from - ChunkHead;
        // An empty chunk would end the body.
        if (count > 0)
        {
            used += Encoding.Latin1.GetBytes(count.ToString("x8", null) + "\r\n", buffer.AsSpan(used)) + count;
            used += Encoding.Latin1.GetBytes("\r\n", buffer.AsSpan(used));
        }
        if (last) used += Encoding.Latin1.GetBytes("0\r\n\r\n", buffer.AsSpan(used));
        return used;
    }

    /// <summary>Says what was wrong with the request, and closes.</summary>
    private async ValueTask RefuseAsync(HttpFormatException e)
    {
        try
        {
            await SendAsync(HttpReply.Text(e.Status, "text/plain; charset=utf-8", e.Message), close: true, withBody: true);
            // Closing with bytes unread would reset the connection and could take the answer with it.
            socket.Shutdown(SocketShutdown.Send);
            await _input.DiscardUntilClosedAsync();
        }
        catch (Exception exception) when (IsGone(exception))
        {
        }
    }

    private static bool IsGone(Exception e) =>
        e is SocketException or ObjectDisposedException or OperationCanceledException or EndOfStreamException;
}
