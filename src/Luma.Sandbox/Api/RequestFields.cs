using System.Text.Json;

namespace Luma.Sandbox;

/// <summary>Reads and checks the JSON body of a request by the service's tables.</summary>
internal static class RequestFields
{
    private static readonly string[] _links = ["imageUrl", "imageEndUrl", "hookUrl"];
    private static readonly string[] _texts = ["userPrompt", "aspectRatio", "modelName", "duration", "resolution", "useMode", .. _links];

    // As the API documentation lists them; the module sends others as well, since the lists change.
    private static readonly (string Name, string[] Values)[] _documented =
    [
        ("aspectRatio", ["9:16", "3:4", "1:1", "4:3", "16:9", "21:9"]),
        ("modelName", ["ray-v1", "ray-v2", "ray-v2-flash", "ray-v3", "ray-v3-reasoning"]),
        ("duration", ["5s", "10s"]),
        ("resolution", ["720p", "1080p"]),
        ("useMode", ["relax", "fast"]),
    ];

    /// <summary>The members of a JSON object; of several of one name the last.</summary>
    /// <exception cref="ParameterException">The body is not a JSON object.</exception>
    public static Dictionary<string, JsonElement> Parse(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new ParameterException("the body is not a JSON object");
            var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (JsonProperty member in document.RootElement.Clone().EnumerateObject()) fields[member.Name] = member.Value;
            return fields;
        }
        // The second: half a surrogate pair in a name.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ParameterException("the body is not a JSON object");
        }
    }

    /// <summary>Checks what both kinds of submits have in common, and what a generation adds.</summary>
    /// <param name="fields">The members.</param>
    /// <param name="isStrict">Whether values that the API documentation does not list are refused.</param>
    /// <exception cref="ParameterException">A member is missing or has a wrong type or value.</exception>
    public static void CheckSubmit(IReadOnlyDictionary<string, JsonElement> fields, bool isStrict)
    {
        Required(fields, "userPrompt");
        foreach (string name in _texts) Optional(fields, name);
        foreach (string name in _links) CheckLink(name, Optional(fields, name));
        if (fields.TryGetValue("loop", out JsonElement loop)
            && loop.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null))
        {
            throw new ParameterException("loop must be a boolean");
        }
        if (Optional(fields, "duration") == "10s" && Optional(fields, "resolution") == "1080p")
            throw new ParameterException("10s long videos are only available in 720p");
        if (!isStrict) return;
        foreach ((string name, string[] values) in _documented)
        {
            if (Optional(fields, name) is { } value && !values.Contains(value))
                throw new ParameterException($"{name} must be one of {string.Join(", ", values)}");
        }
    }

    /// <summary>A text that has to be there.</summary>
    /// <exception cref="ParameterException">It is missing, empty or not a string.</exception>
    public static string Required(IReadOnlyDictionary<string, JsonElement> fields, string name) =>
        Optional(fields, name) is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : throw new ParameterException($"{name} is required");

    /// <summary>A text that may be missing or null.</summary>
    private static string? Optional(IReadOnlyDictionary<string, JsonElement> fields, string name)
    {
        if (!fields.TryGetValue(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        try
        {
            if (value.ValueKind == JsonValueKind.String) return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: JSON allows it, but it is no text.
        }
        throw new ParameterException($"{name} must be a string");
    }

    private static void CheckLink(string name, string? link)
    {
        if (link is null) return;
        if (!Uri.TryCreate(link, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            throw new ParameterException($"{name} must be an http or https address");
    }
}
