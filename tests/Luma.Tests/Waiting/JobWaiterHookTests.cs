namespace Luma.Tests;

/// <summary>Callbacks that come at the worst moment, and a listener that goes away.</summary>
public class JobWaiterHookTests
{
    private static readonly TimeSpan _later = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_callback_that_comes_before_its_job_is_in_the_queue_is_not_lost()
    {
        var clock = new MonotonicClock(new ManualTimeProvider());
        var queue = new WatchQueue(clock);
        using LumaHookListener listener = LumaHookListener.Start();
        var watch = new JobWatch(new LumaJob { JobId = Guid.NewGuid().ToString(), HookUrl = listener.HookUrl }, null!, clock.Now);
        using var roster = new CallbackRoster(listener, queue.Wake, () => { });
        using var heard = new ManualResetEventSlim();
        using IDisposable listening = listener.Listen(_ => heard.Set()); // Called after the roster.
        roster.Join(watch);
        await HookCaller.CallAsync(listener.HookUrl, HookCaller.Body(watch.Job.JobId!)).WaitAsync(TestService.Patience);
        Assert.True(heard.Wait(TestService.Patience));
        queue.Add(watch, clock.Now + _later);
        Assert.True(queue.TryTake(clock.Now, out JobWatch? due, out _));
        Assert.Same(watch, due);
    }

    [Fact]
    public async Task A_callback_that_comes_when_the_time_is_up_does_not_end_a_job_twice()
    {
        using LumaHookListener listener = LumaHookListener.Start();
        var time = new ManualTimeProvider();
        await using var service = new TestService(time: time, jobSeconds: 600);
        service.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.NoCallback());
        LumaJob first = (await service.SubmitAsync()) with { HookUrl = listener.HookUrl },
        second = (await service.SubmitAsync()) with { HookUrl = listener.HookUrl };
        var ends = new List<string?>();
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var third = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var heard = new ManualResetEventSlim();
        using var waiter =
            new JobWaiter(new JobWaiterOptions { HookListener = listener, Time = time, Timeout = TimeSpan.FromSeconds(60) }, Ended);
        using IDisposable listening = listener.Listen(_ => heard.Set()); // Called after the waiter.
        waiter.Add(first, service.Client);
        waiter.Add(second, service.Client);
        await service.RunAsync(time, both.Task, TimeSpan.FromSeconds(1));

        // What the scheduler still has about the other comes before the next job.
        LumaJob next = await service.SubmitAsync();
        waiter.Add(next, service.Client);
        await service.RunAsync(time, third.Task, TimeSpan.FromSeconds(1));
        Assert.Equal([first.JobId, second.JobId, next.JobId], ends.Take(2).OrderBy(id => id == first.JobId ? 0 : 1).Concat(ends.Skip(2)));
        Assert.Equal(0, waiter.Watching);

        // The first that is given up: now the callback of the other comes.
        void Ended(JobWaitResult end)
        {
            ends.Add(end.Job.JobId);
            if (ends.Count == 1)
            {
                string other = end.Job.JobId == first.JobId ? second.JobId! : first.JobId!;
                Task.Run(() => HookCaller.CallAsync(listener.HookUrl, HookCaller.Body(other))).Wait(TestService.Patience);
                Assert.True(heard.Wait(TestService.Patience));
            }

            if (ends.Count == 2) both.SetResult();
            if (end.Job.JobId != first.JobId && end.Job.JobId != second.JobId) third.TrySetResult();
        }
    }

    [Fact]
    public async Task Stopped_listener_causes_a_warning_and_its_jobs_are_polled_like_all_others()
    {
        LumaHookListener listener = LumaHookListener.Start();
        listener.Dispose();
        await using var waiting = new Waiting(listener: listener);
        Assert.Contains("not running", Assert.Single(waiting.Warnings), StringComparison.Ordinal);
        await waiting.AddAsync(hookUrl: listener.HookUrl);
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(3));
        waiting.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null((await waiting.EndAsync()).Error);
    }

    [Fact]
    public async Task Listener_that_stops_causes_one_warning_and_its_jobs_are_polled_like_all_others()
    {
        using LumaHookListener listener = LumaHookListener.Start();
        await using var waiting = new Waiting(jobSeconds: 5, listener: listener);
        waiting.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.NoCallback());
        await waiting.AddAsync(hookUrl: listener.HookUrl);
        await waiting.Time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(30));
        listener.Dispose();
        listener.Dispose();
        // It was polled immediately.
        await waiting.Time.WaitForTimersAsync(1, due => due > TimeSpan.FromSeconds(2) && due < TimeSpan.FromSeconds(4));
        Assert.Contains("not running", Assert.Single(waiting.Warnings), StringComparison.Ordinal);
        Assert.Null(Assert.Single(await waiting.RunAsync()).Error);
        Assert.InRange(waiting.Passed.TotalSeconds, 5, 10);
    }
}
