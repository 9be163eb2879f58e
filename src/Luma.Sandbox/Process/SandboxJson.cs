using System.Text.Json;
using System.Text.Json.Serialization;

namespace Luma.Sandbox;

/// <summary>What goes between a sandbox in a process of its own and those who use it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SandboxSettings))]
[JsonSerializable(typeof(SandboxState))]
internal sealed partial class SandboxJson : JsonSerializerContext
{
    /// <summary>Settings as one line.</summary>
    public static string Write(SandboxSettings settings) => JsonSerializer.Serialize(settings, Default.SandboxSettings);

    /// <summary>Settings from what was written.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static SandboxSettings ReadSettings(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.SandboxSettings) ?? throw new JsonException("There are no settings.");
}
