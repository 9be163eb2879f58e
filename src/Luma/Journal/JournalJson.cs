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
