using System.Collections.Concurrent;

namespace Luma.Tests;

/// <summary>When jobs are let out, and how often the service is asked.</summary>
public class JobWaiterTests
{
    private static readonly TimeSpan _old = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Jobs_are_returned_in_the_order_in_which_they_finish()
    {
        double[] seconds = [9, 1, 4];
        int next = 0;
        await using var waiting = new Waiting(secondsFor: _ => seconds[next++]);
        LumaJob[] jobs = [await waiting.AddAsync(), await waiting.AddAsync(), await waiting.AddAsync()];
        JobWaitResult[] ends = await waiting.RunAsync(3);
        Assert.Equal([jobs[1].JobId, jobs[2].JobId, jobs[0].JobId], ends.Select(end => end.Job.JobId));
        Assert.All(ends, end => Assert.Equal((LumaJobStatus.Succeeded, null), (end.Job.Status, end.Error)));
        Assert.All(ends, end => Assert.NotNull(end.Job.VideoUrl));
        Assert.Equal(0, waiting.Waiter.Watching);
    }

    [Fact]
    public async Task Finished_job_older_than_3_s_is_returned_immediately()
    {
        await using var waiting = new Waiting();
        LumaJob job = await waiting.AddAsync(TimeSpan.FromSeconds(3));
        JobWaitResult end = await waiting.EndAsync(); // No time passes.
        Assert.Equal((job.JobId, LumaJobStatus.Succeeded), (end.Job.JobId, end.Job.Status));
        Assert.Single(waiting.Fetches);
    }

    [Fact]
    public async Task Young_job_is_polled_at_an_age_of_3_s()
    {
        await using var waiting = new Waiting();
        await waiting.AddAsync(TimeSpan.FromSeconds(1));
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(2));
        Assert.Empty(waiting.Fetches);
        waiting.Time.Advance(TimeSpan.FromSeconds(2));
        await waiting.EndAsync();
    }

    [Fact]
    public async Task Job_from_elsewhere_is_polled_immediately()
    {
        await using var waiting = new Waiting();
        LumaJob job = await waiting.TestService.SubmitAsync();
        waiting.Waiter.Add(new LumaJob { JobId = job.JobId }, waiting.TestService.Client);
        Assert.Equal("a red car driving on a road", (await waiting.EndAsync()).Job.Prompt);
    }

    [Fact]
    public async Task Job_whose_clock_is_ahead_is_polled_within_3_s()
    {
        await using var waiting = new Waiting();
        await waiting.AddAsync(TimeSpan.FromHours(-2));
        await waiting.Time.WaitForTimersAsync(1, due => due <= TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData(LumaJobStatus.Succeeded)]
    [InlineData(LumaJobStatus.Failed)]
    public async Task Job_known_to_have_finished_is_returned_without_a_poll(string status)
    {
        await using var waiting = new Waiting();
        var job = new LumaJob { JobId = "x", Status = status };
        waiting.Waiter.Add(job, waiting.TestService.Client);
        Assert.Equal(new JobWaitResult(job, null), Assert.Single(waiting.Ends));
        Assert.Equal(0, waiting.Sandbox.RequestCount);
    }

    [Fact]
    public async Task Failed_job_has_ended_and_is_not_an_error_of_the_wait()
    {
        await using var waiting = new Waiting();
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.FailJob("no faces"));
        await waiting.AddAsync(_old);
        JobWaitResult end = await waiting.EndAsync();
        Assert.Equal((LumaJobStatus.Failed, "no faces", null), (end.Job.Status, end.Job.Message, end.Error));
    }

    [Fact]
    public async Task It_counts_what_it_watches_and_what_runs()
    {
        await using var waiting = new Waiting(jobSeconds: 60);
        await waiting.AddAsync();
        await waiting.AddAsync();
        Assert.Equal((2, 0), (waiting.Waiter.Watching, waiting.Waiter.Running));
        Task fetched = waiting.Sandbox.WaitForRequestAsync(
            request => request.ReceivedAt > waiting.Start + _old && request.Target == SandboxTarget.Fetch);
        await waiting.TestService.RunAsync(waiting.Time, fetched, TimeSpan.FromSeconds(1));
        Assert.Equal((2, 2), (waiting.Waiter.Watching, waiting.Waiter.Running));
        await waiting.RunAsync(2, 1);
        Assert.Equal((0, 0), (waiting.Waiter.Watching, waiting.Waiter.Running));
    }

    [Fact]
    public async Task Polls_stay_within_the_allowed_rate_on_average()
    {
        await using var waiting = new Waiting(jobSeconds: 1000, requestsPerSecond: 2);
        for (int i = 0; i < 100; i++) await waiting.AddAsync(_old);
        Task over = Task.Delay(TimeSpan.FromSeconds(20), waiting.Time);
        await waiting.TestService.RunAsync(waiting.Time, over, TimeSpan.FromSeconds(0.1));
        Assert.InRange(waiting.Fetches.Length, 85, 101); // 60 saved up, and 2 a second for 20 seconds.
    }

    [Fact]
    public async Task A_thousand_jobs_are_waited_for_by_one_waiter()
    {
        int next = 0;
        await using var lab = new TestService(secondsFor: _ => Interlocked.Increment(ref next) % 3);
        var jobs = new ConcurrentBag<LumaJob>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (_, _) => jobs.Add(await lab.SubmitAsync()));
        var ends = new ConcurrentBag<JobWaitResult>();
        var all = new TaskCompletionSource();
        using var waiter =
            new JobWaiter(new JobWaiterOptions { RequestsPerSecond = 5000, PollingInterval = TimeSpan.FromSeconds(0.5) }, end =>
        {
            ends.Add(end);
            if (ends.Count == 1000) all.TrySetResult();
        });
        foreach (LumaJob job in jobs) waiter.Add(job, lab.Client);
        await all.Task.WaitAsync(TestService.Patience);
        Assert.Equal(jobs.Select(job => job.JobId).Order(), ends.Select(end => end.Job.JobId).Order());
        Assert.All(ends, end => Assert.Equal((LumaJobStatus.Succeeded, null), (end.Job.Status, end.Error)));
        Assert.Equal((0, 0), (waiter.Watching, waiter.Running));
    }

    [Fact]
    public async Task The_users_interval_replaces_the_schedule()
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromSeconds(1), jobSeconds: 10);
        await waiting.AddAsync();
        await waiting.RunAsync();
        DateTimeOffset[] times = [.. waiting.Fetches.Select(fetch => fetch.ReceivedAt)];
        Assert.InRange(times[0], waiting.Start.AddSeconds(1), waiting.Start.AddSeconds(1.01));
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange((pair.Second - pair.First).TotalSeconds, 0.89, 1.11));
    }

    [Fact]
    public async Task Job_is_polled_less_often_as_it_gets_older()
    {
        await using var waiting = new Waiting(jobSeconds: 120);
        await waiting.AddAsync();
        await waiting.RunAsync();
        double[] gaps = [.. waiting.Fetches.Zip(waiting.Fetches.Skip(1), (a, b) => (b.ReceivedAt - a.ReceivedAt).TotalSeconds)];
        Assert.InRange(gaps[0], 2.69, 3.31);
        Assert.InRange(gaps[^1], 13.4, 16.6);
        Assert.InRange(waiting.Fetches.Length, 11, 14);
    }

    [Fact]
    public async Task Disposing_of_the_waiter_stops_requests_in_flight_and_returns_nothing_more()
    {
        await using var waiting = new Waiting();
        SandboxFault hang = SandboxFault.Hang();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, hang);
        await waiting.AddAsync(_old);
        await waiting.AddAsync();
        await hang.Applied.WaitAsync(TestService.Patience);
        waiting.Waiter.Dispose();
        Assert.True(SpinWait.SpinUntil(() => !waiting.TestService.IsBusy, TestService.Patience));
        await waiting.AddAsync(_old);
        waiting.Time.Advance(TimeSpan.FromHours(10));
        Assert.Empty(waiting.Ends);
        Assert.Single(waiting.Fetches);
    }

    [Fact]
    public async Task Jobs_can_be_added_while_it_waits_for_others()
    {
        await using var waiting = new Waiting(secondsFor: job => job.Fields["userPrompt"].GetString() == "slow" ? 100 : 0);
        LumaJob slow = await waiting.TestService.Client.SubmitAsync(new GenerationRequest { Prompt = "slow" });
        waiting.Waiter.Add(slow, waiting.TestService.Client);
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(3));
        await waiting.AddAsync(_old);
        Assert.NotEqual(slow.JobId, (await waiting.EndAsync()).Job.JobId); // No time has passed.
    }
}
