using System.Collections;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Luma;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Reads callbacks of the service. They are unsigned, so the jobs it gives are unconfirmed until the service is asked.</summary>
[Cmdlet(VerbsData.ConvertFrom, "LumaHook", HelpUri = HelpPages.Address + "ConvertFrom-LumaHook.md")]
[OutputType(typeof(LumaJob))]
public sealed class ConvertFromLumaHookCommand : PSCmdlet
{
    private static readonly string[] _fields =
        ["jobId", "job_id", "userPrompt", "width", "height", "imageUrl", "imageEndUrl", "hookUrl", "videoUrl", "quota"];

    private readonly StringBuilder _lines = new();
    private readonly Dictionary<string, JsonNode?> _members = new(StringComparer.Ordinal);

    /// <summary>One callback's body as text, or the object that a web framework has made of it.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject?.BaseObject is KeyValuePair<string, JsonNode?> member)
        {
            // PowerShell has taken a JsonObject apart.
            if (_members.ContainsKey(member.Key)) EndMembers();
            _members[member.Key] = member.Value;
            return;
        }

        EndMembers();
        if (InputObject?.BaseObject is string line && MyInvocation.ExpectingInput) TakeLine(line);
        else Convert(InputObject);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        EndMembers();
        EndLines();
    }

    // A file comes line by line: what is the beginning of a JSON object waits for the rest of it.
    private void TakeLine(string line)
    {
        if (_lines.Length == 0 && !line.AsSpan().TrimStart().StartsWith("{"))
        {
            Convert(line);
            return;
        }

        string text = _lines.Length == 0 ? line : $"{_lines}\n{line}";
        bool? isWhole = IsWhole(text);
        if (isWhole == false && text.Length <= HookMessage.LargestBody)
        {
            _lines.Clear().Append(text);
            return;
        }

        if (isWhole == true || _lines.Length == 0)
        {
            _lines.Clear();
            Convert(text);
            return;
        }

        // The line does not continue what is waiting, so that was all there is of it.
        EndLines();
        TakeLine(line);
    }

    private void EndLines()
    {
        string text = _lines.ToString();
        _lines.Clear();
        if (text.Length > 0) Convert(text);
    }

    private void EndMembers()
    {
        if (_members.Count == 0) return;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, JsonNode? value) in _members)
            {
                json.WritePropertyName(name);
                if (value is null) json.WriteNullValue();
                else value.WriteTo(json);
            }

            json.WriteEndObject();
        }

        _members.Clear();
        Convert(buffer.ToArray());
    }

    // Whether a text is a JSON object, or the beginning of one; null: neither.
    private static bool? IsWhole(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), isFinalBlock: false, default);
            while (reader.Read())
            {
            }

            return reader is { CurrentDepth: 0, TokenType: JsonTokenType.EndObject };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Convert(object? input)
    {
        object? target = input is PSObject wrapped ? wrapped.BaseObject : input;
        try
        {
            WriteObject(HookMessage.Read(target switch
            {
                null => default,
                byte[] bytes => bytes,
                string text => Encoding.UTF8.GetBytes(text),
                JsonElement element => Encoding.UTF8.GetBytes(element.ValueKind == JsonValueKind.Undefined ? "" : element.GetRawText()),
                JsonDocument document => Encoding.UTF8.GetBytes(document.RootElement.GetRawText()),
                JsonNode node => Encoding.UTF8.GetBytes(node.ToJsonString()),
                _ => ToJson(PSObject.AsPSObject(input)),
            }));
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord(target));
        }
        catch (Exception exception) when (exception is GetValueException or PSInvalidCastException)
        {
            // A property of the object that throws when it is read, or is no text.
            WriteError(HookMessage.Invalid($"the object cannot be read ({exception.Message})").ToErrorRecord(target));
        }
    }

    // Only what a callback has, whatever else such an object brings along.
    private static ReadOnlyMemory<byte> ToJson(PSObject parsed)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, parsed, ["status", "message", "jobId", "job_id"]);
            if (Member(parsed, "data") is { } data)
            {
                json.WriteStartObject("data");
                Write(json, PSObject.AsPSObject(data), _fields);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, PSObject from, string[] names)
    {
        foreach (string name in names)
        {
            if (Member(from, name) is { } value) json.WriteString(name, LanguagePrimitives.ConvertTo<string>(value));
        }
    }

    private static object? Member(PSObject from, string name) => from.BaseObject switch
    {
        IDictionary table => table.Keys.Cast<object>()
            .FirstOrDefault(key => name.Equals(key.ToString(), StringComparison.OrdinalIgnoreCase)) is { } key ? table[key] : null,
        JsonElement { ValueKind: JsonValueKind.Object } element =>
            element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null,
        JsonElement => null,
        JsonObject json => json[name],
        _ => from.Properties[name]?.Value,
    };
}
