using System.Net;
using System.Net.Http.Headers;

namespace Luma;

/// <summary>One attempt to bring a video, or the rest of it, into its part file.</summary>
/// <param name="client">Sends the request.</param>
/// <param name="part">Where the bytes go.</param>
/// <param name="limits">How long and how large it may be.</param>
/// <param name="progress">Where to tell how far it is.</param>
internal sealed class VideoTransfer(LumaClient client, PartFile part, TransferLimits limits, SaveProgress progress)
{
    private const HttpStatusCode TooEarly = (HttpStatusCode)425;

    /// <exception cref="IOException">The part file could not be written.</exception>
    public async Task<TransferResult> RunAsync(LumaJob job, Uri link, CancellationToken cancellationToken)
    {
        try
        {
            using HttpRequestMessage request = Request(link);
            using HttpResponseMessage response =
                await client.Connection.VideoClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return await TakeAsync(job, link, request.Headers.Range is not null, response, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
        {
            string why = $"the connection to {link.Host} broke: {ErrorText.Reason(exception)}";
            TransferOutcome outcome = IsUnreachable(exception) ? TransferOutcome.HostUnreachable : TransferOutcome.Interrupted;
            return new TransferResult(outcome, SaveErrors.Failed(job, why, exception));
        }
    }

    private static bool IsUnreachable(Exception exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError,
    };

    private HttpRequestMessage Request(Uri link)
    {
        HttpRequestMessage request = client.NewVideoRequest(link);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        if (part.CanResume(link) && part.Stream.Length <= limits.MaximumSize)
        {
            request.Headers.Range = new RangeHeaderValue(part.Stream.Length, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(part.ETag!);
        }

        return request;
    }

    private async Task<TransferResult> TakeAsync(
        LumaJob job, Uri link, bool isResumed, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        HttpContentHeaders headers = response.Content.Headers;
        HttpStatusCode status = response.StatusCode;
        long have = part.Stream.Length;

        // What is there and what comes belong together only where the host says so: it answers with the ETag it was asked by.
        bool isSame = isResumed && response.Headers.ETag is { } tag && tag.Equals(part.ETag);
        if (status is HttpStatusCode.OK or HttpStatusCode.PartialContent && ContentCodings.ChangeBytes(headers.ContentEncoding))
        {
            return NotAVideo(job, link, headers, $" ({string.Join(", ", headers.ContentEncoding)})");
        }

        switch (status)
        {
            case HttpStatusCode.OK when headers.ContentLength == 0:
                return NotAVideo(job, link, headers, " without content");

            case HttpStatusCode.OK:
                return await CopyAsync(job, link, response, headers.ContentLength, isWhole: true, cancellationToken);

            case HttpStatusCode.PartialContent when isSame && headers.ContentRange is { Unit: "bytes" } range && range.From == have
                && range.Length is { } total && range.To == total - 1:
                return await CopyAsync(job, link, response, total, isWhole: false, cancellationToken);

            // All of it was there already.
            case HttpStatusCode.RequestedRangeNotSatisfiable when isSame && headers.ContentRange?.Length == have:
                return Verified(job, link, headers);

            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                part.Restart();
                return Interrupted(job, "the video's host answered with another part, or with a part of another video.", status);

            case HttpStatusCode.ProxyAuthenticationRequired:
                const string Action = "Use Connect-Luma -ProxyCredential, then run the command again.";
                LumaException unknown =
                    SaveErrors.Failed(job, "the proxy asks for a credential (HTTP 407).", status: status, action: Action);
                return new TransferResult(TransferOutcome.Final, unknown);

            case HttpStatusCode.RequestTimeout or TooEarly or HttpStatusCode.TooManyRequests:
            case >= HttpStatusCode.InternalServerError:
                return Interrupted(
                    job, Answered(link, status), status, RetryAfter.From(response.Headers.RetryAfter, client.Connection.Time.GetUtcNow()));

            default:
                return new TransferResult(TransferOutcome.LinkRefused, SaveErrors.LinkRefused(job, Answered(link, status), status));
        }
    }

    private async Task<TransferResult> CopyAsync(
        LumaJob job, Uri link, HttpResponseMessage response, long? total, bool isWhole, CancellationToken cancellationToken)
    {
        progress.Received = isWhole ? 0 : part.Stream.Length;
        progress.Total = total;
        if (total > limits.MaximumSize) return TooLarge(job, FormattableString.Invariant($"it has {total} bytes"));

        void Begin()
        {
            part.Restart();
            part.From(link, response.Headers.ETag);
        }

        var copy = new BodyCopy(response.Content, part, limits, progress);
        switch (await copy.RunAsync(isWhole ? Begin : null, cancellationToken))
        {
            case BodyEnd.NotAVideo:
                string beginning = copy.Beginning is { } text ? $" that begins with '{client.Connection.Redact(text)}'" : "";
                return NotAVideo(job, link, response.Content.Headers, beginning);

            case BodyEnd.TooLarge:
                part.Restart(); // There is no end to it that a later call could come to.
                return TooLarge(job, FormattableString.Invariant($"more than {limits.MaximumSize} bytes arrived"));
        }

        // Where no length was sent, a cut looks like an end; the video's own boxes tell.
        if (total is null) return Mp4Boxes.IsWhole(part.Stream) ? TransferResult.Complete : Interrupted(job, "it ended early.");
        if (part.Stream.Length < total)
        {
            return Interrupted(job, FormattableString.Invariant($"the connection ended after {part.Stream.Length} of {total} bytes."));
        }

        if (part.Stream.Length == total) return Verified(job, link, response.Content.Headers);
        part.Restart();
        return Interrupted(job, FormattableString.Invariant($"more than the announced {total} bytes arrived."));
    }

    private TransferResult Verified(LumaJob job, Uri link, HttpContentHeaders headers)
    {
        if (Mp4Boxes.Begins(part.Stream)) return TransferResult.Complete;
        part.Restart();
        return NotAVideo(job, link, headers, "");
    }

    private TransferResult TooLarge(LumaJob job, string what) =>
        new(TransferOutcome.Final, SaveErrors.TooLarge(job, what, limits.MaximumSize));

    private static TransferResult NotAVideo(LumaJob job, Uri link, HttpContentHeaders headers, string what)
    {
        string why = $"{link.Host} sent {headers.ContentType?.MediaType ?? "something"}{what}, which is not the video.";
        return new TransferResult(TransferOutcome.LinkRefused, SaveErrors.LinkRefused(job, why, HttpStatusCode.OK));
    }

    private static TransferResult Interrupted(LumaJob job, string why, HttpStatusCode? status = null, TimeSpan? retryAfter = null) =>
        new(TransferOutcome.Interrupted, SaveErrors.Failed(job, why, status: status, retryAfter: retryAfter));

    private static string Answered(Uri link, HttpStatusCode status) => $"{link.Host} answered HTTP {(int)status}.";
}
