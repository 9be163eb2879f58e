using System.Globalization;
using System.Net;
using System.Text;

namespace Luma.Sandbox.Http;

/// <summary>An answer, and every way in which its sending can go wrong.</summary>
/// <param name="status">The HTTP status.</param>
internal sealed class HttpReply(int status)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The headers besides Date, Content-Length, Transfer-Encoding and Connection.</summary>
    public List<(string Name, string Value)> Headers { get; } = [];

    /// <summary>The body, read from where it stands.</summary>
    public Stream Body { get; init; } = Stream.Null;

    /// <summary>How many bytes of <see cref="Body"/> belong to the answer.</summary>
    public long BodyLength { get; init; }

    /// <summary>How the body's end is told.</summary>
    public HttpFraming Framing { get; set; }

    /// <summary>After how many bytes of the head to stop sending; null for all of it and the body.</summary>
    public int? HeadLimit { get; set; }

    /// <summary>After how many bytes of the body to stop sending; null for all.</summary>
    public long? BodyLimit { get; set; }

    /// <summary>What becomes of the connection afterwards.</summary>
    public HttpEnding Ending { get; set; }

    /// <summary>Called once the answer is sent and the ending has happened (for a hang: has begun).</summary>
    public Action? Done { get; set; }

    /// <summary>An answer with a text as its body.</summary>
    public static HttpReply Text(int status, string contentType, string text) =>
        Bytes(status, contentType, Encoding.UTF8.GetBytes(text));

    /// <summary>An answer with some bytes as its body.</summary>
    public static HttpReply Bytes(int status, string contentType, byte[] bytes) =>
        new(status)
        {
            Headers = { ("Content-Type", contentType) },
            Body = new MemoryStream(bytes, writable: false),
            BodyLength = bytes.Length,
        };

    /// <summary>The head as it goes over the wire.</summary>
    /// <param name="date">The value of the Date header.</param>
    /// <param name="close">Whether to announce that the connection closes.</param>
    public string RenderHead(string date, bool close)
    {
        // An HttpResponseMessage knows the phrase of every registered status.
        using var known = new HttpResponseMessage((HttpStatusCode)Status);
        var head = new StringBuilder(256)
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} {known.ReasonPhrase}\r\nDate: {date}\r\n");
        foreach ((string name, string value) in Headers) head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (Framing == HttpFraming.Length) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {BodyLength}\r\n");
        if (Framing == HttpFraming.Chunked) head.Append("Transfer-Encoding: chunked\r\n");
        if (close) head.Append("Connection: close\r\n");
        return head.Append("\r\n").ToString();
    }
}
