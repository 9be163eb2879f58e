using System.Text.Json;

namespace Luma;

/// <summary>Members of JSON objects, by the type of their value.</summary>
internal static class JsonMember
{
    /// <summary>Writes a member; one without a value is null.</summary>
    public static void Write(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNull(name); break;
            case string text: writer.WriteString(name, text); break;
            case bool flag: writer.WriteBoolean(name, flag); break;
            case int number: writer.WriteNumber(name, number); break;
            case long number: writer.WriteNumber(name, number); break;
            case decimal number: writer.WriteNumber(name, number); break;
            case DateTime time: writer.WriteString(name, time); break;
            default: throw new ArgumentException($"A {value.GetType()} is no member of JSON.", nameof(value));
        }
    }

    // Each reads a value; null is none. A value of another type is an InvalidOperationException, one that is too large a FormatException.
    public static bool? ReadBoolean(ref Utf8JsonReader reader) => IsNull(ref reader) ? null : reader.GetBoolean();

    public static int? ReadInt32(ref Utf8JsonReader reader) => IsNull(ref reader) ? null : reader.GetInt32();

    public static long? ReadInt64(ref Utf8JsonReader reader) => IsNull(ref reader) ? null : reader.GetInt64();

    public static decimal? ReadDecimal(ref Utf8JsonReader reader) => IsNull(ref reader) ? null : reader.GetDecimal();

    public static DateTime? ReadDateTime(ref Utf8JsonReader reader) => IsNull(ref reader) ? null : reader.GetDateTime();

    private static bool IsNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null;
}
