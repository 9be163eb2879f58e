using System.Diagnostics;
using Luma.Sandbox;

namespace Luma.CrashTests;

/// <summary>Where in its work a process is killed.</summary>
internal enum KillPhase
{
    /// <summary>Some time after it began.</summary>
    Start,

    /// <summary>When the service has got one of its submits.</summary>
    Submit,

    /// <summary>When it has written to the journal.</summary>
    Journal,

    /// <summary>When the service has got one of its questions about a job.</summary>
    Wait,

    /// <summary>When the video host has got one of its requests, or has sent a part of the answer.</summary>
    Save,

    /// <summary>When a video has just got its name.</summary>
    Named,

    /// <summary>When it puts segments of dead processes together.</summary>
    Compaction,
}

/// <summary>One kill: an event to wait for, and a time after it. All chance in it comes from the seed.</summary>
/// <param name="phase">Where.</param>
/// <param name="random">The chance.</param>
/// <param name="most">How many requests of a kind there can be.</param>
internal sealed class Kill(KillPhase phase, Random random, int most)
{
    private readonly int _number = 1 + random.Next(most);
    private readonly double _fraction = random.NextDouble();
    // In the middle of the data, rather than after it.
    private readonly bool _isCut = random.Next(phase == KillPhase.Compaction ? 2 : 3) > 0;
    private readonly long _cutAfter = random.Next(1, 300_000);

    public KillPhase Phase => phase;

    /// <summary>How long to wait after the event: up to 30 ms, and less where what comes next takes less.</summary>
    public TimeSpan Delay => TimeSpan.FromMilliseconds(_fraction * phase switch
    {
        KillPhase.Start => 150,
        KillPhase.Named => 2,
        KillPhase.Compaction => _isCut ? 20 : 2,
        _ => 30,
    });

    public override string ToString() => FormattableString.Invariant($"{phase}, event {_number}, {Delay.TotalMilliseconds:0.0} ms");

    /// <summary>Prepares for the event.</summary>
    /// <returns>Ends when it has come. Call it before the worker starts.</returns>
    public Task Arm(Home home, Task ready)
    {
        switch (phase)
        {
            case KillPhase.Start:
                return ready;
            case KillPhase.Submit:
                return Requested(home, SandboxTarget.Generations);
            case KillPhase.Journal:
                return Changed(home.JournalFolder, "*.jsonl", _number * 3, WatcherChangeTypes.Changed);
            case KillPhase.Wait:
                return Requested(home, SandboxTarget.Fetch);
            case KillPhase.Save when _isCut:
                SandboxFault cut = SandboxFault.Stall(_cutAfter);
                home.Sandbox.Misbehave(SandboxTarget.Video, [.. Enumerable.Repeat(SandboxFault.None, _number - 1), cut]);
                return cut.Applied;
            case KillPhase.Save:
                return Requested(home, SandboxTarget.Video);
            case KillPhase.Named:
                return Changed(home.Videos, "*.mp4", _number, WatcherChangeTypes.Created | WatcherChangeTypes.Renamed);
            default:
                home.AddEarlierSegments(8, 40);
                return _isCut
                    ? Changed(home.JournalFolder, "*.tmp", 1, WatcherChangeTypes.Created)
                    : Changed(home.JournalFolder, "*.jsonl", 1 + (_number % 4), WatcherChangeTypes.Deleted);
        }
    }

    /// <summary>Waits after the event, as exactly as a thread can.</summary>
    public void Pause()
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan whole = TimeSpan.FromMilliseconds(Math.Floor(Delay.TotalMilliseconds));
        if (whole > TimeSpan.FromMilliseconds(2)) Thread.Sleep(whole - TimeSpan.FromMilliseconds(1));
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start) >= Delay);
    }

    private static Task Changed(string folder, string pattern, int number, WatcherChangeTypes kinds)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watcher = new FileSystemWatcher(folder, pattern)
            { NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size | NotifyFilters.LastWrite };
        int left = number;
        void See()
        {
            if (Interlocked.Decrement(ref left) == 0) seen.TrySetResult();
        }

        if (kinds.HasFlag(WatcherChangeTypes.Created)) watcher.Created += (_, _) => See();
        if (kinds.HasFlag(WatcherChangeTypes.Renamed)) watcher.Renamed += (_, _) => See();
        if (kinds.HasFlag(WatcherChangeTypes.Deleted)) watcher.Deleted += (_, _) => See();
        if (kinds.HasFlag(WatcherChangeTypes.Changed)) watcher.Changed += (_, _) => See();
        watcher.EnableRaisingEvents = true;
        seen.Task.ContinueWith(_ => watcher.Dispose(), TaskScheduler.Default);
        return seen.Task;
    }

    private Task<SandboxRequest> Requested(Home home, SandboxTarget target)
    {
        DateTimeOffset from = DateTimeOffset.UtcNow;
        int left = _number;
        return home.Sandbox.WaitForRequestAsync(request => request.Target == target && request.ReceivedAt >= from && --left == 0);
    }
}
