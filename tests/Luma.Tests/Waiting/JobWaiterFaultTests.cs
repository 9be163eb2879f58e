namespace Luma.Tests;

/// <summary>What ends a wait and what does not, when the answers are not about the job.</summary>
public class JobWaiterFaultTests
{
    private static readonly TimeSpan _old = TimeSpan.FromMinutes(10);

    public static TheoryData<string> Harmless => [
        "400", "408", "409", "422", "429", "499", "500", "502", "503", "520", "html 200", "html 401", "html 402", "html 403", "html 404",
        "html 429", "html 503",
        "broken json", "nothing", "redirect", "another job", "odd name", "cut", "cut in the head", "cut in the body",
        "SUCCESS without a link",
        "busy", "gateway 401", "gateway 402", "gateway 403", "gateway 404"];

    [Theory]
    [MemberData(nameof(Harmless))]
    public async Task Transport_faults_never_end_a_wait(string kind)
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, [.. Enumerable.Range(0, 4).Select(_ => Fault(kind))]);
        await waiting.AddAsync(_old);
        JobWaitResult end = Assert.Single(await waiting.RunAsync());
        Assert.Equal((LumaJobStatus.Succeeded, null), (end.Job.Status, end.Error));
        Assert.Equal(5, waiting.Fetches.Length); // Asked again by the schedule, and not by the retries of the HTTP pipeline.
    }

    [Theory]
    [InlineData(401, LumaErrorId.LumaUnauthorized)]
    [InlineData(402, LumaErrorId.LumaQuotaExhausted)]
    [InlineData(403, LumaErrorId.LumaAccountBlocked)]
    public async Task Permanent_error_ends_a_wait_as_an_error_about_the_request(
        int code, LumaErrorId expected)
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Status(code, "no"));
        LumaJob job = await waiting.AddAsync(_old);
        JobWaitResult end = await waiting.EndAsync();
        Assert.Equal((expected, job.JobId), (end.Error!.ErrorId, end.Error.JobId));
        Assert.Equal(job, end.Job);
    }

    [Fact]
    public async Task A_job_of_another_key_is_an_error_for_that_job_alone()
    {
        await using var waiting = new Waiting(jobSeconds: 5);
        LumaJob mine = await waiting.AddAsync();
        var other = new LumaClient(waiting.TestService.Connect(waiting.Sandbox.BaseUri, time: waiting.Time));
        waiting.Waiter.Add(new LumaJob { JobId = mine.JobId }, other);
        Assert.Equal(LumaErrorId.LumaUnauthorized, (await waiting.EndAsync()).Error!.ErrorId);
        Assert.Null((await waiting.RunAsync())[1].Error);
    }

    [Fact]
    public async Task Unknown_job_older_than_two_minutes_ends_the_wait()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Forget());
        LumaJob job = await waiting.AddAsync(TimeSpan.FromSeconds(121));
        JobWaitResult end = await waiting.EndAsync();
        Assert.Equal(
            (LumaErrorId.LumaJobNotFound, job.JobId, LumaJobStatus.Pending), (end.Error!.ErrorId, end.Error.JobId, end.Job.Status));
    }

    [Fact]
    public async Task Wait_continues_for_a_young_job_that_is_not_known_yet()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, [.. Enumerable.Repeat(SandboxFault.Status(404, "The job does not exist."), 4)]);
        await waiting.AddAsync();
        Assert.Null(Assert.Single(await waiting.RunAsync()).Error);
        Assert.Equal(5, waiting.Fetches.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Job_that_stays_unknown_for_two_minutes_ends_the_wait(bool submittedHere)
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Forget());
        if (submittedHere) await waiting.AddAsync();
        else waiting.Waiter.Add(new LumaJob { JobId = (await waiting.TestService.SubmitAsync()).JobId }, waiting.TestService.Client);
        Assert.Equal(LumaErrorId.LumaJobNotFound, Assert.Single(await waiting.RunAsync()).Error!.ErrorId);
        Assert.InRange(waiting.Passed.TotalSeconds, 120, 140);
    }

    [Fact]
    public async Task Service_that_is_busy_for_an_hour_does_not_end_a_wait()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Status(200, "System busy, please try again later"));
        await waiting.AddAsync(_old);
        await waiting.Time.SkipAsync(waiting.Sandbox.WaitForRequestAsync(request => request.ReceivedAt > waiting.Start.AddHours(1)));
        waiting.Sandbox.Behave();
        Assert.Null(Assert.Single(await waiting.RunAsync()).Error);
    }

    [Fact]
    public async Task HTTP_400_for_two_minutes_without_interruption_ends_a_wait()
    {
        await using var waiting = new Waiting();
        SandboxFault invalid = SandboxFault.Status(400, "no");
        waiting.Sandbox.Misbehave(
            SandboxTarget.Fetch, [.. Enumerable.Repeat(invalid, 7), SandboxFault.Html(500), .. Enumerable.Repeat(invalid, 40)]);
        LumaJob job = await waiting.AddAsync(_old);
        JobWaitResult end = Assert.Single(await waiting.RunAsync());
        Assert.Equal((LumaErrorId.LumaBadRequest, job.JobId, LumaJobStatus.Pending), (end.Error!.ErrorId, end.Error.JobId, end.Job.Status));
        Assert.InRange((waiting.Passed - (waiting.Fetches[8].ReceivedAt - waiting.Start)).TotalSeconds, 120, 140);
    }

    [Theory]
    [InlineData("html 502", "HTTP 502, an HTML page")]
    [InlineData("busy", "HTTP 200, System busy")]
    [InlineData("cut", "no answer: ")]
    [InlineData("another job", "HTTP 200, an answer about another job")]
    public async Task Timeout_error_contains_the_last_problem(string kind, string told)
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromMinutes(1));
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, Fault(kind));
        await waiting.AddAsync(_old);
        LumaException error = Assert.Single(await waiting.RunAsync(step: 1)).Error!;
        Assert.Equal(LumaErrorId.LumaWaitTimeout, error.ErrorId);
        Assert.Contains($"(the last poll got {told}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timeout_error_contains_the_last_state_and_the_problem_after_it()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromMinutes(1), jobSeconds: 1000);
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, [SandboxFault.None, .. Enumerable.Repeat(SandboxFault.Html(502), 100)]);
        await waiting.AddAsync(_old);
        LumaException error = Assert.Single(await waiting.RunAsync(step: 1)).Error!;
        Assert.Contains("(last seen Pending; the last poll got HTTP 502, an HTML page)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Minutes_of_nothing_but_HTML_pages_cause_one_warning()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Html(502));
        await waiting.AddAsync(_old);
        await waiting.Time.SkipAsync(waiting.Sandbox.WaitForRequestAsync(request => request.ReceivedAt > waiting.Start.AddMinutes(2)));
        Assert.Empty(waiting.Warnings);
        Assert.StartsWith("HTTP 502, an HTML page (", waiting.Waiter.Problem, StringComparison.Ordinal);
        await waiting.Time.SkipAsync(waiting.Sandbox.WaitForRequestAsync(request => request.ReceivedAt > waiting.Start.AddMinutes(20)));
        string warning = Assert.Single(waiting.Warnings);
        Assert.Contains("For 3 minutes", warning, StringComparison.Ordinal);
        Assert.Contains("HTTP 502, an HTML page", warning, StringComparison.Ordinal);
        waiting.Sandbox.Behave();
        Assert.Null(Assert.Single(await waiting.RunAsync()).Error);
        Assert.Null(waiting.Waiter.Problem);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("key")]
    public async Task Job_that_cannot_be_polled_ends_the_wait(string? jobId)
    {
        await using var waiting = new Waiting();
        waiting.Waiter.Add(new LumaJob { JobId = jobId is null ? null : waiting.Sandbox.ApiKey, Status = LumaJobStatus.Unconfirmed },
            waiting.TestService.Client);
        Assert.Equal(LumaErrorId.LumaInvalidValue, (await waiting.EndAsync()).Error!.ErrorId);
        Assert.Equal(0, waiting.Sandbox.RequestCount);
    }

    [Fact]
    public async Task Finished_job_without_a_link_for_five_minutes_ends_the_wait()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.NoVideoUrl());
        LumaJob job = await waiting.AddAsync(_old);
        JobWaitResult end = Assert.Single(await waiting.RunAsync());
        Assert.Equal((LumaErrorId.LumaNoVideo, job.JobId), (end.Error!.ErrorId, end.Error.JobId));
        Assert.InRange(waiting.Passed.TotalSeconds, 300, 320);
    }

    [Fact]
    public async Task Retry_After_delays_all_polls()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Status(429, "slow down", ("Retry-After", "40")));
        await waiting.AddAsync(_old);
        await waiting.Time.WaitForTimersAsync(1, due => due.TotalSeconds > 2);
        await waiting.AddAsync(_old);
        await waiting.RunAsync(2, 1);
        Assert.True(waiting.Fetches[1].ReceivedAt - waiting.Fetches[0].ReceivedAt >= TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task HTTP_429_slows_polling()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Status(429, "slow down"));
        for (int i = 0; i < 60; i++) await waiting.AddAsync(_old);
        await waiting.TestService.RunAsync(waiting.Time, Task.Delay(TimeSpan.FromSeconds(20), waiting.Time), TimeSpan.FromSeconds(0.1));
        Assert.InRange(waiting.Fetches.Length, 5, 25); // At full speed it would be 180 and more.
        waiting.Sandbox.Behave();
        Assert.All(await waiting.RunAsync(60, 0.5), end => Assert.Null(end.Error));
    }

    [Fact]
    public async Task Connect_timeout_does_not_end_a_wait()
    {
        var third = new TaskCompletionSource();
        await using var server = new RawServer((_, number, stop) =>
        {
            if (number == 3) third.TrySetResult();
            return Task.Delay(Timeout.Infinite, stop);
        });
        await using var waiting = new Waiting();
        var client = new LumaClient(
            waiting.TestService.Connect(server.Address("https"), time: waiting.Time, connectTimeout: TimeSpan.FromSeconds(0.3)));
        waiting.Waiter.Add(new LumaJob { JobId = "6eb34b44-64c8-4629-a0a1-608737de9583" }, client);
        await waiting.Time.SkipAsync(third.Task);
        Assert.Empty(waiting.Ends);
        Assert.Equal(1, waiting.Waiter.Watching);
    }

    [Fact]
    public async Task Unexpected_fault_ends_the_wait_as_an_error_that_says_nothing_about_the_job()
    {
        await using var waiting = new Waiting();
        LumaJob job = await waiting.AddAsync();
        waiting.TestService.BeforeSending = _ => throw new InvalidOperationException("The host is odd.");
        JobWaitResult end = Assert.Single(await waiting.RunAsync());
        Assert.Equal(
            (LumaErrorId.LumaServiceError, job.JobId, LumaJobStatus.Pending), (end.Error!.ErrorId, end.Error.JobId, end.Job.Status));
        Assert.Contains("The host is odd. This says nothing about the job", end.Error.Message, StringComparison.Ordinal);
        Assert.Equal(0, waiting.Waiter.Watching);
    }

    private static SandboxFault Fault(string kind) => kind switch
    {
        "broken json" => SandboxFault.Reply(200, "application/json", """{"status":"FAIL"""),
        "nothing" => SandboxFault.Reply(200, "application/json", ""),
        "redirect" => SandboxFault.Redirect(302, "http://127.0.0.1:9/"),
        "another job" =>
            SandboxFault.Reply(200, "application/json", """{"status":"FAILED","jobId":"6eb34b44-64c8-4629-a0a1-608737de9583"}"""),
        "odd name" => SandboxFault.Reply(200, "application/json", """{"status":"ON_QUEUE","mess\ud83d":1}"""),
        "cut" => SandboxFault.CloseWithoutReply(),
        "cut in the head" => SandboxFault.TruncateHead(),
        "cut in the body" => SandboxFault.TruncateBody(30),
        "SUCCESS without a link" => SandboxFault.NoVideoUrl(),
        "busy" => SandboxFault.Status(200, "System busy, please try again later"),
        _ when kind.StartsWith("gateway ", StringComparison.Ordinal) =>
            SandboxFault.Reply(int.Parse(kind[8..], null), "application/json", """{"status":"error","message":"Forbidden","code":1020}"""),
        _ when kind.StartsWith("html ", StringComparison.Ordinal) => SandboxFault.Html(int.Parse(kind[5..], null)),
        _ => SandboxFault.Status(int.Parse(kind, null), "not now"),
    };
}
