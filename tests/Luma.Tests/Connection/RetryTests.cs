using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Luma.Http;

namespace Luma.Tests;

/// <summary>What the HTTP pipeline retries, and what it does not.</summary>
public class RetryTests
{
    private static readonly (string, string) _atOnce = ("Retry-After", "0");

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(524)]
    public async Task Fetch_is_retried_after_a_temporary_error(int code)
    {
        await using var lab = new TestService(retries: 3);
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Status(code, "no", _atOnce), SandboxFault.Html(code, "<html>", _atOnce),
            SandboxFault.Status(code, "no", _atOnce));
        Assert.Equal(LumaJobStatus.Succeeded, (await lab.Client.FetchAsync(job).WaitAsync(TestService.Patience)).Status);
        Assert.Equal(5, lab.Sandbox.RequestCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Fetch_is_retried_as_often_as_configured(int retries)
    {
        await using var lab = new TestService(retries);
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Status(503, "no", _atOnce));
        Assert.Equal(LumaErrorId.LumaServiceError, (await TestService.FailureAsync(lab.Client.FetchAsync(job))).ErrorId);
        Assert.Equal(1 + retries + 1, lab.Sandbox.RequestCount);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(499)]
    public async Task A_refused_fetch_is_not_repeated(int code)
    {
        await using var lab = new TestService(retries: 3);
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Status(code, "no", _atOnce));
        Assert.Equal(code, (int)(await TestService.FailureAsync(lab.Client.FetchAsync(job))).StatusCode!);
        Assert.Equal(2, lab.Sandbox.RequestCount);
    }

    public static TheoryData<string> NetworkFaults => ["cut", "cut in the head", "cut in the body", "hang"];

    [Theory]
    [MemberData(nameof(NetworkFaults))]
    public async Task A_fetch_is_repeated_after_a_network_fault(string kind)
    {
        await using var lab = new TestService(retries: 1, timeout: TimeSpan.FromSeconds(kind == "hang" ? 2 : 30));
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, Fault(kind));
        Assert.Equal(LumaJobStatus.Succeeded, (await lab.Client.FetchAsync(job).WaitAsync(TestService.Patience)).Status);
        Assert.Equal(3, lab.Sandbox.RequestCount);
    }

    [Theory]
    [MemberData(nameof(NetworkFaults))]
    public async Task A_fetch_that_gets_no_answer_is_a_network_error_that_says_nothing_about_the_job(string kind)
    {
        await using var lab = new TestService(timeout: TimeSpan.FromSeconds(kind == "hang" ? 2 : 30));
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, Fault(kind));
        LumaException failure = await TestService.FailureAsync(lab.Client.FetchAsync(job));
        Assert.Equal((LumaErrorId.LumaNetworkError, job.JobId), (failure.ErrorId, failure.JobId));
        Assert.Contains("This says nothing about the job", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_timeout_of_a_fetch_is_a_network_fault_and_retried()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var lab = new TestService();
        var client = new LumaClient(lab.Connect(server.Address("https"), retries: 1, connectTimeout: TimeSpan.FromSeconds(0.3)));
        LumaException failure =
            await TestService.FailureAsync(client.FetchAsync(new LumaJob { JobId = "6eb34b44-64c8-4629-a0a1-608737de9583" }));
        Assert.Equal(LumaErrorId.LumaNetworkError, failure.ErrorId);
        Assert.Contains("no connection in time", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task Unknown_host_name_is_a_network_fault()
    {
        await using var lab = new TestService();
        var client = new LumaClient(lab.Connect(new Uri("https://luma-tests.invalid/"))); // Reserved: no name server may know it.
        Assert.Equal(LumaErrorId.LumaNetworkError,
            (await TestService.FailureAsync(client.FetchAsync(new LumaJob { JobId = "6eb34b44-64c8-4629-a0a1-608737de9583" }))).ErrorId);
        LumaException submit = await TestService.FailureAsync(client.SubmitAsync(TestService.Car));
        Assert.Equal(LumaErrorId.LumaNetworkError, submit.ErrorId);
        Assert.Contains("nothing was charged", submit.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fetch_by_POST_or_by_a_poll_is_not_retried(bool byPost)
    {
        await using var lab = new TestService(retries: 3);
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Status(503, "no", _atOnce));
        await TestService.FailureAsync(lab.Client.FetchAsync(job, retry: byPost, method: byPost ? HttpMethod.Post : null));
        Assert.Equal(2, lab.Sandbox.RequestCount);
    }

    [Fact]
    public async Task POST_is_never_retried()
    {
        await using var lab = new TestService();
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(503, "no", _atOnce));
        HttpClient client = HttpPipeline.Create(_ => new SocketsHttpHandler { UseProxy = false }, 5)("any");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(lab.Sandbox.BaseUri, "luma/v1/generations"))
            { Content = new StringContent("{}") };
        request.Options.Set(RequestOptions.Retry, true);
        using HttpResponseMessage answer = await client.SendAsync(request);
        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Equal(1, lab.Sandbox.SubmitCount);
    }

    [Fact]
    public async Task Fetch_waits_for_the_seconds_of_Retry_After()
    {
        await using var lab = new TestService(retries: 1);
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Status(429, "wait", ("Retry-After", "2")));
        long start = Stopwatch.GetTimestamp();
        await lab.Client.FetchAsync(job);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public async Task Fetch_waits_for_the_date_of_Retry_After()
    {
        await using var lab = new TestService(retries: 2);
        LumaJob job = await lab.SubmitAsync();
        DateTimeOffset date = DateTimeOffset.UtcNow.AddSeconds(3);
        lab.Sandbox.Misbehave(
            SandboxTarget.Fetch,
            SandboxFault.Status(503, "wait", ("Retry-After", date.ToString("R", CultureInfo.InvariantCulture))),
            SandboxFault.Status(503, "wait", ("Retry-After", date.AddDays(-1).ToString("R", CultureInfo.InvariantCulture))));
        await lab.Client.FetchAsync(job);
        SandboxRequest[] fetches = [.. lab.Sandbox.Requests.Skip(1)];
        Assert.InRange(fetches[1].ReceivedAt, date.AddSeconds(-1.1), DateTimeOffset.MaxValue); // The date has whole seconds.
        Assert.Equal(3, fetches.Length);
    }

    [Fact]
    public async Task A_wait_for_a_repetition_can_be_stopped()
    {
        await using var lab = new TestService(retries: 1);
        LumaJob job = await lab.SubmitAsync();
        SandboxFault fault = SandboxFault.Status(429, "wait", ("Retry-After", "100"));
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, fault);
        using var cancel = new CancellationTokenSource();
        Task<LumaJob> fetch = lab.Client.FetchAsync(job, cancellationToken: cancel.Token);
        await fault.Applied.WaitAsync(TestService.Patience);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("120", 120)]
    [InlineData("121", 120)]
    [InlineData("86400", 120)]
    [InlineData("Thu, 02 Jan 2025 03:05:05 GMT", 60)]
    [InlineData("Thu, 02 Jan 2025 03:04:00 GMT", 0)]
    [InlineData("Fri, 03 Jan 2025 03:04:05 GMT", 120)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 120)]
    public void Retry_After_is_read_in_seconds_and_as_a_date_up_to_two_minutes(string header, int seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds), RetryAfter.From(RetryConditionHeaderValue.Parse(header), new ManualTimeProvider().GetUtcNow()));

    [Fact]
    public void Missing_Retry_After_is_no_wait() => Assert.Null(RetryAfter.From(null, DateTimeOffset.UtcNow));

    [Theory]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public async Task Invalid_Retry_After_is_ignored(string header)
    {
        await using var lab = new TestService();
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Status(429, "wait", ("Retry-After", header)));
        Assert.Null((await TestService.FailureAsync(lab.Client.FetchAsync(job))).RetryAfter);
    }

    private static SandboxFault Fault(string kind) => kind switch
    {
        "cut" => SandboxFault.CloseWithoutReply(),
        "cut in the head" => SandboxFault.TruncateHead(),
        "cut in the body" => SandboxFault.TruncateBody(10),
        _ => SandboxFault.Hang(),
    };
}
