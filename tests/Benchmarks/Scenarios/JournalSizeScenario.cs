using System.Globalization;
using Benchmarks.Harness;
using Luma;

namespace Benchmarks.Scenarios;

/// <summary>What a journal of years costs a fresh process, more than an empty one in the same run.</summary>
internal sealed class JournalSizeScenario : IScenario
{
    private const int JobsPerProcess = 200;

    public string Name => "journal-size";

    public string About => "a look into a journal of 100,000 jobs in a fresh process, more than into an empty one";

    public void Run(Bench bench)
    {
        using var sandbox = new SandboxProcess();
        int jobs = bench.Count(100_000, 10_000);
        string full = bench.NewFolder(), empty = bench.NewFolder();
        Fill(Path.Combine(full, "journal"), jobs, LumaConnection.ServiceOf(new Uri(sandbox.BaseUri)));
        _ = Look(bench, sandbox, full, "name"); // The first one of all may have an index to make.
        Show(bench, sandbox, full, empty, "name", "Get-LumaJob -Name", 300, "0.3 s");
        Show(bench, sandbox, full, empty, "running", "Get-LumaJob -Status Running", 300, "0.3 s");
        Show(bench, sandbox, full, empty, "submit", "New-LumaVideo -Name", 50, "50 ms");
        Show(bench, sandbox, full, empty, "list", "Get-LumaJob, all of them", 2000, "2 s");
    }

    private static void Show(
        Bench bench, SandboxProcess sandbox, string full, string empty, string what, string command, double target, string targetText)
    {
        Sample mine = new(), beside = new(), memory = new(), memoryBeside = new();
        for (int round = 0; round < bench.Rounds(7); round++)
        {
            (double wall, double peak) = Look(bench, sandbox, full, what);
            mine.Add(wall);
            memory.Add(peak);
            (wall, peak) = Look(bench, sandbox, empty, what);
            beside.Add(wall);
            memoryBeside.Add(peak);
        }

        Sample more = mine.Minus(beside), moreMemory = memory.Minus(memoryBeside);
        bench.Report.Row($"{command}, journal of 100,000 jobs, more than with an empty one", mine.Show("0", " ms"), beside.Show("0", " ms"),
            more.Median, more.Show("0", " ms"), target, targetText);
        bench.Report.Note(
            "the same in peak memory", memory.Show("0", " MiB"), memoryBeside.Show("0", " MiB"), moreMemory.Show("0", " MiB"));
    }

    private static (double Wall, double Peak) Look(Bench bench, SandboxProcess sandbox, string folder, string what)
    {
        string[] figures =
            bench.RunScript("journal-size.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Folder", folder, "-What", what).Output.Split(' ');
        return (double.Parse(figures[0], CultureInfo.InvariantCulture), double.Parse(figures[2], CultureInfo.InvariantCulture));
    }

    // As many processes leave them that submit, wait and save some 200 jobs each, one after the other; one job in a thousand still runs.
    private static void Fill(string folder, int jobs, string service)
    {
        Directory.CreateDirectory(folder);
        DateTime at = DateTime.UtcNow.AddDays(-jobs / JobsPerProcess);
        for (int process = 0; process * JobsPerProcess < jobs; process++)
        {
            using (FileStream file = File.Create(Path.Combine(folder, $"p{process:0000000}.jsonl")))
            {
                for (int job = process * JobsPerProcess; job < (process + 1) * JobsPerProcess; job++)
                {
                    foreach (JournalLine line in Lines(job, at.AddDays(process).AddSeconds(job % JobsPerProcess), service))
                    {
                        file.Write(JournalJson.Write(line));
                    }
                }
            }

            if (process % JournalCompaction.Threshold == 0) JournalCompaction.RunAsync(folder).GetAwaiter().GetResult();
        }
    }

    private static IEnumerable<JournalLine> Lines(int job, DateTime at, string service)
    {
        string id = job.ToString("x16", CultureInfo.InvariantCulture), jobId = Guid.NewGuid().ToString();
        yield return new JournalLine
        {
            Event = JournalEvents.Intent, Id = id, At = at, Service = service, Name = $"shot-{job}", Kind = LumaJobKind.Generation,
            SubmittedAt = at,
            Request = new()
            {
                Prompt = $"a red car driving on a road along the coast at sunset, seen from above, take {job}",
                Model = "ray-v2", Mode = "fast", Duration = "5s",
            },
        };
        yield return new JournalLine { Event = JournalEvents.Accepted, Id = id, At = at, JobId = jobId, SubmittedAt = at };
        yield return new JournalLine { Event = JournalEvents.Status, Id = id, At = at.AddSeconds(10), Status = LumaJobStatus.Running };
        if (job % 1000 == 999) yield break;
        yield return new JournalLine
        {
            Event = JournalEvents.Status, Id = id, At = at.AddMinutes(2), Status = LumaJobStatus.Succeeded, Message = "success", VideoUrl =
                $"https://cdn.example/videos/{jobId}.mp4", Width = 1280, Height = 720, Quota = 30, CompletedAt = at.AddMinutes(2),
        };
        yield return new JournalLine
        {
            Event = JournalEvents.Saved,
            Id = id,
            At = at.AddMinutes(3),
            Path = $"/home/user/videos/shot-{job}-{jobId}.mp4",
            Length = 4_000_000 + job,
            Sha256 = new string('A', 56) + job.ToString("X8", CultureInfo.InvariantCulture),
        };
    }
}
