using System.Diagnostics;
using System.Globalization;
using Luma.CrashTests;
using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.Postgres.Tests;

/// <summary>
/// Processes with nothing in common but the database: folders, homes and videos are each one's own. LUMAPS_POSTGRES_LONG=1
/// runs them at the size docs/scaling.md speaks of, LUMAPS_POSTGRES_KILLS says how many kills there are.
/// </summary>
public sealed class ManyMachinesTests(ITestOutputHelper output)
{
    private static readonly int _names = LongRun.IsWanted ? 200 : 25;

    [PostgresFact]
    public Task The_same_names_on_two_machines_make_each_job_once() => MakesEachJobOnceAsync(2);

    [PostgresFact]
    public Task The_same_names_on_eight_machines_make_each_job_once() => MakesEachJobOnceAsync(LongRun.IsWanted ? 8 : 4);

    [PostgresFact]
    public async Task Two_machines_that_run_the_same_sweep_save_each_video_once()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string address = server.Address(server.NewDatabase());
        await using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 3, RecordRequests = true });
        sandbox.VideoBytes = 300_000;
        using Machine a = new(address), b = new(address);
        PlanItem[] items = Items(12);
        WorkerProcess[] workers = [Start(a, sandbox, Sweep(a, items)), Start(b, sandbox, Sweep(b, items))];
        await GoAsync(workers);
        foreach (WorkerProcess worker in workers) Assert.True(await worker.EndedAsync() == Program.Whole, await worker.DescribeAsync());

        string[] saved =
            [.. workers.SelectMany(worker => worker.Reports).Where(report => report.Event == Report.Saved).Select(report => report.JobId!)];
        Assert.Equal(sandbox.Jobs.Select(job => job.JobId).Order(), saved.Order());
        Assert.Equal(items.Length, sandbox.VideoRequestCount);
        Assert.Equal(items.Length, Directory.GetFiles(Videos(a), "*.mp4").Length + Directory.GetFiles(Videos(b), "*.mp4").Length);
        Array.ForEach(workers, worker => worker.Dispose());
    }

    [PostgresFact]
    public async Task A_claim_ends_with_the_process_that_saves_and_another_machine_saves_the_video()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string address = server.Address(server.NewDatabase());
        await using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0, RecordRequests = true });
        using Machine a = new(address), b = new(address);
        PlanItem[] items = Items(1);
        SandboxFault stall = SandboxFault.Stall(1000);
        sandbox.Misbehave(SandboxTarget.Video, stall);
        using WorkerProcess first = Start(a, sandbox, Sweep(a, items) with { WaitForGo = false });
        await stall.Applied;
        using WorkerProcess second = Start(b, sandbox, Sweep(b, items) with { WaitForGo = false });
        await second.ReportAsync(report => report.Event == Report.Ended);
        Assert.DoesNotContain(second.Reports, report => report.Event == Report.Saved);
        await first.KillAsync();

        Assert.True(await second.EndedAsync() == Program.Whole, await second.DescribeAsync());
        Assert.Single(second.Reports, report => report.Event == Report.Saved);
        Assert.Single(Directory.GetFiles(Videos(b), "*.mp4"));
    }

    [PostgresFact]
    public async Task A_batch_on_two_machines_whose_processes_and_whose_server_are_killed_is_whole_once_it_runs_to_its_end()
    {
        int wanted = Number("LUMAPS_POSTGRES_KILLS") ?? 2, seed = Number("LUMAPS_CRASH_SEED") ?? Random.Shared.Next();
        output.WriteLine($"LUMAPS_CRASH_SEED={seed}");
        var random = new Random(seed);
        long start = Stopwatch.GetTimestamp();
        await using PostgresServer server = await PostgresServer.StartAsync();
        string address = server.Address(server.NewDatabase());
        await using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0.1, RecordRequests = true });
        sandbox.VideoBytes = 200_000;
        Machine[] machines = [new(address), new(address)];
        int killed = 0, killedServers = 0, missed = 0, batches = 0, runs = 0, adopted = 0, removed = 0;
        while (killed + killedServers < wanted)
        {
            batches++;
            PlanItem[] items =
                [.. Enumerable.Range(1, 6).Select(shot => new PlanItem($"b{batches}-s{shot}", $"batch {batches}, shot {shot}"))];
            sandbox.LatencyMilliseconds = random.Next(20);
            for (int round = 1 + random.Next(3); round > 0; round--)
            {
                WorkerProcess[] workers = [.. machines.Select(machine => Start(machine, sandbox, Settled(machine, items)))];
                runs += workers.Length;
                Task met = EventAsync(sandbox, random, workers[0]);
                await GoAsync(workers);
                await Task.WhenAny(met, Task.WhenAll(workers.Select(worker => worker.Exited)));
                await Task.Delay(random.Next(30));
                if (random.Next(4) == 0)
                {
                    await server.KillAsync();
                    await server.StartAgainAsync();
                    killedServers++;
                }
                else if (await workers[random.Next(2)].KillAsync())
                {
                    killed++;
                }
                else
                {
                    missed++;
                }

                foreach (WorkerProcess worker in workers) await worker.EndedAsync();
                Array.ForEach(workers, worker => worker.Dispose());
                Check();
            }

            for (int run = 1; ; run++)
            {
                Machine machine = machines[random.Next(2)];
                using WorkerProcess worker = Start(machine, sandbox, Settled(machine, items) with { WaitForGo = false });
                runs++;
                int code = await worker.EndedAsync();
                if (code == Program.Whole) break;
                Assert.True(run < 4 && worker.Reports.Where(report => report.Event == Report.Failed)
                    .All(report => report.Error == nameof(LumaErrorId.LumaSubmitUnconfirmed)), await worker.DescribeAsync());
            }

            Check();
            foreach (PlanItem item in items)
            {
                SandboxJob made = Assert.Single(sandbox.Jobs, job => job.Fields["userPrompt"].GetString() == item.Prompt);
                LumaJob job = Assert.Single(machines[0].Journal.Jobs(new JournalQuery { NameKey = JobName.Key(item.Name!) }));
                Assert.Equal((made.JobId, LumaJobStatus.Succeeded), (job.JobId, job.Status));
                Assert.Equal(sandbox.GetVideoBytes(made.JobId), File.ReadAllBytes(job.SavedPath!));
            }
        }

        output.WriteLine($"{killed} processes and {killedServers} servers killed in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s " +
            $"({missed} more found the process at its end)");
        output.WriteLine($"{batches} batches, {runs} processes; {sandbox.Jobs.Count} jobs accepted by {sandbox.SubmitCount} submits; " +
            $"unconfirmed: {adopted} adopted, {removed} removed");
        Array.ForEach(machines, machine => machine.Dispose());

        // As a user settles what is unconfirmed: with the provider's own list at hand.
        Plan Settled(Machine machine, PlanItem[] items)
        {
            var adopt = new Dictionary<string, string>();
            var remove = new List<string>();
            foreach (LumaJob open in machine.Journal.Jobs(new JournalQuery { IsOpen = true })
                .Where(job => job.Status == LumaJobStatus.Unconfirmed))
            {
                if (sandbox.Jobs.FirstOrDefault(job => job.Fields["userPrompt"].GetString() == open.Prompt) is { } made)
                {
                    adopt[open.Name!] = made.JobId;
                }
                else remove.Add(open.Id!);
            }

            adopted += adopt.Count;
            removed += remove.Count;
            return Sweep(machine, items) with { Adopt = adopt, Remove = remove };
        }

        void Check()
        {
            IReadOnlyList<LumaJob> jobs = machines[1].Journal.JobsOfAllServices();
            foreach (IGrouping<string, SandboxJob> made in sandbox.Jobs.GroupBy(job => job.Fields["userPrompt"].GetString()!))
            {
                SandboxJob job = Assert.Single(made); // Nothing was charged twice.
                if (!jobs.Any(known => known.JobId == job.JobId))
                {
                    Assert.Single(jobs, open => open.JobId is null && open.Prompt == made.Key && open.Status == LumaJobStatus.Unconfirmed);
                }
            }
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : null;

    private static Task EventAsync(LumaSandbox sandbox, Random random, WorkerProcess worker)
    {
        int left = 1 + random.Next(6);
        DateTimeOffset from = DateTimeOffset.UtcNow;
        SandboxTarget target = random.Next(4) switch { 0 => SandboxTarget.Fetch, 1 => SandboxTarget.Video, _ => SandboxTarget.Generations };
        return random.Next(5) == 0
            ? worker.ReportAsync(report => report.Event == Report.Ready)
            : sandbox.WaitForRequestAsync(request => request.Target == target && request.ReceivedAt >= from && --left == 0);
    }

    private static PlanItem[] Items(int count) =>
        [.. Enumerable.Range(1, count).Select(shot => new PlanItem($"shot-{shot}", $"shot {shot}"))];

    private static string Videos(Machine machine) => Directory.CreateDirectory(Path.Combine(machine.Folder, "videos")).FullName;

    private static Plan Sweep(Machine machine, PlanItem[] items) => new() { Items = items, Folder = Videos(machine), WaitForGo = true };

    private static WorkerProcess Start(Machine machine, LumaSandbox sandbox, Plan plan) =>
        WorkerProcess.Start(machine.Folder, machine.Address, sandbox, plan);

    private static async Task GoAsync(WorkerProcess[] workers)
    {
        foreach (WorkerProcess worker in workers) await worker.ReportAsync(report => report.Event == Report.Ready);
        foreach (WorkerProcess worker in workers) worker.Tell("go");
    }

    private async Task MakesEachJobOnceAsync(int count)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string address = server.Address(server.NewDatabase());
        await using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0, RecordRequests = true });
        Machine[] machines = [.. Enumerable.Range(0, count).Select(_ => new Machine(address))];
        WorkerProcess[] workers =
            [.. machines.Select(machine => Start(machine, sandbox, new Plan { Items = Items(_names), WaitForGo = true }))];
        await GoAsync(workers);
        long start = Stopwatch.GetTimestamp();
        foreach (WorkerProcess worker in workers) Assert.True(await worker.EndedAsync() == Program.Whole, await worker.DescribeAsync());
        output.WriteLine($"{count} machines, {_names} names each: {sandbox.SubmitCount} submits in " +
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");

        Assert.Equal(_names, sandbox.SubmitCount);
        string[] made = [.. sandbox.Jobs.Select(job => job.JobId).Order()];
        foreach (WorkerProcess worker in workers)
        {
            Assert.Equal(made, worker.Reports.Where(report => report.Event == Report.Submitted).Select(report => report.JobId!).Order());
        }

        Assert.Equal(made, machines[0].Journal.JobsOfAllServices().Select(job => job.JobId!).Order());
        Array.ForEach(workers, worker => worker.Dispose());
        Array.ForEach(machines, machine => machine.Dispose());
    }
}
