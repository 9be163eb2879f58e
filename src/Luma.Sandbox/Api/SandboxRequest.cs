using Luma.Sandbox.Http;

namespace Luma.Sandbox;

/// <summary>A request as it arrived.</summary>
public sealed class SandboxRequest
{
    internal SandboxRequest(HttpExchange exchange, SandboxTarget? target, string path, string body, DateTimeOffset receivedAt)
    {
        Target = target;
        Method = exchange.Head.Method;
        Path = path;
        Query = exchange.Head.Query;
        HeaderList = exchange.Head.Headers;
        Headers = HeaderList
            .GroupBy(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join(", ", group), StringComparer.OrdinalIgnoreCase);
        Body = body;
        ReceivedAt = receivedAt;
        ConnectionId = exchange.ConnectionId;
        RequestNumberOnConnection = exchange.Number;
    }

    /// <summary>What it asks for, never <see cref="SandboxTarget.Submit"/>; null for a path that the sandbox does not have.</summary>
    public SandboxTarget? Target { get; }

    /// <summary>The HTTP method, as sent.</summary>
    public string Method { get; }

    /// <summary>The path with a leading slash, without the sandbox's instance, percent-encoded as sent.</summary>
    public string Path { get; }

    /// <summary>The query without the question mark, percent-encoded as sent; empty if there is none.</summary>
    public string Query { get; }

    /// <summary>The headers by name, whatever its case; several of one name are joined by ", ".</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The headers as sent, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> HeaderList { get; }

    /// <summary>The body as UTF-8 text; empty if there is none, or if the sandbox was told not to read it.</summary>
    public string Body { get; }

    /// <summary>When it had arrived, by the sandbox's clock, in UTC.</summary>
    public DateTimeOffset ReceivedAt { get; }

    /// <summary>The TCP connection it came on; no other connection of the process has this number.</summary>
    public int ConnectionId { get; }

    /// <summary>Its number on its connection, from 1.</summary>
    public int RequestNumberOnConnection { get; }

    /// <summary>The method and the path.</summary>
    public override string ToString() => $"{Method} {Path}";
}
