using System.Diagnostics;
using System.Globalization;
using Luma;
using Luma.Http;

namespace Benchmarks.Scenarios;

/// <summary>Submits through the journal from many workers, without PowerShell, and tells how often it flushed.</summary>
internal static class SubmitterMode
{
    /// <param name="args">How many, by how many workers, and whether with names.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        int count = int.Parse(args[0], CultureInfo.InvariantCulture), workers = int.Parse(args[1], CultureInfo.InvariantCulture);
        bool isNamed = args[2] == "named";
        var options = new LumaConnectionOptions { ApiKey = Environment.GetEnvironmentVariable("TTAPI_KEY")!,
            BaseUri = new Uri(Environment.GetEnvironmentVariable("TTAPI_BASE_URI")!) };
        Journal journal = Journal.OfUser();
        var submitter = new Submitter(new LumaClient(
            new LumaConnection(options, (handler, retries) => HttpPipeline.Create(handler, retries)), journal: journal), journal);
        await submitter.SubmitAsync(new GenerationRequest { Prompt = "warm-up" });
        int before = ((FileJournalStore)journal.Store).Flushes;
        long began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = workers }, async (i, stop) =>
            await submitter.SubmitAsync(new GenerationRequest
                { Prompt = $"a red car driving on a road, take {i}", Name = isNamed ? $"take {i}" : null }, cancellationToken: stop));
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"{(((FileJournalStore)journal.Store).Flushes - before) / (double)count} {Stopwatch.GetElapsedTime(began).TotalSeconds}"));
        return 0;
    }
}
