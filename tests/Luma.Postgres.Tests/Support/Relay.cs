using System.Net;
using System.Net.Sockets;

namespace Luma.Postgres.Tests;

/// <summary>A network between a client and its server, on loopback: it takes time, falls silent, or is cut.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly object _lock = new();
    private readonly List<Socket> _sockets = [];
    private readonly Func<int> _target;
    private volatile TaskCompletionSource? _silence;
    private int _answers;
    private Func<int, bool>? _cutAt;

    /// <param name="target">The server's port.</param>
    /// <param name="oneWay">How long each byte takes, each way.</param>
    public Relay(Func<int> target, TimeSpan oneWay = default)
    {
        _target = target;
        OneWay = oneWay;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public TimeSpan OneWay { get; set; }

    /// <summary>How many connections there have been.</summary>
    public int Connections { get; private set; }

    /// <summary>How many answers have come back from the server.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>Nothing gets through any more, and nobody is told: a cable that is pulled.</summary>
    public void FallSilent() => _silence ??= new TaskCompletionSource();

    /// <summary>What was held up gets through.</summary>
    public void Speak() => Interlocked.Exchange(ref _silence, null)?.SetResult();

    /// <summary>Cuts all connections.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            foreach (Socket socket in _sockets) socket.Close(0);
            _sockets.Clear();
        }
    }

    /// <summary>Cuts all connections instead of passing on the answer with a number that matches; answers count from 1.</summary>
    public void CutAt(Func<int, bool>? match) => _cutAt = match;

    public ValueTask DisposeAsync()
    {
        _ended.Cancel();
        _listener.Stop();
        Speak();
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                Socket client = await _listener.AcceptSocketAsync(_ended.Token);
                _ = ServeAsync(client);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target());
            lock (_lock)
            {
                Connections++;
                _sockets.AddRange([client, server]);
            }

            await Task.WhenAny(PassAsync(client, server, isAnswer: false), PassAsync(server, client, isAnswer: true));
        }
        catch (SocketException)
        {
            // The server is away; the client hears the same.
        }

        if (_silence is { } silence) await silence.Task;
        client.Dispose();
        server.Dispose();
    }

    private async Task PassAsync(Socket from, Socket to, bool isAnswer)
    {
        var order = Task.CompletedTask;
        byte[] bytes = new byte[65536];
        try
        {
            while (await from.ReceiveAsync(bytes) is > 0 and int count)
            {
                if (isAnswer && Interlocked.Increment(ref _answers) is var number && _cutAt?.Invoke(number) == true)
                {
                    Cut();
                    return;
                }

                byte[] copy = bytes[..count];
                Task before = order, delay = Task.Delay(OneWay);
                order = SendAsync(before, delay, copy, to);
                if (OneWay == default) await order;
            }

            await order;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task SendAsync(Task before, Task delay, byte[] bytes, Socket to)
    {
        await before;
        await delay;
        if (_silence is { } silence) await silence.Task;
        for (int sent = 0; sent < bytes.Length;) sent += await to.SendAsync(bytes.AsMemory(sent));
    }
}
