using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.CrashTests;

/// <summary>
/// Processes are killed (SIGKILL) in the middle of a named batch, and the same batch is run again until it is complete.
/// LUMAPS_CRASH_KILLS says how often, LUMAPS_CRASH_SEED repeats the choices of a run (the processor's own timing is not
/// repeated with them).
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int BatchSize = 6;
    private const int MostKillsOfABatch = 4;
    private const int MostRuns = 4;

    private static readonly KillPhase[] _phases = Enum.GetValues<KillPhase>();

    private readonly Dictionary<KillPhase, int> _kills = _phases.ToDictionary(phase => phase, _ => 0);
    private readonly HashSet<string> _adopted = [];
    private readonly HashSet<string> _removed = [];
    private int _missed;
    private int _compactions;
    private int _cutWriting;
    private int _cutDeleting;
    private int _batches;
    private int _runs;

    [Fact]
    public async Task ABatchThatIsKilledAnywhereIsWholeOnceItRunsToItsEnd()
    {
        int wanted = Number("LUMAPS_CRASH_KILLS") ?? 15;
        int seed = Number("LUMAPS_CRASH_SEED") ?? Random.Shared.Next();
        output.WriteLine($"LUMAPS_CRASH_SEED={seed}");
        var random = new Random(seed);
        long start = Stopwatch.GetTimestamp();
        await using var home = new Home();
        while (_kills.Values.Sum() < wanted)
        {
            home.Sandbox.JobSeconds = random.NextDouble() * 0.2;
            home.Sandbox.LatencyMilliseconds = random.Next(20);
            home.Sandbox.VideoBytes = random.Next(200_000, 600_000);
            await RunBatchAsync(home, random, wanted);
        }

        JournalText text = home.Check();
        int resumed = home.Sandbox.VideoRequests.Count(request => request.Headers.ContainsKey("Range"));
        output.WriteLine($"{_kills.Values.Sum()} kills in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s: " +
            $"{string.Join(", ", _kills.Select(one => $"{one.Value} {one.Key}"))} ({_missed} more found the process at its end)");
        output.WriteLine($"{_batches} batches, {_runs} processes, {home.Sandbox.Jobs.Count} jobs accepted, {home.Sandbox.SubmitCount} " +
            $"submits; unconfirmed: {_adopted.Count} adopted, {_removed.Count} removed; {resumed} downloads resumed");
        output.WriteLine($"{_compactions} compactions done, {_cutWriting} cut while writing, {_cutDeleting} cut while deleting; in the " +
            $"end {text.Segments} segments, {text.Jobs.Count()} records, {text.TornLines} torn lines");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFileThatWasNamedAndNotRecordedIsTakenForWhatItIs(bool isTheVideo)
    {
        await using var home = new Home();
        PlanItem[] items = [new PlanItem("one", "a red car")];
        using (WorkerProcess submit = WorkerProcess.Start(home.Path, home.Sandbox, new Plan { Items = items }))
        {
            Assert.Equal(Program.Whole, await submit.EndedAsync());
        }

        // As a process leaves it that is killed after the file has got its name and before the journal knows.
        string jobId = home.Sandbox.Jobs[0].JobId, path = Path.Combine(home.Videos, $"one-{jobId}.mp4");
        byte[] video = home.Sandbox.GetVideoBytes(jobId);
        await File.WriteAllBytesAsync(path, isTheVideo ? video : [.. video.Reverse()]);
        await File.WriteAllTextAsync(
            Path.Combine(home.Videos, $"{jobId}.mp4.part.json"), $$"""{"Sha256":"{{Convert.ToHexString(SHA256.HashData(video))}}"}""");

        using WorkerProcess save = WorkerProcess.Start(home.Path, home.Sandbox, new Plan { Items = items, Folder = home.Videos });
        int code = await save.EndedAsync();
        if (isTheVideo)
        {
            Assert.Equal(Program.Whole, code);
            home.CheckWhole(items);
            Assert.Equal(0, home.Sandbox.VideoRequestCount);
        }
        else
        {
            Assert.Equal(Program.NotWhole, code);
            Assert.Equal(nameof(LumaErrorId.LumaFileExists), Assert.Single(save.Reports, report => report.Event == Report.Failed).Error);
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : null;

    private async Task RunBatchAsync(Home home, Random random, int wanted)
    {
        _batches++;
        PlanItem[] items =
            [.. Enumerable.Range(1, BatchSize).Select(shot => new PlanItem($"b{_batches}-s{shot}", $"batch {_batches}, shot {shot}"))];
        int kills = 1 + random.Next(MostKillsOfABatch);
        for (int i = 0; i < kills && _kills.Values.Sum() < wanted; i++)
        {
            KillPhase phase = _phases[(_kills.Values.Sum() + _missed) % _phases.Length];
            if (phase == KillPhase.Compaction && i > 0) break; // It comes with a process's first line, and there may be none left to write.
            int left = items.Count(item => phase == KillPhase.Submit ? home.Made(item.Prompt).Count == 0 : !home.IsSaved(item.Name!));
            if (left == 0) break;
            var kill = new Kill(phase, random, left);
            bool wasKilled = await KillAsync(home, kill, items);
            await home.QuietAsync();
            home.Sandbox.Behave();
            output.WriteLine($"batch {_batches}: {kill}{(wasKilled ? "" : ": over before")}");
            if (wasKilled) _kills[phase]++;
            else _missed++;
            home.Check();
        }

        for (int run = 1; ; run++)
        {
            int before = home.Segments.Length;
            using WorkerProcess worker = Start(home, items);
            int code = await worker.EndedAsync();
            CountCompaction(home, before);
            await home.QuietAsync();
            if (code == Program.Whole) break;
            string told = await worker.DescribeAsync();
            Assert.True(code == Program.NotWhole && run < MostRuns, $"Batch {_batches} ended with {code}. {told}");

            // A rerun is all that is needed, but for submits that nobody can know the end of.
            Assert.All(worker.Reports.Where(report => report.Event == Report.Failed),
                report => Assert.True(report.Error == nameof(LumaErrorId.LumaSubmitUnconfirmed), told));
        }

        home.CheckWhole(items);
    }

    private async Task<bool> KillAsync(Home home, Kill kill, PlanItem[] items)
    {
        var ready = new TaskCompletionSource();
        Task armed = kill.Arm(home, ready.Task);
        string[] before = home.Segments, unfinished = home.UnfinishedCompactions;
        using WorkerProcess worker = Start(home, items);
        _ = worker.ReportAsync(report => report.Event == Report.Ready).ContinueWith(_ => ready.SetResult(), TaskScheduler.Default);
        if (await Task.WhenAny(armed, worker.Exited) == armed) kill.Pause();
        bool wasKilled = await worker.KillAsync();
        if (home.UnfinishedCompactions.Except(unfinished).Any()) _cutWriting++;
        else if (before.Intersect(home.Segments).Count() is var left && left > 0 && left < before.Length) _cutDeleting++;
        else CountCompaction(home, before.Length);
        return wasKilled;
    }

    private void CountCompaction(Home home, int before)
    {
        if (home.Segments.Length < before) _compactions++;
    }

    // As a user settles what is unconfirmed: with the provider's own list at hand.
    private WorkerProcess Start(Home home, PlanItem[] items)
    {
        var adopt = new Dictionary<string, string>();
        var remove = new List<string>();
        foreach (LumaJob open in home.Jobs.Where(job => job.Status == LumaJobStatus.Unconfirmed))
        {
            if (home.Made(open.Prompt!) is [SandboxJob made]) adopt.Add(open.Name!, made.JobId);
            else remove.Add(open.Id!);
        }

        _adopted.UnionWith(adopt.Values);
        _removed.UnionWith(remove);
        _runs++;
        return WorkerProcess.Start(
            home.Path, home.Sandbox, new Plan { Items = items, Folder = home.Videos, Adopt = adopt, Remove = remove });
    }
}
