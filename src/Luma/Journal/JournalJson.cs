using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Luma;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext
{
    // Prompts in any language stay readable; nothing but JSON readers reads these lines.
    private static readonly Lazy<JournalJson> s_readable = new(() => new(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    /// <summary>A line as bytes, with its line end.</summary>
    public static byte[] Write(JournalLine line) => [.. JsonSerializer.SerializeToUtf8Bytes(line, s_readable.Value.JournalLine), (byte)'\n'];

    /// <summary>Some order of lines, always the same, for where it does not matter which one is taken, as long as all take the same one.</summary>
    public static int Compare(JournalLine? a, JournalLine? b) => a is null || b is null
        ? (a is null ? 0 : 1) - (b is null ? 0 : 1)
        : Write(a).AsSpan().SequenceCompareTo(Write(b));

    /// <summary>A text as it comes back from a line: half of a pair of surrogates is no character, and UTF-8 has no place for it.</summary>
    public static string? AsWritten(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads a line; null for one that is torn, foreign, or of a newer version.</summary>
    public static JournalLine? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            JournalLine? read = JsonSerializer.Deserialize(line, Default.JournalLine);
            return read is { Version: >= 1 and <= Luma.JournalLine.CurrentVersion, Event: not null, Id.Length: > 0 } ? read : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or NotSupportedException or FormatException)
        {
            return null;
        }
    }
}
