using System.Globalization;
using Benchmarks.Harness;
using Luma;
using Luma.Http;

namespace Benchmarks.Scenarios;

/// <summary>Waits for the jobs of a file, in fast time over real HTTP, and tells what that cost and how late each was noticed.</summary>
internal static class WaiterMode
{
    /// <param name="args">The file of jobs, the clock's origin and speed.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        ScaledTime time = ScaledTime.Parse(args[1], args[2]);
        var connection = new LumaConnection(
            new LumaConnectionOptions { ApiKey = Environment.GetEnvironmentVariable("TTAPI_KEY")!,
                BaseUri = new Uri(Environment.GetEnvironmentVariable("TTAPI_BASE_URI")!), Time = time },
            (handler, retries) => HttpPipeline.Create(handler, retries));
        var client = new LumaClient(connection, journal: Journal.OfUser());
        Dictionary<string, DateTimeOffset> ends = [];
        var jobs = new List<LumaJob>();
        foreach (string[] job in File.ReadLines(args[0]).Select(line => line.Split(' ')))
        {
            var submitted = new DateTimeOffset(long.Parse(job[1], CultureInfo.InvariantCulture), TimeSpan.Zero);
            ends[job[0]] = submitted.AddSeconds(double.Parse(job[2], CultureInfo.InvariantCulture));
            jobs.Add(new LumaJob { Id = LumaJob.NewId(), JobId = job[0], Status = LumaJobStatus.Pending,
                SubmittedAt = submitted.LocalDateTime, Connection = connection, Service = connection.Service });
        }

        int left = jobs.Count, errors = 0;
        double late = 0, latest = 0;
        var over = new TaskCompletionSource();
        double cpuBefore = MeasureMode.OfThisProcess().Cpu;
        DateTimeOffset began = time.GetUtcNow();
        using var waiter = new JobWaiter(new JobWaiterOptions { Time = time }, end =>
        {
            double lateness = (time.GetUtcNow() - ends[end.Job.JobId!]).TotalSeconds;
            lock (ends)
            {
                if (end.Error is not null) errors++;
                late += lateness;
                latest = Math.Max(latest, lateness);
                if (--left == 0) over.SetResult();
            }
        });
        foreach (LumaJob job in jobs) waiter.Add(job, client);
        await over.Task;
        double simulated = (time.GetUtcNow() - began).TotalSeconds;
        (double cpu, long peak) = MeasureMode.OfThisProcess();
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{simulated} {cpu - cpuBefore} {peak} {late / jobs.Count} {latest} {errors}"));
        return 0;
    }
}
