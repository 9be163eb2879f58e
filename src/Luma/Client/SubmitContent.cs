using System.Net;
using System.Net.Http.Headers;

namespace Luma;

/// <summary>
/// The body of a submit. It can be written to a connection once, and knows whether it was: that, and not the exception,
/// tells whether a job may have been charged. A hung TLS handshake and a cut after the body look alike as exceptions.
/// </summary>
internal sealed class SubmitContent : HttpContent
{
    private const int Unsent = 0, Sent = 1, Withheld = 2;

    private readonly byte[] _json;
    private int _state;

    public SubmitContent(byte[] json)
    {
        _json = json;
        Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
    }

    /// <summary>Whether any of it may have left this machine.</summary>
    public bool MayHaveLeft => Volatile.Read(ref _state) == Sent;

    /// <summary>Keeps it from leaving, if it has not begun to.</summary>
    public bool TryWithhold() => Interlocked.CompareExchange(ref _state, Withheld, Unsent) == Unsent;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        int before = Interlocked.CompareExchange(ref _state, Sent, Unsent);
        if (before == Withheld) throw new OperationCanceledException("The submit was stopped before it left.");
        if (before == Sent) throw new InvalidOperationException("A submit is sent once: what may have been charged is not sent again.");
        await stream.WriteAsync(_json, cancellationToken);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = _json.Length;
        return true;
    }
}
