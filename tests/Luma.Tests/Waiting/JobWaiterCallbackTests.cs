using System.Collections.Concurrent;

namespace Luma.Tests;

/// <summary>Waiting for jobs whose callback is awaited. The clock stands still unless a test moves it.</summary>
public sealed class JobWaiterCallbackTests : IDisposable
{
    private readonly LumaHookListener _listener = LumaHookListener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Callback_wakes_the_wait_immediately_and_one_fetch_confirms_it()
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromMinutes(1), jobSeconds: 6, listener: _listener);
        LumaJob job = await waiting.AddAsync(hookUrl: _listener.HookUrl);
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromMinutes(1));
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(6));
        waiting.Time.Advance(TimeSpan.FromSeconds(6));
        JobWaitResult end = await waiting.EndAsync(); // No more time has passed.
        Assert.Equal((job.JobId, LumaJobStatus.Succeeded, null), (end.Job.JobId, end.Job.Status, end.Error));
        Assert.Equal(waiting.Sandbox.VideoUrlFor(job.JobId!), end.Job.VideoUrl);
        Assert.Single(waiting.Fetches);
        Assert.Equal(TimeSpan.FromSeconds(6), waiting.Passed);
    }

    [Theory]
    [InlineData("SUCCESS")]
    [InlineData("FAILED")]
    public async Task A_forged_callback_changes_nothing(string status)
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromMinutes(1), jobSeconds: 90, listener: _listener);
        LumaJob job = await waiting.AddAsync(hookUrl: _listener.HookUrl);
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!, status, "https://evil.example/x.mp4"));
        await waiting.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Fetch).WaitAsync(TestService.Patience);
        await waiting.Time.WaitForTimersAsync(1, due => due > TimeSpan.FromSeconds(50) && due < TimeSpan.FromSeconds(70));
        Assert.Empty(waiting.Ends);
        JobWaitResult end = Assert.Single(await waiting.RunAsync(1, 5));
        Assert.Equal((LumaJobStatus.Succeeded, waiting.Sandbox.VideoUrlFor(job.JobId!)), (end.Job.Status, end.Job.VideoUrl));
    }

    [Fact]
    public async Task Callback_before_the_wait_is_used()
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromMinutes(1), listener: _listener);
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.NoCallback());
        LumaJob job =
            await waiting.TestService.Client.SubmitAsync(new GenerationRequest { Prompt = "a red car", HookUrl = _listener.HookUrl });
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        HookCaller.WaitForCount(_listener, 1);
        waiting.Waiter.Add(job, waiting.TestService.Client);
        Assert.Equal(LumaJobStatus.Succeeded, (await waiting.EndAsync()).Job.Status);
        Assert.Single(waiting.Fetches);
    }

    [Fact]
    public async Task Lost_callback_costs_only_time()
    {
        await using var waiting = new Waiting(jobSeconds: 300, listener: _listener);
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.NoCallback());
        await waiting.AddAsync(hookUrl: _listener.HookUrl);
        JobWaitResult end = Assert.Single(await waiting.RunAsync(1, 1));
        Assert.Equal(LumaJobStatus.Succeeded, end.Job.Status);
        double[] gaps = [.. waiting.Fetches.Select(fetch => fetch.ReceivedAt).Prepend(waiting.Start)
            .Zip(waiting.Fetches.Select(fetch => fetch.ReceivedAt), (a, b) => (b - a).TotalSeconds)];
        Assert.InRange(gaps[0], 30, 34);
        Assert.All(gaps.Skip(1), gap => Assert.InRange(gap, 27, 140));
        Assert.InRange(gaps.Length, 4, 7); // By polling it would be about 25.
    }

    [Fact]
    public async Task Repeated_callbacks_are_harmless()
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromMinutes(1), listener: _listener);
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.NoCallback());
        var release = new TaskCompletionSource();
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.None.AfterRelease(release.Task));
        LumaJob job = await waiting.AddAsync(hookUrl: _listener.HookUrl);
        for (int i = 0; i < 5; i++) await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        HookCaller.WaitForCount(_listener, 5);
        release.SetResult();
        Assert.Equal(LumaJobStatus.Succeeded, (await waiting.EndAsync()).Job.Status);
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        HookCaller.WaitForCount(_listener, 6);
        Assert.Single(waiting.Fetches);
        Assert.Single(waiting.Ends);
    }

    [Fact]
    public async Task Callback_during_a_poll_causes_another_poll()
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromMinutes(1), jobSeconds: 5, listener: _listener);
        var release = new TaskCompletionSource();
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.NoCallback());
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.None.AfterRelease(release.Task));
        LumaJob job = await waiting.AddAsync(TimeSpan.FromMinutes(1), hookUrl: _listener.HookUrl); // Asked immediately: it still runs.
        await waiting.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Fetch).WaitAsync(TestService.Patience);
        Assert.True(SpinWait.SpinUntil(() => waiting.Sandbox.RequestCount == 2, TestService.Patience));
        waiting.Time.Advance(TimeSpan.FromSeconds(5));
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        HookCaller.WaitForCount(_listener, 1);
        release.SetResult();
        Assert.Equal(LumaJobStatus.Succeeded, (await waiting.EndAsync()).Job.Status);
        Assert.InRange(waiting.Fetches.Length, 1, 2);
        Assert.Equal(TimeSpan.FromSeconds(5), waiting.Passed);
    }

    [Fact]
    public async Task Unconfirmed_callback_is_followed_by_the_usual_poll_schedule()
    {
        await using var waiting = new Waiting(listener: _listener);
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.NoCallback());
        waiting.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.NoVideoUrl());
        LumaJob job = await waiting.AddAsync(hookUrl: _listener.HookUrl);
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(30));
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        await waiting.Time.WaitForTimersAsync(1, due => due > TimeSpan.FromSeconds(2) && due < TimeSpan.FromSeconds(4));
        waiting.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(LumaJobStatus.Succeeded, (await waiting.EndAsync()).Job.Status);
    }

    [Fact]
    public async Task A_job_that_is_waited_for_twice_is_woken_twice()
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromMinutes(1), listener: _listener);
        waiting.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.NoCallback());
        LumaJob job = await waiting.AddAsync(hookUrl: _listener.HookUrl);
        waiting.Waiter.Add(job, waiting.TestService.Client);
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        Assert.Equal(job.JobId, (await waiting.EndAsync()).Job.JobId);
        Assert.Equal(job.JobId, (await waiting.EndAsync()).Job.JobId);
    }

    [Fact]
    public async Task Job_whose_callback_goes_elsewhere_is_polled_as_usual()
    {
        await using var waiting = new Waiting(listener: _listener);
        await waiting.AddAsync(hookUrl: "http://127.0.0.1:9/elsewhere");
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(3));
        waiting.Time.Advance(TimeSpan.FromSeconds(3));
        await waiting.EndAsync();
    }

    [Fact]
    public async Task A_callback_ends_no_wait_after_the_deadline_twice()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(10), jobSeconds: 600, listener: _listener);
        LumaJob job = await waiting.AddAsync(TimeSpan.FromMinutes(1), hookUrl: _listener.HookUrl);
        Assert.Equal(LumaErrorId.LumaWaitTimeout, Assert.Single(await waiting.RunAsync(1, 1)).Error!.ErrorId);
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        HookCaller.WaitForCount(_listener, 1);
        Assert.Single(waiting.Ends);
    }

    [Fact]
    public async Task A_thousand_jobs_by_callback_need_at_most_two_fetches_each()
    {
        const int Count = 1000;
        await using var lab = new TestService(jobSeconds: 2);
        var jobs = new ConcurrentBag<LumaJob>();
        var ends = new ConcurrentBag<JobWaitResult>();
        var all = new TaskCompletionSource();
        using var waiter = new JobWaiter(new JobWaiterOptions { HookListener = _listener, RequestsPerSecond = 1000 }, end =>
        {
            ends.Add(end);
            if (ends.Count == Count) all.TrySetResult();
        });
        var request = new GenerationRequest { Prompt = "a red car", HookUrl = _listener.HookUrl };
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, stop) =>
        {
            LumaJob job = await lab.Client.SubmitAsync(request, stop);
            jobs.Add(job);
            waiter.Add(job, lab.Client);
        });
        await all.Task.WaitAsync(TestService.Patience);
        Assert.Equal(jobs.Select(job => job.JobId).Order(), ends.Select(end => end.Job.JobId).Order());
        Assert.All(ends, end => Assert.Equal((LumaJobStatus.Succeeded, null), (end.Job.Status, end.Error)));
        var fetches = lab.Sandbox.Requests.Where(r => r.Target == SandboxTarget.Fetch).CountBy(r => r.Query);
        Assert.Equal(Count, fetches.Count());
        Assert.All(fetches, fetch => Assert.InRange(fetch.Value, 1, 2));
    }
}
