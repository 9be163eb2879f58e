using System.Globalization;

namespace Luma.Tests.Support;

/// <summary>A video host that answers every request with the same bytes, under the status and the headers a test gives it.</summary>
internal sealed class VideoServer : IAsyncDisposable
{
    private readonly RawServer _server;

    public VideoServer(byte[] body, int status = 200, bool tellsLength = true, params string[] headers)
    {
        string length = tellsLength ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n") : "";
        string lines = string.Concat(headers.Select(header => header + "\r\n"));
        string head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} x\r\nConnection: close\r\n{length}{lines}\r\n");
        _server = new RawServer(async (stream, _, stop) =>
        {
            await RawServer.ReadRequestAsync(stream, stop);
            await RawServer.WriteAsync(stream, head, stop);
            await stream.WriteAsync(body, stop);
        });
    }

    public string Link => new Uri(_server.Address(), "a.mp4").AbsoluteUri;

    public int Requests => _server.Connections;

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
