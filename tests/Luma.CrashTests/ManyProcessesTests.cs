using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.CrashTests;

/// <summary>Several processes with one journal, and processes that end while submits are on their way.</summary>
public sealed class ManyProcessesTests
{
    private static readonly TimeSpan _longestWaitAtExit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task EightProcessesWithTwentyFiveJobsEachLeaveTwoHundredRecords()
    {
        const int Processes = 8, JobsOfEach = 25;
        await using var home = new Home();
        Plan[] plans = [.. Enumerable.Range(1, Processes).Select(process => new Plan
        {
            Items = [.. Enumerable.Range(1, JobsOfEach).Select(job => new PlanItem(null, $"process {process}, job {job}"))],
        })];
        WorkerProcess[] workers = await StartTogetherAsync(home, plans);
        Assert.All(await EndAsync(workers), code => Assert.Equal(Program.Whole, code));

        Assert.Equal(Processes * JobsOfEach, home.Sandbox.SubmitCount);
        Assert.Equal(Processes * JobsOfEach, home.Check().Jobs.Count(entry => entry.JobId is not null));
        Assert.Equal(home.Sandbox.Jobs.Select(job => job.JobId).Order(), home.Jobs.Select(job => job.JobId).Order());
        Assert.Equal(0, home.Journal.SkippedLines);
    }

    [Fact]
    public async Task TwoProcessesWithTheSameFiftyNamesMakeFiftyJobs()
    {
        const int Names = 50;
        await using var home = new Home();
        var plan = new Plan { Items = [.. Enumerable.Range(1, Names).Select(shot => new PlanItem($"shot-{shot}", $"shot {shot}"))] };
        WorkerProcess[] workers = await StartTogetherAsync(home, plan, plan);
        Assert.All(await EndAsync(workers), code => Assert.Equal(Program.Whole, code));

        Assert.Equal(Names, home.Sandbox.SubmitCount);
        Assert.Equal(Names, home.Check().Jobs.Count(entry => entry.JobId is not null));

        // Both were given every job, whoever submitted it.
        string[] made = [.. home.Sandbox.Jobs.Select(job => job.JobId).Order()];
        foreach (WorkerProcess worker in workers)
        {
            Assert.Equal(made, worker.Reports.Where(report => report.Event == Report.Submitted).Select(report => report.JobId!).Order());
        }
    }

    [Fact]
    public async Task TwoProcessesThatSaveTheSameJobsLeaveWholeFiles()
    {
        await using var home = new Home();
        home.Sandbox.VideoBytes = 2_000_000;
        PlanItem[] items = [.. Enumerable.Range(1, 12).Select(shot => new PlanItem($"shot-{shot}", $"shot {shot}"))];
        var plan = new Plan { Items = items, Folder = home.Videos };
        WorkerProcess[] workers = await StartTogetherAsync(home, plan, plan);
        await EndAsync(workers);
        home.Check();

        // Where one found the other at work it said so; running it again finishes what is left to do.
        using WorkerProcess again = WorkerProcess.Start(home.Path, home.Sandbox, plan);
        Assert.True(await again.EndedAsync() == Program.Whole, await again.DescribeAsync());
        home.CheckWhole(items);
    }

    [Fact]
    public async Task ABatchThatRunsOutOfQuotaSavesWhatWasMadeAndSendsNothingMore()
    {
        const int Paid = 5;
        await using var home = new Home();
        home.Sandbox.Misbehave(SandboxTarget.Submit, [.. Enumerable.Repeat(SandboxFault.None, Paid)]);
        home.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(402, "Insufficient quota"));
        PlanItem[] items = [.. Enumerable.Range(1, 20).Select(shot => new PlanItem($"shot-{shot}", $"shot {shot}"))];
        var plan = new Plan { Items = items, Folder = home.Videos, ThrottleLimit = 1 };
        using (WorkerProcess worker = WorkerProcess.Start(home.Path, home.Sandbox, plan))
        {
            Assert.Equal(Program.NotWhole, await worker.EndedAsync());
            Assert.Equal(Paid + 1, home.Sandbox.SubmitCount);
            IEnumerable<Report> refused = worker.Reports.Where(report => report.Error == nameof(LumaErrorId.LumaQuotaExhausted));
            Assert.Equal(items.Skip(Paid).Select(item => item.Name).Order(), refused.Select(report => report.Name).Order());
        }

        home.CheckWhole(items[..Paid]);
        Assert.Equal(Paid, home.Jobs.Count);

        // Topped up, the same batch makes the rest and no more.
        home.Sandbox.Behave();
        using WorkerProcess again = WorkerProcess.Start(home.Path, home.Sandbox, plan);
        Assert.True(await again.EndedAsync() == Program.Whole, await again.DescribeAsync());
        home.CheckWhole(items);
        Assert.Equal(items.Length + 1, home.Sandbox.SubmitCount);
    }

    [SignalFact("INT")]
    public Task AnInterruptWhileEightSubmitsWaitLosesNoneOfThem() => EndsWhileSubmitsWaitAsync(worker => worker.SignalAsync("INT"));

    [SignalFact("TERM")]
    public Task ATerminationWhileEightSubmitsWaitLosesNoneOfThem() =>
        IsTerminatedWhileSubmitsWaitAsync(worker => worker.SignalAsync("TERM"));

    [SignalFact("HUP")]
    public Task AClosedTerminalWhileEightSubmitsWaitLosesNoneOfThem() =>
        IsTerminatedWhileSubmitsWaitAsync(worker => worker.SignalAsync("HUP"));

    [WindowsFact]
    public Task AUserWhoLogsOffWhileEightSubmitsWaitLosesNoneOfThem() => IsTerminatedWhileSubmitsWaitAsync(async worker =>
    {
        Task told = await worker.LogOffAsync();
        _ = told.ContinueWith(_ => worker.KillAsync(), TaskScheduler.Default).Unwrap(); // As Windows does, once it has heard of it.
    });

    [Fact]
    public Task AnExitWhileEightSubmitsWaitLosesNoneOfThem() => EndsWhileSubmitsWaitAsync(worker =>
    {
        worker.Tell("exit");
        return Task.CompletedTask;
    });

    [Fact]
    public async Task AnExitWaitsFiveSecondsAndLeavesWhatIsStillOpenUnconfirmed()
    {
        await using var home = new Home();
        var answers = new TaskCompletionSource();
        home.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answers.Task));
        using WorkerProcess worker = await SubmitEightAsync(home);
        worker.Tell("exit");
        await worker.ReportAsync(report => report.Event == Report.Stopped);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await worker.EndedAsync();
        Assert.InRange(watch.Elapsed, _longestWaitAtExit - TimeSpan.FromSeconds(1), _longestWaitAtExit + TimeSpan.FromSeconds(5));
        answers.SetResult();

        Assert.Equal(8, home.Check().Jobs.Count());
        Assert.All(home.Jobs, job => Assert.Equal(LumaJobStatus.Unconfirmed, job.Status));
        Assert.Equal(8, home.Sandbox.Jobs.Count);
    }

    [Fact]
    public async Task AnExitLetsNothingLeaveThatHasNotLeft()
    {
        await using var home = new Home();
        TaskCompletionSource one = new(), others = new();
        home.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(one.Task));
        home.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(others.Task));
        using WorkerProcess worker = await SubmitEightAsync(home);
        worker.Tell("exit");
        await worker.ReportAsync(report => report.Event == Report.Stopped);

        await EndAfterOneAnswerAsync(home, one, others);
        Assert.Equal(Program.Interrupted, await worker.EndedAsync());
        Assert.Equal(8, home.Sandbox.SubmitCount);
        CheckAllThatLeft(home);
    }

    private static async Task IsTerminatedWhileSubmitsWaitAsync(Func<WorkerProcess, Task> terminate)
    {
        await using var home = new Home();
        TaskCompletionSource one = new(), others = new();
        home.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(one.Task));
        home.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(others.Task));
        using WorkerProcess worker = await SubmitEightAsync(home);
        await terminate(worker);
        await EndAfterOneAnswerAsync(home, one, others);
        int code = await worker.EndedAsync();
        if (!OperatingSystem.IsWindows()) Assert.NotEqual(Program.Whole, code); // There the system ends it, and Wine with 0.

        // One more may have left before the signal got through.
        Assert.InRange(home.Sandbox.SubmitCount, 8, 9);
        CheckAllThatLeft(home);
    }

    private static async Task EndsWhileSubmitsWaitAsync(Func<WorkerProcess, Task> end)
    {
        await using var home = new Home();
        var answers = new TaskCompletionSource();
        home.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answers.Task));
        using WorkerProcess worker = await SubmitEightAsync(home);

        await end(worker);
        await worker.ReportAsync(report => report.Event == Report.Stopped);
        Assert.False(worker.HasExited);
        answers.SetResult();
        Assert.Equal(Program.Interrupted, await worker.EndedAsync());

        Assert.Equal(8, home.Sandbox.SubmitCount);
        CheckAllThatLeft(home);
    }

    // One answer makes room for the next job, which takes its name; then the process is given the other answers to end.
    private static async Task EndAfterOneAnswerAsync(Home home, TaskCompletionSource one, TaskCompletionSource others)
    {
        one.SetResult();
        long deadline = Environment.TickCount64 + 4000;
        while (home.Jobs.Count < 9 && Environment.TickCount64 < deadline) await Task.Delay(5);
        Assert.Equal(9, home.Jobs.Count);
        others.SetResult();
    }

    private static void CheckAllThatLeft(Home home) =>
        Assert.Equal(home.Sandbox.Jobs.Select(job => job.JobId).Order(), home.Check().Jobs.Select(entry => entry.JobId!).Order());

    private static async Task<WorkerProcess> SubmitEightAsync(Home home)
    {
        int left = 8;
        Task arrived = home.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations && --left == 0);
        WorkerProcess worker = WorkerProcess.Start(home.Path, home.Sandbox, new Plan
        {
            Items = [.. Enumerable.Range(1, 60).Select(shot => new PlanItem($"shot-{shot}", $"shot {shot}"))],
            ThrottleLimit = 8,
        });
        await arrived.WaitAsync(TimeSpan.FromSeconds(30));
        return worker;
    }

    private static async Task<WorkerProcess[]> StartTogetherAsync(Home home, params Plan[] plans)
    {
        WorkerProcess[] workers = [.. plans.Select(plan => WorkerProcess.Start(home.Path, home.Sandbox, plan with { WaitForGo = true }))];
        foreach (WorkerProcess worker in workers) await worker.ReportAsync(report => report.Event == Report.Ready);
        foreach (WorkerProcess worker in workers) worker.Tell("go");
        return workers;
    }

    private static async Task<int[]> EndAsync(WorkerProcess[] workers)
    {
        var codes = new List<int>();
        foreach (WorkerProcess worker in workers) codes.Add(await worker.EndedAsync());
        return [.. codes];
    }
}
