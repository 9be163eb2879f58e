namespace Luma.Tests;

/// <summary>Why a job failed, by the service's words.</summary>
public class FailureKindTests
{
    public static TheoryData<string> Phrases => [.. FailurePhrases.All.Select(phrase => phrase.Text)];

    [Theory]
    [InlineData("Contains blacklisted words", LumaFailureKind.Moderation)]
    [InlineData("Frame moderation failed", LumaFailureKind.Moderation)]
    [InlineData("Advanced prompt moderation failed", LumaFailureKind.Moderation)]
    [InlineData("ADVANCED MODERATION FAILED", LumaFailureKind.Moderation)]
    [InlineData("banned words", LumaFailureKind.Moderation)]
    [InlineData("[Banned prompt detected] Sorry! Our AI moderator thinks this prompt is probably against our standards.",
        LumaFailureKind.Moderation)]
    [InlineData("content_moderated", LumaFailureKind.Moderation)]
    [InlineData("400: failed to moderate image", LumaFailureKind.InvalidInput)]
    [InlineData("Failed to read user input frames", LumaFailureKind.InvalidInput)]
    [InlineData("Prompt is too short, minimum length is 3 characters", LumaFailureKind.InvalidInput)]
    [InlineData("Loop is not supported for keyframes", LumaFailureKind.InvalidInput)]
    [InlineData("Parameter error", LumaFailureKind.InvalidInput)]
    [InlineData("Job failed", LumaFailureKind.Service)]
    [InlineData("Job Timeout", LumaFailureKind.Service)]
    [InlineData("Error dispatching job", LumaFailureKind.Service)]
    [InlineData("[Internal server error] Apologies, something went wrong", LumaFailureKind.Service)]
    [InlineData("The account's slot was banned", LumaFailureKind.Unknown)]
    [InlineData("the weather", LumaFailureKind.Unknown)]
    [InlineData("", LumaFailureKind.Unknown)]
    [InlineData(null, LumaFailureKind.Unknown)]
    public void Failure_kind_is_decided_by_the_services_message(string? message, string kind) =>
        Assert.Equal(kind, new LumaJob { Status = LumaJobStatus.Failed, Message = message }.FailureKind);

    [Theory]
    [InlineData(LumaJobStatus.Pending)]
    [InlineData(LumaJobStatus.Running)]
    [InlineData(LumaJobStatus.Succeeded)]
    [InlineData(LumaJobStatus.Unconfirmed)]
    public void Only_a_failed_job_has_one(string status) =>
        Assert.Null(new LumaJob { Status = status, Message = "Frame moderation failed" }.FailureKind);

    [Theory]
    [MemberData(nameof(Phrases))]
    public void Every_phrase_is_reached_and_has_a_source(string text)
    {
        FailurePhrase phrase = FailurePhrases.All.Single(one => one.Text == text);
        Assert.Same(phrase, FailurePhrases.Find($"[{text.ToUpperInvariant()}]"));
        Assert.StartsWith("https://", phrase.Source, StringComparison.Ordinal);
        Assert.Contains(phrase.Kind, new[] { LumaFailureKind.Moderation, LumaFailureKind.InvalidInput, LumaFailureKind.Service });
    }
}
