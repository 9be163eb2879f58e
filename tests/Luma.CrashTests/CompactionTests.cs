namespace Luma.CrashTests;

/// <summary>What a process knows of the journal while segments go away under it.</summary>
public sealed class CompactionTests
{
    private const string JobId = "6eb34b44-64c8-4629-a0a1-608737de9583";

    [Fact]
    public async Task ANameOfWhichNothingIsLeftAfterACompactionIsFree()
    {
        await using var home = new Home();
        home.AddEarlierSegment([Line(home, "intent", 1, "\"name\":\"one\",\"waiting\":true")]); // Its process died before it sent anything.
        home.AddEarlierSegments(8, 2);
        var submitter = new Submitter(new LumaClient(home.Connection, null, home.Journal), home.Journal);
        await submitter.SubmitAsync(new GenerationRequest { Prompt = "another", Name = "two" });
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (home.Segments.Length > 2) await Task.Delay(5, limit.Token);

        SubmitResult one = await submitter.SubmitAsync(new GenerationRequest { Prompt = "of the one", Name = "one" });
        Assert.Equal(Assert.Single(home.Made("of the one")).JobId, one.Job.JobId);
    }

    [Fact]
    public async Task AJobThatWasRemovedAndRecordedAnewIsFound()
    {
        await using var home = new Home();
        home.AddEarlierSegment(
        [
            Line(home, "intent", 2, "\"name\":\"again\",\"adopted\":true"),
            Line(home, "accepted", 2, $"\"jobId\":\"{JobId}\""),
            Line(home, "intent", 1, "\"name\":\"first\""),
            Line(home, "accepted", 1, $"\"jobId\":\"{JobId}\""),
            Line(home, "removed", 1),
        ]);
        Assert.Equal("again", home.Journal.Find(home.Connection.Service, JobId)?.Name);
    }

    private static string Line(Home home, string kind, int id, string members = "") =>
        $"{{\"v\":1,\"event\":\"{kind}\",\"id\":\"{id:x16}\",\"at\":\"2026-01-01T00:00:00Z\"" +
        $"{(kind == "intent" ? $",\"service\":\"{home.Connection.Service}\",\"kind\":\"Generation\",\"prompt\":\"of the {id}\"" : "")}" +
        $"{(members.Length > 0 ? "," : "")}{members}}}";
}
