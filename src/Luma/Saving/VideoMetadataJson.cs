using System.Text.Json;
using System.Text.Json.Serialization;

namespace Luma;

/// <summary>Metadata files as JSON. People may have edited them, so that a comment or one comma too many does no harm.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(VideoMetadata))]
internal sealed partial class VideoMetadataJson : JsonSerializerContext;
