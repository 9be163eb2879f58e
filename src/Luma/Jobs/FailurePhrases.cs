namespace Luma;

/// <summary>
/// The phrases that tell why a job failed, each with its source. TTAPI publishes no list for its Luma API, and passes on what
/// Luma says. A new phrase is a new row here and nothing else.
/// </summary>
internal static class FailurePhrases
{
    /// <summary>Luma's list of a generation's <c>failure_reason</c>.</summary>
    private const string LumaErrors = "https://docs.lumalabs.ai/docs/errors";

    /// <summary>Luma's list of a generation's <c>failure_code</c>, in a newer API.</summary>
    private const string LumaCodes = "https://docs.agents.lumalabs.ai/guides/error-handling/";

    /// <summary>TTAPI's list of a failed job's <c>message</c>, for its Midjourney API.</summary>
    private const string TtapiFaq = "https://docs.mjapiapp.com/faq/midjourney/api";

    /// <summary>TTAPI's HTTP codes: what a 400 may mean.</summary>
    private const string TtapiCodes = "https://docs.mjapiapp.com/reference/status-code";

    /// <summary>TTAPI's example of a failure.</summary>
    private const string TtapiReplies = "https://docs.ttapi.io/grids/en/development/response";

    /// <summary>Reports of users, who got them from Luma.</summary>
    private const string LumaReport7 = "https://github.com/lumalabs/ComfyUI-LumaAI-API/issues/7";
    private const string LumaReport14 = "https://github.com/lumalabs/ComfyUI-LumaAI-API/issues/14";

    /// <summary>The phrases in the order in which they are looked for: the first one that occurs in a message decides.</summary>
    public static IReadOnlyList<FailurePhrase> All { get; } =
    [
        // The picture's host did not let the moderation read it; the content was not judged.
        new("failed to moderate image", LumaFailureKind.InvalidInput, LumaReport14),
        new("failed to read user input frames", LumaFailureKind.InvalidInput, LumaErrors),

        // Frame and Advanced prompt moderation failed, Advanced moderation failed.
        new("moderation failed", LumaFailureKind.Moderation, LumaErrors + ", " + LumaReport7),
        new("blacklisted words", LumaFailureKind.Moderation, LumaErrors),
        new("content_moderated", LumaFailureKind.Moderation, LumaCodes),
        new("content moderated", LumaFailureKind.Moderation, LumaCodes),
        new("content guidelines", LumaFailureKind.Moderation, LumaCodes),
        new("banned word", LumaFailureKind.Moderation, TtapiCodes),
        new("banned prompt", LumaFailureKind.Moderation, TtapiFaq),
        new("AI moderator", LumaFailureKind.Moderation, TtapiFaq),
        new("image denied", LumaFailureKind.Moderation, TtapiFaq),
        new("image filters", LumaFailureKind.Moderation, TtapiFaq),
        new("NSFW", LumaFailureKind.Moderation, TtapiFaq),

        new("prompt is required", LumaFailureKind.InvalidInput, LumaErrors),
        new("prompt is too short", LumaFailureKind.InvalidInput, LumaErrors),
        new("prompt is too long", LumaFailureKind.InvalidInput, LumaErrors),
        new("loop is not supported", LumaFailureKind.InvalidInput, LumaErrors),
        new("no keyframes provided", LumaFailureKind.InvalidInput, LumaErrors),
        new("unknown request type", LumaFailureKind.InvalidInput, LumaErrors),
        new("image_too_large", LumaFailureKind.InvalidInput, LumaCodes),
        new("unsupported_format", LumaFailureKind.InvalidInput, LumaCodes),
        new("corrupt_input", LumaFailureKind.InvalidInput, LumaCodes),
        new("invalid_request", LumaFailureKind.InvalidInput, LumaCodes),
        new("invalid parameter", LumaFailureKind.InvalidInput, TtapiFaq),
        new("invalid link", LumaFailureKind.InvalidInput, TtapiFaq),
        new("parameter error", LumaFailureKind.InvalidInput, TtapiReplies),

        new("prompt processing failed", LumaFailureKind.Service, LumaErrors),
        new("error dispatching job", LumaFailureKind.Service, LumaErrors),
        new("error processing callback", LumaFailureKind.Service, LumaErrors),
        new("job failed", LumaFailureKind.Service, LumaErrors),
        new("generation_failed", LumaFailureKind.Service, LumaCodes),
        new("output_not_found", LumaFailureKind.Service, LumaCodes),
        new("rate_limited", LumaFailureKind.Service, LumaCodes),
        new("budget_exhausted", LumaFailureKind.Service, LumaCodes), // The provider's account at Luma, not the user's.
        new("job timeout", LumaFailureKind.Service, TtapiFaq),
        new("failed to process your command", LumaFailureKind.Service, TtapiFaq),
        new("internal error", LumaFailureKind.Service, TtapiFaq),
        new("internal server error", LumaFailureKind.Service, TtapiFaq),
        new("execution error", LumaFailureKind.Service, TtapiFaq),
        new("system exception", LumaFailureKind.Service, TtapiFaq),
        new("unknown integration", LumaFailureKind.Service, TtapiFaq),
        new("unknown message", LumaFailureKind.Service, TtapiFaq),
        new("未知消息", LumaFailureKind.Service, TtapiFaq),
        new("未知集成", LumaFailureKind.Service, TtapiFaq),
    ];

    /// <summary>The phrase that decides about a message; null where none occurs in it.</summary>
    public static FailurePhrase? Find(string? message) =>
        message is null ? null : All.FirstOrDefault(phrase => message.Contains(phrase.Text, StringComparison.OrdinalIgnoreCase));
}
