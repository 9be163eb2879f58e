using System.Text.Json.Serialization;

namespace Luma;

[JsonSerializable(typeof(PartFile.Origin))]
internal sealed partial class PartFileJson : JsonSerializerContext;
