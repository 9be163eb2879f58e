using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Luma.Tests;

/// <summary>Callbacks that come at the worst moment.</summary>
public class JobWaiterHookTests
{
    [Fact]
    public async Task A_callback_that_comes_while_the_job_is_being_added_is_not_lost()
    {
        using LumaHookListener listener = LumaHookListener.Start();
        var time = new ManualTimeProvider();
        await using var lab = new TestService(time: time);
        LumaJob job = (await lab.SubmitAsync()) with { HookUrl = listener.HookUrl };
        var ended = new TaskCompletionSource<JobWaitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var waiter = new JobWaiter(new JobWaiterOptions { HookListener = listener, Time = time }, end => ended.TrySetResult(end));

        // Adding looks whether the listener has heard of the job already; there it is held up.
        var called = (IDictionary)typeof(JobWaiter).GetField("_calledBack", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(waiter)!;
        object listening = Lock(listener);
        var add = new Thread(() => waiter.Add(job, lab.Client));
        var wake = new Thread(() => Wake(waiter, job.JobId!));
        Monitor.Enter(listening);
        try
        {
            add.Start();
            Assert.True(SpinWait.SpinUntil(() => called.Count == 1, TestService.Patience));
            wake.Start();
            Assert.True(SpinWait.SpinUntil(() => !wake.IsAlive || wake.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TestService.Patience));
        }
        finally
        {
            Monitor.Exit(listening);
        }

        // No time passes: only the callback makes it ask.
        Assert.Null((await ended.Task.WaitAsync(TestService.Patience)).Error);
        add.Join();
        wake.Join();
    }

    [Fact]
    public async Task A_callback_that_comes_when_the_time_is_up_does_not_end_a_job_twice()
    {
        using LumaHookListener listener = LumaHookListener.Start();
        var time = new ManualTimeProvider();
        await using var lab = new TestService(time: time, jobSeconds: 600);
        LumaJob first = (await lab.SubmitAsync()) with { HookUrl = listener.HookUrl }, second = (await lab.SubmitAsync()) with { HookUrl = listener.HookUrl };
        var ends = new List<string?>();
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var third = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        JobWaiter? waiter = null;
        using (waiter = new JobWaiter(new JobWaiterOptions { HookListener = listener, Time = time, Timeout = TimeSpan.FromSeconds(60) }, Ended))
        {
            waiter.Add(first, lab.Client);
            waiter.Add(second, lab.Client);
            await time.RunAsync(both.Task, TimeSpan.FromSeconds(1), lab);

            // What the scheduler still has about the other comes before the next job.
            LumaJob next = await lab.SubmitAsync();
            waiter.Add(next, lab.Client);
            await time.RunAsync(third.Task, TimeSpan.FromSeconds(1), lab);
            Assert.Equal([first.JobId, second.JobId, next.JobId], ends.Take(2).OrderBy(id => id == first.JobId ? 0 : 1).Concat(ends.Skip(2)));
            Assert.Equal(0, waiter.Watching);
        }

        // The first that is given up: now the callback of the other comes.
        void Ended(JobWaitResult end)
        {
            ends.Add(end.Job.JobId);
            if (ends.Count == 1) Wake(waiter!, end.Job.JobId == first.JobId ? second.JobId! : first.JobId!);
            if (ends.Count == 2) both.SetResult();
            if (end.Job.JobId != first.JobId && end.Job.JobId != second.JobId) third.TrySetResult();
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Wake")]
    private static extern void Wake(JobWaiter waiter, string jobId);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lock")]
    private static extern ref object Lock(LumaHookListener listener);
}
