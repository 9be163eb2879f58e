using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Luma.PropertyTests;

/// <summary>Inputs as nobody would send them on purpose.</summary>
internal static class Any
{
    /// <summary>What has broken readers, writers and file systems before.</summary>
    private static readonly string[] _awkward =
    [
        "", " ", ".", "..", "...", "-", "_", "/", "\\", ":", "../", "..\\", "C:", "<", ">", "\"", "|", "?", "*", "'", "~", "%00", "{", "}",
        "{JobId}", "{Prompt}",
        "\0", "\u0001", "\t", "\r", "\n", "\r\n", "\u007f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u200d", "\u202e", "\u2028", "\u2029",
        "\ufeff", "\ufffd", "\ufffe", "\uffff", "\ue000",
        "\ud83d", "\udc00", "\ud83d\ude00", "👩‍👩‍👧", "e\u0301", "\u0301", "\u226e", "<\u0338", "\u212a", "\u0130", "ı", "ß", "\ufb1d",
        "\U0001d15e", "\u037e", "\uff0f", "\u2215", "日本語", "العربية",
        "CON", "con", "nul", "NUL.txt", "aux.", "COM1", "com¹", "LPT9", "CONIN$", "prn .x", "con ",
        ".mp4", ".mp4.part", ".part.json", "null", "true", "0", "-1", "1e999", "NaN", "$(x)", "`", "&&", "SUCCESS", "FAILED",
    ];

    public static Gen<string> Text { get; } = Gen.Frequency(
        (3, ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "")),
        (4, Gen.Elements(_awkward).ListOf(4).Select(parts => string.Concat(parts))),
        (2, Gen.Elements(_awkward)),
        (2, Gen.Elements("a red car driving on a road", "shot-01", "Ein Prompt mit Umlauten: äöü", "5s", "16:9")),
        (1, Gen.Choose(0, 0xFFFF).Select(c => ((char)c).ToString()).ListOf(12).Select(parts => string.Concat(parts))),
        (1, from part in Gen.Elements(_awkward) from times in Gen.Choose(1, 400) select string.Concat(Enumerable.Repeat(part, times))));

    public static Gen<string?> MaybeText { get; } =
        Gen.Frequency((1, Gen.Constant<string?>(null)), (4, Text.Select(text => (string?)text)));

    public static Gen<bool?> MaybeBool { get; } = Gen.Elements<bool?>(null, true, false);

    public static Gen<string> JobId { get; } = Guids.Select(guid => guid.ToString());

    public static Gen<byte[]> Bytes { get; } = Gen.OneOf(
        ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => bytes ?? []),
        Text.Select(Encoding.UTF8.GetBytes),
        Json.Select(json => Encoding.UTF8.GetBytes(json)));

    public static Gen<int> StatusCode { get; } =
        Gen.OneOf(Gen.Elements(200, 200, 200, 201, 400, 401, 402, 403, 404, 429, 499, 500, 502, 503, 520), Gen.Choose(100, 599));

    public static Gen<DateTime> Time { get; } = Gen.OneOf(
        Gen.Choose(0, 2_000_000_000).Select(seconds => DateTime.UnixEpoch.AddSeconds(seconds)),
        Gen.Elements(DateTime.MinValue, DateTime.MaxValue, DateTime.UnixEpoch, new DateTime(2026, 3, 29, 1, 30, 0, DateTimeKind.Utc)),
        ArbMap.Default.GeneratorFor<DateTime>());

    /// <summary>Any JSON text.</summary>
    public static Gen<string> Json => Gen.Sized(size => Value(Math.Min(size, 20))).Select(value => value?.ToJsonString() ?? "null");

    private static Gen<Guid> Guids => ArbMap.Default.GeneratorFor<Guid>();

    /// <summary>Any JSON value, at most so deep.</summary>
    public static Gen<JsonNode?> Value(int size)
    {
        Gen<JsonNode?> leaf = Gen.OneOf(
            Gen.Constant<JsonNode?>(null),
            Gen.Elements(true, false).Select(value => (JsonNode?)JsonValue.Create(value)),
            Gen.Choose(-10, 2_000_000_000).Select(value => (JsonNode?)JsonValue.Create(value)),
            Gen.Elements("1e999", "-1e-999", "25.50", "12345678901234567890123456789012345", "-0", "0.1")
                .Select(number => JsonNode.Parse(number)),
            Text.Select(value => (JsonNode?)JsonValue.Create(value)));
        if (size <= 1) return leaf;
        Gen<string> name =
            Gen.OneOf(Gen.Elements("status", "message", "data", "jobId", "job_id", "videoUrl", "quota", "width", "v", "event", "id"), Text);
        Gen<JsonNode?> array = Value(size / 3).ListOf(3)
            .Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())]));
        Gen<JsonNode?> node = (from names in name.ListOf(4) from values in Value(size / 3).ListOf(4) select (names, values))
            .Select(pair => (JsonNode?)Object(pair.names.Zip(pair.values)));
        return Gen.Frequency((2, leaf), (1, array), (2, node));
    }

    /// <summary>Bytes with some of them changed, lost, doubled or cut.</summary>
    public static Gen<byte[]> Mutated(Gen<byte[]> bytes) =>
        from original in bytes
        from changes in (from kind in Gen.Choose(0, 5) from at in Gen.Choose(0, 1_000_000) from value in Gen.Choose(0, 255)
            select (kind, at, value)).ListOf(3)
        select changes.Aggregate(original, (now, change) => Mutate(now, change.kind, change.at, (byte)change.value));

    private static JsonObject Object(IEnumerable<(string Name, JsonNode? Value)> members)
    {
        var made = new JsonObject();
        foreach ((string name, JsonNode? value) in members) made[name] = value?.DeepClone();
        return made;
    }

    private static byte[] Mutate(byte[] bytes, int kind, int at, byte value)
    {
        if (bytes.Length == 0) return [value];
        at %= bytes.Length;
        return kind switch
        {
            0 => [.. bytes[..at], (byte)(bytes[at] ^ (1 << (value % 8))), .. bytes[(at + 1)..]],
            1 => bytes[..at],
            2 => [.. bytes[..at], .. bytes[(at + 1)..]],
            3 => [.. bytes[..at], value, .. bytes[at..]],
            4 => [.. bytes[..at], .. bytes[(at / 2)..]],
            _ => [.. bytes[..at], .. JsonEncodedText.Encode(((char)value).ToString()).EncodedUtf8Bytes, .. bytes[at..]],
        };
    }
}
