namespace Luma.Sandbox.Http;

/// <summary>The head of a request: its first line and its headers.</summary>
internal sealed class HttpRequest
{
    private HttpRequest(string method, string path, string query, string version, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        Method = method;
        Path = path;
        Query = query;
        Headers = headers;
        KeepAlive = version == "HTTP/1.1" && !HasToken("Connection", "close");
        ExpectsContinue = HasToken("Expect", "100-continue");
        IsChunked = HasToken("Transfer-Encoding", "chunked");
        ContentLength = ParseContentLength();
    }

    /// <summary>The method, as sent.</summary>
    public string Method { get; }

    /// <summary>The path, as sent: with a leading slash, percent-encoded, without the query.</summary>
    public string Path { get; }

    /// <summary>The query, as sent, without the question mark; empty if there is none.</summary>
    public string Query { get; }

    /// <summary>The headers in the order they came.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>Whether the client wants the connection to stay open.</summary>
    public bool KeepAlive { get; }

    /// <summary>Whether the client waits for an interim answer before it sends the body.</summary>
    public bool ExpectsContinue { get; }

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked { get; }

    /// <summary>The length of a body that does not come in chunks, in bytes.</summary>
    public long ContentLength { get; }

    /// <summary>Reads a request's head.</summary>
    /// <param name="head">All lines of the head, without the empty one that ends it.</param>
    /// <exception cref="HttpFormatException">The text is not the head of an HTTP/1 request.</exception>
    public static HttpRequest Parse(string head)
    {
        string[] lines = head.Split("\r\n");
        string[] first = lines[0].Split(' ');
        if (first is not [{ Length: > 0 } method, { Length: > 0 } target, "HTTP/1.1" or "HTTP/1.0"])
            throw new HttpFormatException(400, "The request line is malformed.");

        var headers = new KeyValuePair<string, string>[lines.Length - 1];
        for (int i = 0; i < headers.Length; i++)
        {
            string line = lines[i + 1];
            int colon = line.IndexOf(':');
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAny(' ', '\t'))
                throw new HttpFormatException(400, "A header line is malformed.");
            headers[i] = new(line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
        }

        // A client that takes the sandbox for its proxy sends the complete address.
        if (target.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            int slash = target.IndexOf('/', "http://".Length);
            target = slash < 0 ? "/" : target[slash..];
        }

        int mark = target.IndexOf('?');
        return mark < 0
            ? new HttpRequest(method, target, "", first[2], headers)
            : new HttpRequest(method, target[..mark], target[(mark + 1)..], first[2], headers);
    }

    /// <summary>The value of a header, several of one name joined by commas; null if it is missing.</summary>
    public string? Header(string name)
    {
        string? value = null;
        foreach (KeyValuePair<string, string> header in Headers)
        {
            if (header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                value = value is null ? header.Value : value + ", " + header.Value;
        }
        return value;
    }

    private bool HasToken(string name, string token) =>
        Header(name) is { } value
        && value.Split(',', StringSplitOptions.TrimEntries).Contains(token, StringComparer.OrdinalIgnoreCase);

    private long ParseContentLength()
    {
        if (Header("Content-Length") is not { } text) return 0;
        if (IsChunked || text.Length is 0 or > 18 || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw new HttpFormatException(400, "The length of the body is malformed.");
        return long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }
}
