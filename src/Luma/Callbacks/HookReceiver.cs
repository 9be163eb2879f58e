using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Luma;

/// <summary>
/// The door for callbacks: takes POSTs on loopback, one for each connection, of bounded size and time, and never more at
/// once than a fixed number. Whoever does not know the address learns nothing: every other request gets the same 404.
/// </summary>
/// <remarks>PowerShell brings no web server, and HttpListener bounds neither time nor number of connections outside of Windows.</remarks>
internal sealed class HookReceiver : IDisposable
{
    private const int MostConnections = 128;
    private const int LargestHead = 8 * 1024;
    private static readonly TimeSpan _pauseAfterFault = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] _accepted = Answer("200 OK");
    private static readonly byte[] _notFound = Answer("404 Not Found");

    private readonly Socket _listener;
    private readonly Func<string, bool> _isKnown;
    private readonly Action<string, byte[]> _received;
    private readonly TimeSpan _longestRequest;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MostConnections);

    /// <param name="port">The port; 0: a free one.</param>
    /// <param name="isKnown">Whether a path is the address of this receiver.</param>
    /// <param name="received">Gets path and body of each callback; called on any thread, after the answer.</param>
    /// <param name="longestRequest">How long a connection may take, from its first byte to its last.</param>
    /// <exception cref="SocketException">When the port cannot be opened.</exception>
    public HookReceiver(int port, Func<string, bool> isKnown, Action<string, byte[]> received, TimeSpan longestRequest)
    {
        _isKnown = isKnown;
        _received = received;
        _longestRequest = longestRequest;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(512);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private static byte[] Answer(string status) =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // A place first: in a flood the rest waits in the system's queue, which is bounded, and not here.
                await _places.WaitAsync(_stop.Token);
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(socket));
            }
            catch (SocketException) when (!_stop.IsCancellationRequested)
            {
                // A client that left immediately, or no more files to be had: a pause, so that it does not spin.
                await Task.Delay(_pauseAfterFault, CancellationToken.None);
                _places.Release();
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using Socket client = socket;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(_longestRequest);
            await using var stream = new NetworkStream(client, ownsSocket: false);
            (string? path, byte[]? body) = await ReadAsync(stream, limit.Token);
            try
            {
                await stream.WriteAsync(body is null ? _notFound : _accepted, limit.Token);
                client.Shutdown(SocketShutdown.Send);
            }
            finally
            {
                // Also of a client that did not stay for the answer.
                if (body is not null) _received(path!, body);
            }

            await DrainAsync(stream, limit.Token);
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone, too slow, or the session ends.
        }
        finally
        {
            _places.Release();
        }
    }

    // Closing with bytes unread would reset the connection: it looks different from a 404, and may take the answer along.
    private static async Task DrainAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        byte[] waste = new byte[4096];
        for (int total = 0; total < HookMessage.LargestBody;)
        {
            int read = await stream.ReadAsync(waste, cancellationToken);
            if (read == 0) return;
            total += read;
        }
    }

    // Gives nulls for whatever is not a POST to the known address that is small enough and well formed.
    private async Task<(string? Path, byte[]? Body)> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[LargestHead];
        int length = 0, headEnd;
        while ((headEnd = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (length == buffer.Length) return default;
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) return default;
            length += read;
        }

        string[] lines = Encoding.Latin1.GetString(buffer, 0, headEnd).Split("\r\n");
        string[] first = lines[0].Split(' ');
        if (first is not ["POST", var target, "HTTP/1.1" or "HTTP/1.0"] || !_isKnown(target)) return default;
        if (Header(lines, "Expect") is not null) await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        var rest = new BufferedBody(stream, buffer.AsMemory(headEnd + 4, length - headEnd - 4));
        bool isChunked = Header(lines, "Transfer-Encoding")?.EndsWith("chunked", StringComparison.OrdinalIgnoreCase) == true;
        if (isChunked) return (target, await rest.ReadChunksAsync(cancellationToken));
        return int.TryParse(Header(lines, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count <= HookMessage.LargestBody
            ? (target, await rest.ReadAsync(count, cancellationToken))
            : default;
    }

    private static string? Header(string[] lines, string name) =>
        lines.Skip(1).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    /// <summary>A body of which the beginning came with the head.</summary>
    private sealed class BufferedBody(NetworkStream stream, ReadOnlyMemory<byte> begun)
    {
        private const int LongestSizeLine = 64;

        public async Task<byte[]?> ReadAsync(int count, CancellationToken cancellationToken)
        {
            byte[] body = new byte[count];
            for (int done = 0; done < count;)
            {
                int read = await ReadSomeAsync(body.AsMemory(done), cancellationToken);
                if (read == 0) return null;
                done += read;
            }

            return body;
        }

        public async Task<byte[]?> ReadChunksAsync(CancellationToken cancellationToken)
        {
            using var body = new MemoryStream();
            while (true)
            {
                byte[]? line = await ReadLineAsync(cancellationToken);
                if (line is null || !Utf8Parser.TryParse(line, out uint size, out int used, 'x') || used == 0
                    || body.Length + size > HookMessage.LargestBody)
                {
                    return null;
                }

                if (size == 0) return body.ToArray(); // Trailers, if any, are nobody's business.
                if (await ReadAsync((int)size, cancellationToken) is not { } chunk
                    || await ReadLineAsync(cancellationToken) is not { Length: 0 })
                {
                    return null;
                }

                body.Write(chunk);
            }
        }

        private async Task<byte[]?> ReadLineAsync(CancellationToken cancellationToken)
        {
            var line = new List<byte>();
            byte[] one = new byte[1];
            while (line.Count <= LongestSizeLine && await ReadSomeAsync(one, cancellationToken) == 1)
            {
                if (one[0] == (byte)'\n') return [.. line.Where(b => b != (byte)'\r')];
                line.Add(one[0]);
            }

            return null;
        }

        private async ValueTask<int> ReadSomeAsync(Memory<byte> into, CancellationToken cancellationToken)
        {
            if (begun.IsEmpty) return await stream.ReadAsync(into, cancellationToken);
            int count = Math.Min(begun.Length, into.Length);
            begun[..count].CopyTo(into);
            begun = begun[count..];
            return count;
        }
    }
}
