using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Luma.Sandbox;

/// <summary>The JSON texts that the service answers with.</summary>
internal static class ServiceJson
{
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The answer to an accepted submit.</summary>
    public static byte[] Accepted(SandboxJob job) => Write(json =>
    {
        json.WriteString("status", "SUCCESS");
        json.WriteString("message", "");
        json.WriteStartObject("data");
        json.WriteString("jobId", job.JobId);
        json.WriteEndObject();
    });

    /// <summary>The answer to a request that is refused.</summary>
    /// <param name="status">The HTTP status; the service leaves `data` out of a 401.</param>
    /// <param name="message">Why.</param>
    public static byte[] Refused(int status, string message) => Write(json =>
    {
        json.WriteString("status", "FAILED");
        json.WriteString("message", message);
        if (status != 401) json.WriteNull("data");
    });

    /// <summary>The state of a job, as a fetch and the callback tell it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="withoutVideoUrl">Whether to call it done and yet leave the link out.</param>
    /// <param name="forgedVideoUrl">A link to call it done with, whatever its state.</param>
    public static byte[] Job(SandboxJob job, bool withoutVideoUrl = false, string? forgedVideoUrl = null)
    {
        string status = withoutVideoUrl || forgedVideoUrl is not null ? "SUCCESS" : job.Status;
        bool done = status == "SUCCESS";
        return Write(json =>
        {
            json.WriteString("status", status);
            json.WriteString("message", status switch
            {
                "SUCCESS" => "success",
                "FAILED" => job.FailureMessage,
                _ => null,
            });
            json.WriteString("jobId", job.JobId);
            json.WriteStartObject("data");
            json.WriteString("jobId", job.JobId);
            json.WriteString("userPrompt", job.Text("userPrompt"));
            json.WriteString("width", done ? job.Clip.Width.ToString(CultureInfo.InvariantCulture) : null);
            json.WriteString("height", done ? job.Clip.Height.ToString(CultureInfo.InvariantCulture) : null);
            json.WriteString("imageUrl", job.Text("imageUrl"));
            json.WriteString("imageEndUrl", job.Text("imageEndUrl"));
            json.WriteString("hookUrl", job.Text("hookUrl"));
            json.WriteString("videoUrl", done && !withoutVideoUrl ? forgedVideoUrl ?? job.VideoUrl : null);
            if (done) json.WriteNumber("quota", job.Quota);
            else json.WriteNull("quota");
            json.WriteEndObject();
        });
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, _readable))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
