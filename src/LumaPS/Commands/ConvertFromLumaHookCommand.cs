using System.Collections;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using Luma;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Reads callbacks of the service. They are unsigned, so the jobs it gives are unconfirmed until the service is asked.</summary>
[Cmdlet(VerbsData.ConvertFrom, "LumaHook", HelpUri = HelpPages.Address + "ConvertFrom-LumaHook.md")]
[OutputType(typeof(LumaJob))]
public sealed class ConvertFromLumaHookCommand : PSCmdlet
{
    private static readonly string[] _members = ["jobId", "job_id", "userPrompt", "width", "height", "imageUrl", "imageEndUrl", "hookUrl", "videoUrl", "quota"];

    /// <summary>One callback's body as text, or the object that a web framework has made of it.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Read() is { } job) WriteObject(job);
    }

    private LumaJob? Read()
    {
        try
        {
            return HookMessage.Read(InputObject?.BaseObject switch
            {
                null => default,
                byte[] bytes => bytes,
                string text => Encoding.UTF8.GetBytes(text),
                _ => ToJson(InputObject),
            });
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord(InputObject?.BaseObject));
        }
        catch (RuntimeException exception)
        {
            // A property of the object that throws when it is read.
            WriteError(HookMessage.Invalid($"the object cannot be read ({exception.Message})").ToErrorRecord(InputObject?.BaseObject));
        }

        return null;
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
                Write(json, PSObject.AsPSObject(data), _members);
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

    private static object? Member(PSObject from, string name) =>
        from.BaseObject is IDictionary table
            ? table.Keys.Cast<object>().FirstOrDefault(key => name.Equals(key.ToString(), StringComparison.OrdinalIgnoreCase)) is { } key ? table[key] : null
            : from.Properties[name]?.Value;
}
