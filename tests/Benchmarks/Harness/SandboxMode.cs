using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Luma.Sandbox;

namespace Benchmarks.Harness;

/// <summary>The sandbox in a process of its own; told what to do by lines on its standard input, it answers each with one.</summary>
internal static class SandboxMode
{
    /// <param name="args">Nothing, or the clock's origin and speed.</param>
    public static int Run(string[] args)
    {
        TimeProvider time = args is [var origin, var speed] ? ScaledTime.Parse(origin, speed) : TimeProvider.System;
        using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { TimeProvider = time, JobSeconds = 0 });
        Console.WriteLine($"{sandbox.BaseUri} {sandbox.ApiKey}");
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(Do(sandbox, line.Split(' ')));
        }

        return 0;
    }

    private static string Do(LumaSandbox sandbox, string[] command)
    {
        switch (command)
        {
            case ["counts"]:
                return $"{sandbox.RequestCount - sandbox.SubmitCount} {sandbox.SubmitCount} {sandbox.VideoRequestCount}";
            case ["jobs", "prompt"]:
                sandbox.JobSecondsFor = new SecondsOfPrompt().For;
                return "ok";
            case ["jobs", var seconds]:
                sandbox.JobSecondsFor = null;
                sandbox.JobSeconds = double.Parse(seconds, CultureInfo.InvariantCulture);
                return "ok";
            case ["video", var bytes]:
                sandbox.VideoBytes = bytes == "clip" ? null : long.Parse(bytes, CultureInfo.InvariantCulture);
                return "ok";
            case ["submit", var count, var least, var most, var file]:
                return Submit(sandbox, int.Parse(count, CultureInfo.InvariantCulture), int.Parse(least, CultureInfo.InvariantCulture),
                    int.Parse(most, CultureInfo.InvariantCulture), file);
            default:
                return "what?";
        }
    }

    // Jobs that somebody else has submitted, with when they were and how long they take, one a line.
    private static string Submit(LumaSandbox sandbox, int count, int least, int most, string file)
    {
        var random = new Random(1);
        double[] seconds = [.. Enumerable.Range(0, count).Select(_ => least + ((most - least) * random.NextDouble()))];
        int next = -1;
        sandbox.JobSecondsFor = _ => seconds[Interlocked.Increment(ref next) % count];
        using var http = new HttpClient { BaseAddress = sandbox.BaseUri };
        http.DefaultRequestHeaders.Add("TT-API-KEY", sandbox.ApiKey);
        Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, stop) =>
        {
            using var body = new StringContent("""{"userPrompt":"a red car driving on a road"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.PostAsync("luma/v1/generations", body, stop);
            answer.EnsureSuccessStatusCode();
        }).Wait();
        File.WriteAllLines(file, sandbox.Jobs.TakeLast(count)
            .Select(job => string.Create(CultureInfo.InvariantCulture, $"{job.JobId} {job.SubmittedAt.UtcTicks} {job.Seconds:R}")));
        sandbox.JobSecondsFor = null;
        return "ok";
    }

    /// <summary>A job takes as long as its prompt says at its end ("..., 30 s"), an extension as long as its parent.</summary>
    private sealed class SecondsOfPrompt
    {
        private readonly ConcurrentDictionary<string, double> _byJobId = new();

        public double For(SandboxJob job)
        {
            double seconds = job.ParentJobId is { } parent
                ? _byJobId[parent]
                : double.Parse(job.Fields["userPrompt"].GetString()!.Split(' ')[^2], CultureInfo.InvariantCulture);
            return _byJobId[job.JobId] = seconds;
        }
    }
}
