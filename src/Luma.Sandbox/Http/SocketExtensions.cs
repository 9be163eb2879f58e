using System.Net.Sockets;

namespace Luma.Sandbox.Http;

/// <summary>What sockets lack.</summary>
internal static class SocketExtensions
{
    /// <summary>Sends all of the bytes, however many calls it takes.</summary>
    public static async ValueTask SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    /// <summary>Closes the connection with a reset, so that the client's next read or write fails.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
