using System.Globalization;
using System.Net.Http.Headers;

namespace Luma;

/// <summary>
/// Tests links to pictures before they are part of a billable request. It sends no key and reads a few bytes of each: what a host
/// sends beyond them is not read, and the connection is closed.
/// </summary>
/// <param name="client">The client, which goes through the connection's proxy.</param>
internal sealed class LinkChecks(HttpClient client)
{
    private const int HeadLength = 16;
    private const int MostAtOnce = 8;

    /// <summary>How long one link may take.</summary>
    public TimeSpan LinkLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long all of them may take; those that were not tested by then say so.</summary>
    public TimeSpan TotalLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Tests links, several at a time, and returns the results in their order.</summary>
    /// <param name="links">The links.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<LumaLinkCheck>> TestAsync(IEnumerable<string> links, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(TotalLimit);
        using var room = new SemaphoreSlim(MostAtOnce);
        return await Task.WhenAll(links.Select(async link =>
        {
            try
            {
                await room.WaitAsync(over.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return TooLate(link);
            }

            try
            {
                return await TestAsync(link, over.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return TooLate(link);
            }
            finally
            {
                room.Release();
            }
        }));
    }

    /// <summary>Whether bytes begin as a picture does.</summary>
    internal static bool IsPicture(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])
        || head.StartsWith("GIF8"u8)
        || (head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8))
        || (head.Length >= 12 && head[4..].StartsWith("ftypavif"u8));

    private async Task<LumaLinkCheck> TestAsync(string link, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(LinkLimit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.Range = new RangeHeaderValue(0, HeadLength - 1);
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token);
            int status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
            {
                return new(link, status, false, null, $"It returned HTTP {status.ToString(CultureInfo.InvariantCulture)}.");
            }

            byte[] head = new byte[HeadLength];
            await using Stream body = await response.Content.ReadAsStreamAsync(over.Token);
            int length = await body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, over.Token);
            bool isPicture = IsPicture(head.AsSpan(0, length));
            long? size = response.Content.Headers.ContentRange is { } range ? range.Length : response.Content.Headers.ContentLength;
            return new(link, status, isPicture, size, isPicture ? null : "It is not a picture (JPEG, PNG, WebP, GIF, AVIF).");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new(link, null, false, null, $"It did not respond: {ErrorText.Reason(exception)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(link, null, false, null, $"It did not respond within {Seconds(LinkLimit)}.");
        }
    }

    private LumaLinkCheck TooLate(string link) =>
        new(link, null, false, null, $"It was not tested: testing all links may take at most {Seconds(TotalLimit)}.");

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.###} s");
}
