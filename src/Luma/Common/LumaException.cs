using System.Net;

namespace Luma;

/// <summary>Every failure this library tells of. The message says what happened, what it cost and what to do.</summary>
public sealed class LumaException : Exception
{
    /// <summary>Makes an exception of this kind.</summary>
    public LumaException(LumaErrorId errorId, string message, Exception? innerException = null)
        : base(VisibleText.Printable(message), innerException) => ErrorId = errorId; // It may repeat what a server sent.

    /// <summary>The stable name of what went wrong.</summary>
    public LumaErrorId ErrorId { get; }

    /// <summary>The job this is about, where one is known.</summary>
    public string? JobId { get; init; }

    /// <summary>The HTTP status the service or the video's host answered with, where it answered.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>How long the answer asked to wait (its <c>Retry-After</c>), where it did.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What came instead of an answer, as part of a sentence: <c>HTTP 502, an HTML page</c>.</summary>
    internal string? Answer { get; init => field = value is null ? null : VisibleText.Printable(value); }

    /// <summary>What to do about it, in one sentence.</summary>
    public string? RecommendedAction { get; init => field = value is null ? null : VisibleText.Printable(value); }

    /// <summary>
    /// Whether the journal's connection broke while something was locked or reserved in it. Nothing was sent; it may be begun again.
    /// </summary>
    internal bool IsLockLost { get; init; }

    /// <summary>
    /// Whether the service could not be reached at all, and was given up: what else there is to submit would not get there either.
    /// </summary>
    internal bool IsOutage { get; init; }

    /// <summary>Whether the service was a sandbox that was stopped in this process, and its jobs with it.</summary>
    internal bool IsServiceStopped { get; init; }

    /// <summary>The same failure, with what it is about in front of its message.</summary>
    internal LumaException About(string subject) => new(ErrorId, $"{subject}: {Message}", InnerException)
    {
        JobId = JobId,
        StatusCode = StatusCode,
        RetryAfter = RetryAfter,
        RecommendedAction = RecommendedAction,
        IsLockLost = IsLockLost,
        IsOutage = IsOutage,
        IsServiceStopped = IsServiceStopped,
    };

    /// <summary>
    /// Whether sending anything more over the same connection is pointless: 401, 402 and 403 in the service's own envelope.
    /// </summary>
    public bool IsPermanent => ErrorId is LumaErrorId.LumaUnauthorized or LumaErrorId.LumaQuotaExhausted or LumaErrorId.LumaAccountBlocked;
}
