using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.CrashTests;

/// <summary>Two processes that save the same video, with the second held up where it hurts most.</summary>
public sealed class SharedSaveTests
{
    [StraceFact]
    public async Task AProcessThatLocksThePartFileTooLateDoesNotTouchTheVideoItHasBecome()
    {
        await using var home = new Home();
        PlanItem[] items = [new PlanItem("one", "a red car")];
        using (WorkerProcess submit = WorkerProcess.Start(home.Path, home.Sandbox, new Plan { Items = items }))
        {
            Assert.Equal(Program.Whole, await submit.EndedAsync());
        }

        string part = Path.Combine(home.Videos, $"{home.Sandbox.Jobs[0].JobId}.mp4.part"), log = Path.Combine(home.Path, "strace.log");
        var answer = new TaskCompletionSource();
        home.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.None.AfterRelease(answer.Task), SandboxFault.Hang());
        int requests = 0;
        Task second = home.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Video && ++requests == 2);
        Task first = home.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Video);
        var plan = new Plan { Items = items, Folder = home.Videos };

        using WorkerProcess quick = WorkerProcess.Start(home.Path, home.Sandbox, plan);
        await first.WaitAsync(TimeSpan.FromSeconds(30));

        // It opens the part file, and its lock on it comes three seconds later: the file has its final name by then.
        using WorkerProcess late = WorkerProcess.Start(home.Path, home.Sandbox, plan, "strace", "-f", "-P", part, "-e",
            "trace=openat,flock", "-e", "inject=flock:delay_enter=3000000:when=1", "-o", log);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!File.Exists(log) || !(await File.ReadAllTextAsync(log, limit.Token)).Contains("openat", StringComparison.Ordinal))
        {
            await Task.Delay(10, limit.Token);
        }

        answer.SetResult();
        Assert.True(await quick.EndedAsync() == Program.Whole, await quick.DescribeAsync());

        await Task.WhenAny(second, late.Exited);
        if (!late.HasExited) await late.KillTreeAsync();
        home.Check();
    }
}
