using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.CrashTests;

/// <summary>Two processes and one part file, at the one moment at which it matters.</summary>
public sealed class PartFileTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [StraceFact]
    public async Task APartThatGetsItsNameWhileAnotherProcessIsAboutToLockItStaysWhole()
    {
        await using var home = new Home();
        PlanItem[] items = [new PlanItem("one", "a red car")];
        using (WorkerProcess submit = WorkerProcess.Start(home.Path, home.Sandbox, new Plan { Items = items }))
        {
            Assert.Equal(Program.Whole, await submit.EndedAsync());
        }

        string jobId = home.Sandbox.Jobs[0].JobId, part = Path.Combine(home.Videos, $"{jobId}.mp4.part"),
        log = Path.Combine(home.Path, "strace.log");
        byte[] video = home.Sandbox.GetVideoBytes(jobId);
        TaskCompletionSource one = new(), two = new();
        home.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.None.AfterRelease(one.Task), SandboxFault.None.AfterRelease(two.Task));
        var plan = new Plan { Items = items, Folder = home.Videos };
        using WorkerProcess first = WorkerProcess.Start(home.Path, home.Sandbox, plan);
        await home.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Video).WaitAsync(_patience);

        // The second has opened the part and is held up before it locks it; meanwhile the first gives it its name.
        using WorkerProcess second = WorkerProcess.Start(home.Path, home.Sandbox, plan, "strace", "-f", "-P", part, "-o", log, "-e",
            "trace=openat,flock", "-e", "inject=flock:delay_enter=5000000");
        while (!second.Exited.IsCompleted
            && !(File.Exists(log) && (await File.ReadAllTextAsync(log)).Contains("openat(", StringComparison.Ordinal)))
        {
            await Task.Delay(5);
        }

        one.SetResult();
        Assert.Equal(Program.Whole, await first.EndedAsync());

        // With the part of its own it now asks for the video; were it the first one's, that would be empty by now.
        Task asks = home.Sandbox.WaitForRequestAsync(
            request => request.Target == SandboxTarget.Video && home.Sandbox.VideoRequestCount == 2);
        await Task.WhenAny(asks, second.Exited).WaitAsync(_patience);
        Assert.Equal(video, await File.ReadAllBytesAsync(Path.Combine(home.Videos, $"one-{jobId}.mp4")));
        two.SetResult();
        await second.EndedAsync();
        Assert.Equal(video, await File.ReadAllBytesAsync(Path.Combine(home.Videos, $"one-{jobId}.mp4")));
    }
}
