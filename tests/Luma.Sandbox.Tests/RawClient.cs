using System.Net.Sockets;
using System.Text;

namespace Luma.Sandbox.Tests;

/// <summary>A client that sees every byte.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly List<byte> _received = [];

    public static async Task<RawClient> ConnectAsync(Uri address)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(address.Host, address.Port);
        return client;
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text), SocketFlags.None);

    /// <summary>Everything up to the connection's end, and whether that was a reset.</summary>
    public async Task<(string Text, bool Reset)> ReadToEndAsync()
    {
        try
        {
            while (await ReceiveAsync()) continue;
            return (Take(_received.Count), false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            return (Take(_received.Count), true);
        }
    }

    /// <summary>One answer: its head, and its body of Content-Length bytes.</summary>
    public async Task<(string Head, string Body)> ReadAnswerAsync()
    {
        string head = await ReadUntilAsync("\r\n\r\n");
        string? length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
        int count = length is null ? 0 : int.Parse(length["Content-Length: ".Length..], null);
        return (head, await ReadAsync(count));
    }

    /// <summary>The next so many bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        while (_received.Count < count) Assert.True(await ReceiveAsync(), "The connection ended too early.");
        return Take(count);
    }

    public async Task<string> ReadUntilAsync(string mark)
    {
        int end;
        while ((end = Encoding.Latin1.GetString(_received.ToArray()).IndexOf(mark, StringComparison.Ordinal)) < 0)
            Assert.True(await ReceiveAsync(), "The connection ended too early.");
        return Take(end + mark.Length);
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> ReceiveAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        int count = await _socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private string Take(int count)
    {
        string text = Encoding.Latin1.GetString(_received.GetRange(0, count).ToArray());
        _received.RemoveRange(0, count);
        return text;
    }
}
