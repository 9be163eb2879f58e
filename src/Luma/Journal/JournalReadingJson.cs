using System.Text.Json.Serialization;

namespace Luma;

/// <summary>Lines of the journal as JSON: reading.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalReadingJson : JsonSerializerContext;
