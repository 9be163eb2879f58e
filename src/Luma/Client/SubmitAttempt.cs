using System.Net;
using System.Security.Authentication;

namespace Luma;

/// <summary>One attempt to submit, and what is known of it.</summary>
/// <param name="SentAt">When it began.</param>
/// <param name="MayHaveLeft">Whether its body was handed to a connection.</param>
/// <param name="Reply">What came back, where something did.</param>
/// <param name="Failure">Why nothing did.</param>
internal sealed record SubmitAttempt(DateTimeOffset SentAt, bool MayHaveLeft, ServiceReply? Reply, Exception? Failure)
{
    private const HttpStatusCode QueueFull = (HttpStatusCode)499;

    /// <summary>The job that an extension was to extend: an answer that repeats its jobId names no new one.</summary>
    public string? ParentJobId { get; init; }

    /// <summary>A certificate that is wrong stays wrong; a network that is away comes back.</summary>
    public bool IsWorthRepeating => Failure?.InnerException is not AuthenticationException;

    private string? NewJobId => string.Equals(Reply?.JobId, ParentJobId, StringComparison.OrdinalIgnoreCase) ? null : Reply?.JobId;

    /// <summary>
    /// Decides by the service's own words only; whatever else comes back leaves it open whether a job was made and charged.
    /// </summary>
    public SubmitOutcome Outcome()
    {
        if (Reply is null) return MayHaveLeft ? SubmitOutcome.Unconfirmed : SubmitOutcome.Unsent;
        if (Reply is { IsOk: true, IsEnvelope: true } && NewJobId is not null && !JobReply.IsFailed(Reply)) return SubmitOutcome.Accepted;

        // A refusal that names a job is none; and what is neither a refusal nor names a new job is not understood.
        if (NewJobId is not null || (Reply.IsOk && Reply.JobId is not null)) return SubmitOutcome.Unconfirmed;

        // 429 is HTTP's own word for "not processed" and may come without the service's JSON; an HTML page may come from anywhere.
        if (Reply.StatusCode == HttpStatusCode.TooManyRequests && !Reply.IsHtml) return SubmitOutcome.RateLimited;
        if (!Reply.IsEnvelope) return SubmitOutcome.Unconfirmed;
        if (Reply.StatusCode == QueueFull) return SubmitOutcome.QueueFull;
        if ((int)Reply.StatusCode is >= 400 and < 500) return SubmitOutcome.Refused;
        return Reply.IsOk && JobReply.IsFailed(Reply) ? SubmitOutcome.Refused : SubmitOutcome.Unconfirmed;
    }

    public LumaException ToException(SubmitRequest request, LumaConnection connection)
    {
        string? extended = (request as ExtensionRequest)?.JobId;
        string shown = ErrorText.Prompt(request.Prompt);
        switch (Outcome())
        {
            case SubmitOutcome.Unsent:
                if (StoppedServices.Contains(connection.BaseUri))
                {
                    return new LumaException(LumaErrorId.LumaNetworkError,
                        $"The sandbox at {connection.BaseUri} was stopped, so the request for {shown} was not sent " +
                            "and nothing was charged.",
                        Failure)
                    {
                        IsOutage = true,
                        RecommendedAction = "Start another one: Start-LumaSandbox | Connect-Luma. Or connect to the service: Connect-Luma.",
                    };
                }

                return new LumaException(LumaErrorId.LumaNetworkError,
                    $"The request for {shown} did not reach {connection.BaseUri}: " +
                    $"{connection.Redact(ErrorText.Reason(Failure!))} It was not sent and nothing was charged.", Failure)
                {
                    IsOutage = true,
                    RecommendedAction = "Check the network, the proxy and the address, then run the command again.",
                };

            case SubmitOutcome.Unconfirmed:
                string came = Reply is null
                    ? $"no answer came: {ErrorText.Reason(Failure!)}"
                    : $"HTTP {(int)Reply.StatusCode} came back, which is not a definite answer from the " +
                        $"service{(Reply.Message is { } words ? $": {ServiceErrors.Sentence(words)}" : ".")}";
                string known = NewJobId is { } id ? $" The answer names job {id}." : "";
                return new LumaException(LumaErrorId.LumaSubmitUnconfirmed,
                    $"The request for {shown} was sent, and {connection.Redact(came)} A job may have been created and charged, " +
                    $"so it was not sent again.{known}", Failure)
                {
                    JobId = NewJobId,
                    StatusCode = Reply?.StatusCode,
                    RecommendedAction = NewJobId is { } named
                        ? $"Check on it: Get-LumaJob -JobId {named}"
                        : "Ask the provider whether there is a job before you submit it again. If there is: Get-LumaJob -JobId <its id> " +
                            "-Name <its name>. The record: Get-LumaJob -Status Unconfirmed",
                };

            default:
                return ServiceErrors.Refused(Reply!, connection, $"The request for {shown}", (Outcome() == SubmitOutcome.QueueFull
                    ? "No slot became free within 30 minutes. " : "") + "No job was created and nothing was charged.", extended);
        }
    }
}
