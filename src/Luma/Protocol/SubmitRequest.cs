using System.Text.Encodings.Web;
using System.Text.Json;

namespace Luma;

/// <summary>A request for a new, billable job. What is null is not sent.</summary>
public abstract record SubmitRequest
{
    // The body is JSON and nothing else reads it, so a prompt may stay readable in it.
    private static readonly JsonWriterOptions _writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The text the video is made from (<c>userPrompt</c>). Required. English works best, according to the API documentation.
    /// </summary>
    public string? Prompt { get; init => field = value is null ? null : VisibleText.TrimInvisible(value); }

    /// <summary>The model (<c>modelName</c>); documented: ray-v1 ray-v2 ray-v2-flash ray-v3 ray-v3-reasoning.</summary>
    public string? Model { get; init => field = DocumentedValues.Model.Normalize(value); }

    /// <summary>An http(s) address the service calls when the job has ended (<c>hookUrl</c>).</summary>
    public string? HookUrl { get; init => field = Trimmed(value); }

    /// <summary>A name for the job; not sent.</summary>
    public string? Name { get; init => field = Trimmed(value); }

    internal abstract string Path { get; }

    /// <summary>Refuses what cannot work, before anything is sent.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/>, naming the parameter and what to do.</exception>
    public virtual void Validate()
    {
        Check.Prompt(Prompt);
        Check.Link(nameof(HookUrl), HookUrl);
    }

    /// <summary>What a careful colleague would say of the request before it is sent and billed; it is no reason to refuse it.</summary>
    /// <param name="connection">Where it is going; null: not known yet.</param>
    /// <returns>Sentences; the same one for the same value.</returns>
    internal virtual IEnumerable<string> Warnings(LumaConnection? connection) => NotNull(
        Prompt is null ? null : PromptWarnings.For(Prompt),
        DocumentedValues.Model.WarningFor(Model),
        UnreachableWarning(nameof(HookUrl), HookUrl, connection, "no callback will come"));

    internal byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, _writerOptions))
        {
            writer.WriteStartObject();
            LumaJob job = ToJob();
            foreach (JobField field in JobFields.Requests)
            {
                if (field.Get(job) is { } value) JsonMember.Write(writer, field.WireName, value);
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>The job this request makes, before the service has named it.</summary>
    internal abstract LumaJob ToJob();

    /// <summary>What to say of a link that the service cannot reach from where it is; null where it can, or is local itself.</summary>
    private protected static string? UnreachableWarning(string parameter, string? link, LumaConnection? connection, string consequence) =>
        connection is not null && !LocalAddress.IsLocal(connection.BaseUri) && Check.TryLink(link) is { } address
            && LocalAddress.IsLocal(address)
            ? $"-{parameter} leads to '{address.Host}', which only this machine or its network can reach. The service is at " +
                $"{connection.BaseUri.Host}, so {consequence}. It is sent as is, and the job may be charged."
            : null;

    private protected static string? Trimmed(string? value) => value is null ? null : VisibleText.Trim(value);

    private protected static IEnumerable<string> NotNull(params string?[] texts) => texts.OfType<string>();
}
