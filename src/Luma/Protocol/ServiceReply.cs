using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Luma;

/// <summary>What the service answered, read tolerantly: types drift, members are missing, null or new.</summary>
internal sealed class ServiceReply
{
    private ServiceReply(HttpStatusCode statusCode) => StatusCode = statusCode;

    public HttpStatusCode StatusCode { get; }

    /// <summary>How long the answer asks to wait.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>
    /// Whether the body is the service's own JSON: an object with a <c>status</c>, which outside of 2xx is <c>FAILED</c>. All else
    /// comes from something in between: gateways have a <c>status</c> in their JSON as well.
    /// </summary>
    public bool IsEnvelope { get; private init; }

    /// <summary>Whether the body is an HTML page, as proxies, firewalls and Cloudflare send it.</summary>
    public bool IsHtml { get; private init; }

    public string? Status { get; private init; }

    public string? Message { get; private init; }

    /// <summary>The jobId, at the top or in <c>data</c>.</summary>
    public string? JobId { get; private init; }

    public string? Prompt { get; private init; }

    public int? Width { get; private init; }

    public int? Height { get; private init; }

    public string? ImageUrl { get; private init; }

    public string? EndImageUrl { get; private init; }

    public string? HookUrl { get; private init; }

    public string? VideoUrl { get; private init; }

    public decimal? Quota { get; private init; }

    public bool IsOk => (int)StatusCode is >= 200 and < 300;

    public static ServiceReply Parse(HttpStatusCode statusCode, ReadOnlyMemory<byte> body, TimeSpan? retryAfter = null)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(WithoutByteOrderMark(body));
            JsonElement root = document.RootElement;
            if (Member(root, "status").ValueKind == JsonValueKind.String && Text(root, "status") is { } status)
            {
                JsonElement data = Member(root, "data");
                return new ServiceReply(statusCode)
                {
                    RetryAfter = retryAfter,
                    IsEnvelope = (int)statusCode is >= 200 and < 300 || string.Equals(status, "FAILED", StringComparison.OrdinalIgnoreCase),
                    Status = status,
                    Message = Text(root, "message"),
                    JobId = Text(data, "jobId") ?? Text(data, "job_id") ?? Text(root, "jobId") ?? Text(root, "job_id"),
                    Prompt = Text(data, "userPrompt"),
                    Width = Pixels(data, "width"),
                    Height = Pixels(data, "height"),
                    ImageUrl = Text(data, "imageUrl"),
                    EndImageUrl = Text(data, "imageEndUrl"),
                    HookUrl = Text(data, "hookUrl"),
                    VideoUrl = Text(data, "videoUrl"),
                    Quota = Number(data, "quota"),
                };
            }
        }
        catch (JsonException)
        {
            // Not JSON: not the service.
        }

        return new ServiceReply(statusCode) { RetryAfter = retryAfter, IsHtml = LooksLikeHtml(body.Span) };
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;

    private static bool LooksLikeHtml(ReadOnlySpan<byte> body)
    {
        int start = body.IndexOfAnyExcept(" \t\r\n\uFEFF"u8);
        return start >= 0 && body[start] == (byte)'<';
    }

    private static JsonElement Member(JsonElement parent, string name)
    {
        try
        {
            return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) ? value : default;
        }
        catch (InvalidOperationException)
        {
            return default; // The search came to a name with escapes that are no text.
        }
    }

    // A string, or a number as it was written; blank counts as missing. Whatever it is, somebody will see it on a terminal.
    private static string? Text(JsonElement parent, string name)
    {
        JsonElement value = Member(parent, name);
        try
        {
            string? text = value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            };
            return string.IsNullOrWhiteSpace(text) ? null : VisibleText.Printable(text);
        }
        catch (InvalidOperationException)
        {
            return null; // Bytes or escapes that are no text.
        }
    }

    private static decimal? Number(JsonElement parent, string name) =>
        decimal.TryParse(Text(parent, name), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) ? number : null;

    private static int? Pixels(JsonElement parent, string name) =>
        Number(parent, name) is { } number && number >= 0 && number <= int.MaxValue ? (int)number : null;
}
