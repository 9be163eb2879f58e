using System.Net.Sockets;
using System.Text;

namespace Luma.Sandbox.Tests;

/// <summary>A client that sees every byte.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly List<byte> received = [];

    public static async Task<RawClient> ConnectAsync(Uri address)
    {
        var client = new RawClient();
        await client.socket.ConnectAsync(address.Host, address.Port);
        return client;
    }

    public async Task SendAsync(string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text), SocketFlags.None);

    /// <summary>Everything up to the connection's end, and whether that was a reset.</summary>
    public async Task<(string Text, bool Reset)> ReadToEndAsync()
    {
        try
        {
            while (await ReceiveAsync()) continue;
            return (Take(received.Count), false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            return (Take(received.Count), true);
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
        while (received.Count < count) Assert.True(await ReceiveAsync(), "The connection ended too early.");
        return Take(count);
    }

    public async Task<string> ReadUntilAsync(string mark)
    {
        int end;
        while ((end = Encoding.Latin1.GetString(received.ToArray()).IndexOf(mark, StringComparison.Ordinal)) < 0)
            Assert.True(await ReceiveAsync(), "The connection ended too early.");
        return Take(end + mark.Length);
    }

    public void Dispose() => socket.Dispose();

    private async Task<bool> ReceiveAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        int count = await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
        received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private string Take(int count)
    {
        string text = Encoding.Latin1.GetString(received.GetRange(0, count).ToArray());
        received.RemoveRange(0, count);
        return text;
    }
}
