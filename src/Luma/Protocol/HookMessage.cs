using System.Net;

namespace Luma;

/// <summary>
/// What a callback says. It is unsigned, so it is a hint: what it says of a job is true once a fetch has said it.
/// </summary>
public static class HookMessage
{
    /// <summary>The most a callback may have, in bytes; the service's have a few hundred.</summary>
    public const int LargestBody = 64 * 1024;

    /// <summary>Reads a callback's body.</summary>
    /// <returns>The job it names, <see cref="LumaJobStatus.Unconfirmed"/>, with what the callback says about it.</returns>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> for what is too large, no JSON, or not the
    /// service's.</exception>
    public static LumaJob Read(ReadOnlyMemory<byte> body)
    {
        if (body.Length > LargestBody) throw Invalid($"it has {body.Length} bytes, and a callback has {LargestBody} at most");
        ServiceReply reply = ServiceReply.Parse(HttpStatusCode.OK, body);
        if (!reply.IsEnvelope) throw Invalid("it is not the service's JSON, an object with a status");
        if (!Check.IsJobId(reply.JobId)) throw Invalid("it has no jobId");
        return new LumaJob
        {
            JobId = reply.JobId,
            Status = LumaJobStatus.Unconfirmed,
            Message = $"A callback reports {reply.Status}{(reply.Message is { } words ? $": {ServiceErrors.Sentence(words)}" : ".")} " +
                "Callbacks are unsigned: check it with Get-LumaJob or Wait-LumaJob.",
            Prompt = reply.Prompt,
            ImageUrl = reply.ImageUrl,
            EndImageUrl = reply.EndImageUrl,
            HookUrl = reply.HookUrl,
            VideoUrl = reply.VideoUrl,
            Width = reply.Width,
            Height = reply.Height,
            Quota = reply.Quota,
        };
    }

    /// <summary>The error for what is no callback.</summary>
    internal static LumaException Invalid(string why) =>
        new(LumaErrorId.LumaInvalidValue, $"This is not a callback from the service: {why}. Nothing was changed.");
}
