namespace Luma.Sandbox.Http;

/// <summary>One request on its connection, whose body is read when it is asked for.</summary>
/// <param name="head">The request's head.</param>
/// <param name="connectionId">The connection, unique in the process.</param>
/// <param name="number">The request's number on its connection, from 1.</param>
/// <param name="input">Where the body comes from.</param>
internal sealed class HttpExchange(HttpRequest head, int connectionId, int number, HttpInput input)
{
    private byte[]? _body;

    /// <summary>The request's head.</summary>
    public HttpRequest Head { get; } = head;

    /// <summary>The connection, unique in the process.</summary>
    public int ConnectionId { get; } = connectionId;

    /// <summary>The request's number on its connection, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>The request's body.</summary>
    public async ValueTask<byte[]> ReadBodyAsync() => _body ??= await input.ReadBodyAsync(Head);
}
