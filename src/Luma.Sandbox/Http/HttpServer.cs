using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Luma.Sandbox.Http;

/// <summary>
/// A small HTTP/1.1 server on 127.0.0.1. It works on sockets, since it has to be able to cut, corrupt and reset what
/// it sends, and to do so inside hosts that have no web server.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private const int Backlog = 4096;

    private readonly Socket _listener;
    private readonly Func<HttpExchange, ValueTask<HttpReply>> _handler;
    private readonly HttpClock _clock;
    private readonly ConcurrentDictionary<HttpConnection, Task> _connections = new();
    private Task _accepting = Task.CompletedTask;
    private volatile bool _stopped;

    /// <summary>Opens the port; <see cref="Start"/> begins to answer.</summary>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <param name="handler">Makes the answers.</param>
    /// <param name="time">The clock of the Date header.</param>
    /// <exception cref="IOException">The port cannot be opened.</exception>
    public HttpServer(int port, Func<HttpExchange, ValueTask<HttpReply>> handler, TimeProvider time)
    {
        _handler = handler;
        _clock = new HttpClock(time);
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(Backlog);
        }
        catch (SocketException exception)
        {
            _listener.Dispose();
            throw new IOException($"Port {port} of 127.0.0.1 cannot be opened: {exception.Message}", exception);
        }
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>Begins to accept connections.</summary>
    public void Start() => _accepting = Task.Run(AcceptAsync);

    /// <summary>Closes the port and all connections; does not wait for them.</summary>
    public void Stop()
    {
        _stopped = true;
        _listener.Dispose();
        foreach (HttpConnection connection in _connections.Keys) connection.Dispose();
    }

    /// <summary>Closes the port and all connections, and waits until nothing runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _accepting;
        await Task.WhenAll(_connections.Values);
    }

    private async Task AcceptAsync()
    {
        while (!_stopped)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                var connection = new HttpConnection(socket, _handler, _clock);
                var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[connection] = finished.Task;
                // Stop may have looked through the connections just before this one was added.
                if (_stopped) connection.Dispose();
                // Elsewhere, since a busy connection would keep the next one from being accepted.
                _ = Task.Run(() => ServeAsync(connection, finished));
            }
            catch (SocketException) when (!_stopped)
            {
                // A client that left immediately, or no free handle for now: the next one may do better.
                await Task.Delay(10);
            }
            catch (Exception exception) when (_stopped && exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(HttpConnection connection, TaskCompletionSource finished)
    {
        try
        {
            await connection.RunAsync();
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            finished.SetResult();
        }
    }
}
