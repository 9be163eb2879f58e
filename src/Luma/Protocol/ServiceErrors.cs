using System.Net;

namespace Luma;

/// <summary>The service's refusals as errors, in one place: what the codes mean is the same for a submit and a fetch.</summary>
internal static class ServiceErrors
{
    /// <summary>The error for an answer in the service's own envelope that refuses a request.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="connection">Where it came over.</param>
    /// <param name="subject">What was refused, as the start of a sentence.</param>
    /// <param name="consequence">What it cost and what it says about a job.</param>
    /// <param name="jobId">The job the request was about.</param>
    public static LumaException Refused(ServiceReply reply, LumaConnection connection, string subject, string consequence, string? jobId)
    {
        (LumaErrorId errorId, string meaning, string action) = (int)reply.StatusCode switch
        {
            401 => (LumaErrorId.LumaUnauthorized, "the API key is missing or wrong, or the account's e-mail is not activated",
                "Check the key and set it again: Connect-Luma -ApiKey (Read-Host -AsSecureString)"),
            402 => (LumaErrorId.LumaQuotaExhausted, "the account's quota is used up", "Top up the account, then run the command again."),
            403 => (LumaErrorId.LumaAccountBlocked, "the account is blocked", "Ask the provider's support; no retry will help."),
            404 when jobId is not null => (LumaErrorId.LumaJobNotFound, $"it does not know the job {jobId}",
                "Check the jobId, and that the connection is to the service and the account that made the job."),
            404 => (LumaErrorId.LumaBadRequest, "there is no such endpoint at this address", $"Check the address: {connection.BaseUri}"),
            429 => (LumaErrorId.LumaRateLimited, "there were too many requests in a short time",
                "Wait a few minutes, then run the command again. A lower -ThrottleLimit submits fewer jobs at a time."),
            499 => (LumaErrorId.LumaQueueFull, "the account's queue is full",
                "Wait until running jobs have ended (Get-LumaJob -Status Pending, Running | Wait-LumaJob), then run the command again."),
            _ => (LumaErrorId.LumaBadRequest, "it is not valid", "Change what the message names, then run the command again."),
        };
        string words = reply.Message is { } message ? $" The service reports: {Sentence(message)}" : "";
        return new LumaException(
            errorId, connection.Redact($"{subject} was refused (HTTP {(int)reply.StatusCode}): {meaning}.{words} {consequence}")!)
        {
            JobId = jobId,
            StatusCode = reply.StatusCode,
            RetryAfter = reply.RetryAfter,
            Answer = connection.Redact(
                reply.Message is { } text ? $"HTTP {(int)reply.StatusCode}, {text}" : $"HTTP {(int)reply.StatusCode}"),
            RecommendedAction = action,
        };
    }

    /// <summary>
    /// The error for a job that ended without a video: what the service says, what kind of reason that is, and what to do about it.
    /// </summary>
    public static LumaException JobFailed(LumaJob job)
    {
        (string meaning, string action) = job.FailureKind switch
        {
            LumaFailureKind.Moderation => (
                " Its content did not pass moderation, and the same content is likely to fail again.",
                "Change the prompt or the pictures, then submit it as a new job."),
            LumaFailureKind.InvalidInput => (
                " The request cannot work as it is.",
                "Correct what the reason names (a picture must be one that anybody can open), then submit it as a new job."),
            LumaFailureKind.Service => (
                " That is a fault of the service, not of the request.",
                "Submit the same request again as a new job. If it keeps failing, report the jobId to the provider's support."),
            _ => ("", "Change what the reason names, if it names anything, then submit it as a new job."),
        };
        string words = job.Message is { } reason ? $"The service reports: {Sentence(reason)}" : "The service gives no reason.";
        return new LumaException(
            LumaErrorId.LumaJobFailed,
            $"Job {job.JobId}{(job.Name is null ? "" : $" ('{job.Name}')")} failed: it ended without a video. {words}{meaning} The " +
                "provider does not say whether a failed job is charged.")
        {
            JobId = job.JobId,
            RecommendedAction = $"{action} Your account at the provider shows what it cost.",
        };
    }

    /// <summary>The service's words with an end, so that ours can follow.</summary>
    public static string Sentence(string words) => words.TrimEnd() is var text && text.EndsWith('.') || text.EndsWith('!')
        || text.EndsWith('?') ? text : text + ".";

    /// <summary>The error for an answer to a fetch that does not come from the service, or not about this job.</summary>
    public static LumaException NotAnAnswer(ServiceReply reply, string what, string jobId) =>
        new(
            reply.StatusCode == HttpStatusCode.TooManyRequests ? LumaErrorId.LumaRateLimited : LumaErrorId.LumaServiceError,
            $"The status request for job {jobId} returned {what} (HTTP {(int)reply.StatusCode}). This says nothing about the job; " +
                "it is safe to try again.")
        {
            JobId = jobId,
            StatusCode = reply.StatusCode,
            RetryAfter = reply.RetryAfter,
            Answer = $"HTTP {(int)reply.StatusCode}, {(reply.IsHtml ? "an HTML page" : what)}",
            RecommendedAction = $"Try again: Get-LumaJob -JobId {jobId}",
        };
}
