namespace Luma.Tests;

/// <summary>How long a job is waited for.</summary>
public class JobWaiterTimeTests
{
    [Fact]
    public async Task At_the_timeout_every_job_was_polled_once_and_its_error_says_how_to_resume()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(1), jobSeconds: 1000);
        var jobs = new List<LumaJob>();
        for (int i = 0; i < 5; i++) jobs.Add(await waiting.AddAsync());
        JobWaitResult[] ends = await waiting.RunAsync(5, 0.1);
        Assert.Equal(5, waiting.Fetches.Length);
        Assert.Equal(jobs.Select(job => job.JobId).Order(), ends.Select(end => end.Error!.JobId).Order());
        Assert.All(ends, end => Assert.Equal(LumaErrorId.LumaWaitTimeout, end.Error!.ErrorId));
        Assert.All(ends, end => Assert.Contains(end.Job.JobId!, end.Error!.Message, StringComparison.Ordinal));
        Assert.All(ends, end =>
            Assert.Contains($"Get-LumaJob -JobId {end.Job.JobId} | Wait-LumaJob", end.Error!.RecommendedAction, StringComparison.Ordinal));
        Assert.InRange(waiting.Passed.TotalSeconds, 1, 10);
    }

    [Fact]
    public async Task With_a_timeout_of_zero_a_finished_job_is_still_returned()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.Zero);
        await waiting.AddAsync();
        Assert.Equal((LumaJobStatus.Succeeded, null), ((await waiting.EndAsync()).Job.Status, waiting.Ends[0].Error));
    }

    [Fact]
    public async Task Job_that_finishes_before_the_timeout_is_not_an_error()
    {
        await using var waiting =
            new Waiting(timeout: TimeSpan.FromSeconds(60), secondsFor: job => job.Fields.ContainsKey("useMode") ? 1000 : 5);
        await waiting.AddAsync();
        await waiting.AddAsync(mode: "fast");
        JobWaitResult[] ends = await waiting.RunAsync(2, 0.5);
        Assert.Equal([null, LumaErrorId.LumaWaitTimeout], ends.Select(end => end.Error?.ErrorId));
        Assert.InRange(waiting.Passed.TotalSeconds, 60, 70);
    }

    [Fact]
    public async Task Last_poll_is_not_awaited_past_the_timeout()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(100), jobSeconds: 1000);
        SandboxFault hang = SandboxFault.Hang();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.None, hang);
        await waiting.AddAsync(TimeSpan.FromSeconds(10));
        await waiting.Time.WaitForTimersAsync(1, due => due.TotalSeconds is > 4 and < 6);
        waiting.Time.Advance(TimeSpan.FromSeconds(6));
        await hang.Applied.WaitAsync(TestService.Patience);
        waiting.Time.Advance(TimeSpan.FromSeconds(94));
        Assert.Equal(LumaErrorId.LumaWaitTimeout, (await waiting.EndAsync()).Error!.ErrorId);
    }

    [Fact]
    public async Task First_poll_is_answered_even_after_the_timeout()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(5));
        var release = new TaskCompletionSource();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.None.AfterRelease(release.Task));
        await waiting.AddAsync(TimeSpan.FromSeconds(10));
        await waiting.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Fetch).WaitAsync(TestService.Patience);
        waiting.Time.Advance(TimeSpan.FromSeconds(10));
        release.SetResult();
        Assert.Equal((LumaJobStatus.Succeeded, null), ((await waiting.EndAsync()).Job.Status, waiting.Ends[0].Error));
    }

    [Fact]
    public async Task First_poll_is_not_awaited_forever()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(5));
        SandboxFault hang = SandboxFault.Hang();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, hang);
        await waiting.AddAsync(TimeSpan.FromSeconds(10));
        await hang.Applied.WaitAsync(TestService.Patience);
        waiting.Time.Advance(TimeSpan.FromSeconds(5) + WaitLimits.LastRound);
        LumaException error = (await waiting.EndAsync()).Error!;
        Assert.Equal(LumaErrorId.LumaWaitTimeout, error.ErrorId);
        Assert.Contains("did not answer in time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_polls_that_hang_do_not_delay_other_jobs_past_the_timeout()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(5), interval: TimeSpan.FromSeconds(1), jobSeconds: 1000);
        LumaJob polled = await waiting.AddAsync(TimeSpan.FromSeconds(10));
        await waiting.Time.WaitForTimersAsync(1, due => due.TotalSeconds is > 0.8 and < 1.2);
        SandboxFault[] hangs = [.. Enumerable.Range(0, 16).Select(_ => SandboxFault.Hang())];
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, hangs);
        for (int i = 0; i < hangs.Length; i++) await waiting.AddAsync(TimeSpan.FromSeconds(10));
        foreach (SandboxFault hang in hangs) await hang.Applied.WaitAsync(TestService.Patience);
        waiting.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(polled.JobId, (await waiting.EndAsync()).Job.JobId); // No more time passes.
    }

    [Fact]
    public async Task Wait_ends_soon_after_its_timeout_if_the_service_refuses_all_polls()
    {
        const int Count = 40;
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(2), jobSeconds: 1000);
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Status(429, "slow down"));
        for (int i = 0; i < Count; i++) await waiting.AddAsync();
        JobWaitResult[] ends = await waiting.RunAsync(Count, 0.25);
        Assert.All(ends, end => Assert.Equal(LumaErrorId.LumaWaitTimeout, end.Error!.ErrorId));
        Assert.Contains(ends, end => end.Error!.Message.Contains("(the last poll got HTTP 429, slow down)", StringComparison.Ordinal));
        Assert.Contains(ends, end => end.Error!.Message.Contains("it was not polled", StringComparison.Ordinal));
        Assert.InRange(waiting.Passed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.5) + WaitLimits.LastRound);
        Assert.Equal(0, waiting.Waiter.Watching);
    }

    [Fact]
    public async Task More_jobs_than_can_be_polled_in_time_are_all_polled_once_without_spinning()
    {
        // 30 are saved up, 30 are borrowed, and 10 more take 10 s.
        const int Count = 70;
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(1), jobSeconds: 1000, requestsPerSecond: 1);
        for (int i = 0; i < Count; i++) await waiting.AddAsync(TimeSpan.FromSeconds(10));
        JobWaitResult[] ends = await waiting.RunAsync(Count, 0.5);
        Assert.All(ends, end => Assert.Contains("(last seen ", end.Error!.Message, StringComparison.Ordinal));
        Assert.Equal(Count, waiting.Fetches.Length);
        Assert.InRange(waiting.Passed.TotalSeconds, 5, 20);
        Assert.InRange(waiting.Time.Reads, 0, 20_000); // How often the time was looked at; a scheduler that spins does so without end.
    }

    [Fact]
    public async Task Job_added_after_the_timeout_is_polled_once()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(1), jobSeconds: 1000);
        await waiting.AddAsync(TimeSpan.FromSeconds(10));
        await waiting.RunAsync(1, 0.5);
        waiting.Time.Advance(TimeSpan.FromMinutes(5));
        await waiting.AddAsync();
        JobWaitResult end = await waiting.EndAsync(); // No time passes.
        Assert.Contains("(last seen Pending)", end.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(2, waiting.Fetches.Length);
    }

    [Theory]
    [InlineData("fast", 20)]
    [InlineData("relax", 90)]
    [InlineData(null, 90)]
    public async Task Without_a_timeout_the_limit_of_a_running_job_depends_on_its_mode(string? mode, int minutes)
    {
        await using var waiting = new Waiting(jobSeconds: 1_000_000);
        LumaJob job = await waiting.AddAsync(mode: mode);
        JobWaitResult end = Assert.Single(await waiting.RunAsync());
        Assert.Equal(
            (LumaErrorId.LumaWaitTimeout, job.JobId, LumaJobStatus.Running), (end.Error!.ErrorId, end.Error.JobId, end.Job.Status));
        Assert.InRange(waiting.Passed.TotalMinutes, minutes, minutes + 1);
    }

    [Fact]
    public async Task Without_a_timeout_the_limit_of_a_pending_job_is_six_hours()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.MisbehaveAlways(
            SandboxTarget.Fetch, SandboxFault.Reply(200, "application/json", """{"status":"PENDING_QUEUE","message":null,"data":null}"""));
        await waiting.AddAsync(mode: "fast");
        JobWaitResult end = Assert.Single(await waiting.RunAsync());
        Assert.Equal((LumaErrorId.LumaWaitTimeout, LumaJobStatus.Pending), (end.Error!.ErrorId, end.Job.Status));
        Assert.InRange(waiting.Passed.TotalHours, 6, 6.01);
    }

    [Fact]
    public async Task Only_running_counts_against_the_limit_of_running()
    {
        await using var waiting = new Waiting(jobSeconds: 1_000_000);
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch,
            [.. Enumerable.Repeat(SandboxFault.Reply(200, "application/json", """{"status":"PENDING_QUEUE"}"""), 600)]);
        await waiting.AddAsync(mode: "fast");
        JobWaitResult end = Assert.Single(await waiting.RunAsync()); // An hour of pending, then running.
        Assert.Equal((LumaErrorId.LumaWaitTimeout, LumaJobStatus.Running), (end.Error!.ErrorId, end.Job.Status));
        Assert.InRange(waiting.Passed.TotalMinutes, 76, 84);
    }

    [Fact]
    public async Task Job_of_yesterday_is_polled_before_any_limit_applies()
    {
        await using var waiting = new Waiting(secondsFor: job => job.Fields.ContainsKey("useMode") ? 1_000_000 : 0);
        LumaJob done = await waiting.AddAsync(TimeSpan.FromDays(1));
        Assert.Equal(LumaJobStatus.Succeeded, (await waiting.EndAsync()).Job.Status);
        LumaJob running = await waiting.AddAsync(TimeSpan.FromDays(1), "fast");
        JobWaitResult[] ends = await waiting.RunAsync();
        Assert.Equal((done.JobId, running.JobId), (ends[0].Job.JobId, ends[1].Job.JobId));
        Assert.Equal(LumaErrorId.LumaWaitTimeout, ends[1].Error!.ErrorId);
        Assert.InRange(waiting.Passed.TotalMinutes, 20, 22);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(10_000_000)]
    public async Task Infinite_timeout_waits_until_the_job_ends(int days)
    {
        await using var waiting = new Waiting(timeout: days > 3_000_000 ? TimeSpan.MaxValue : TimeSpan.FromDays(days));
        await waiting.AddAsync(TimeSpan.FromSeconds(10));
        Assert.Null((await waiting.EndAsync()).Error);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Setting_the_clock_changes_nothing(int hours)
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, [.. Enumerable.Repeat(SandboxFault.Status(404, "The job does not exist."), 3)]);
        long start = waiting.Time.GetTimestamp();
        await waiting.AddAsync();
        await waiting.Time.WaitForTimersAsync();
        waiting.Time.SetWallClock(TimeSpan.FromHours(hours));
        Assert.Null(Assert.Single(await waiting.RunAsync()).Error);
        Assert.Equal(4, waiting.Fetches.Length);
        Assert.InRange(waiting.Time.GetElapsedTime(start).TotalSeconds, 3, 60);
    }
}
