using System.Globalization;
using System.Net.Http.Headers;

namespace Luma;

/// <summary>Looks at links to pictures before they are part of a paid request. It sends no key, and reads a few bytes of each.</summary>
internal static class LinkChecks
{
    private const int HeadLength = 16;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    /// <summary>Looks at one link.</summary>
    /// <param name="client">The way out.</param>
    /// <param name="link">The link.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<LumaLinkCheck> LookAtAsync(HttpClient client, string link, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(_patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.Range = new RangeHeaderValue(0, HeadLength - 1);
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token);
            int status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode) return new(link, status, false, null, $"It answers HTTP {status.ToString(CultureInfo.InvariantCulture)}.");
            byte[] head = new byte[HeadLength];
            await using Stream body = await response.Content.ReadAsStreamAsync(over.Token);
            int length = await body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, over.Token);
            bool isPicture = IsPicture(head.AsSpan(0, length));
            long? size = response.Content.Headers.ContentRange is { } range ? range.Length : response.Content.Headers.ContentLength;
            return new(link, status, isPicture, size, isPicture ? null : "Its bytes are no picture's (JPEG, PNG, WebP, GIF, AVIF).");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new(link, null, false, null, $"It does not answer: {ErrorText.Reason(exception)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(link, null, false, null, $"It has not answered in {_patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.");
        }
    }

    /// <summary>Whether bytes begin as a picture does.</summary>
    internal static bool IsPicture(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])
        || head.StartsWith("GIF8"u8)
        || (head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8))
        || (head.Length >= 12 && head[4..].StartsWith("ftypavif"u8));
}
