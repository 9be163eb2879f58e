using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Luma;

/// <summary>Lines of the journal as JSON.</summary>
internal static class JournalJson
{
    // Prompts in any language stay readable; nothing but JSON readers reads these lines.
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line as bytes, with its line end.</summary>
    public static byte[] Write(JournalLine line)
    {
        using var bytes = new MemoryStream(512);
        using (var writer = new Utf8JsonWriter(bytes, _readable)) line.Write(writer);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>
    /// Some order of lines, always the same, for where it does not matter which one is taken, as long as all take the same one.
    /// </summary>
    public static int Compare(JournalLine? a, JournalLine? b) => a is null || b is null
        ? (a is null ? 0 : 1) - (b is null ? 0 : 1)
        : Write(a).AsSpan().SequenceCompareTo(Write(b));

    /// <summary>A text as it comes back from a line: half of a pair of surrogates is no character, and UTF-8 has no place for it.</summary>
    public static string? AsWritten(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a line is complete, and of a version that is newer than this code.</summary>
    public static bool IsNewer(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using JsonDocument json = JsonDocument.ParseValue(ref reader);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("v", out JsonElement version)
                && version.ValueKind == JsonValueKind.Number
                && version.TryGetInt64(out long number)
                && number > JournalLine.CurrentVersion;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads a line; null for one that is truncated, unrecognized, or of a newer version.</summary>
    public static JournalLine? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            var read = new JournalLine(ref reader);
            reader.Read(); // Throws where something follows.
            return read is { Version: >= 1 and <= JournalLine.CurrentVersion, Event: not null, Id.Length: > 0 } ? read : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
