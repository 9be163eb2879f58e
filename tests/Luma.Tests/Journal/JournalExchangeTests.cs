namespace Luma.Tests;

/// <summary>A journal goes to another one and back, whole, and names that stand for two jobs are told.</summary>
public sealed class JournalExchangeTests : IDisposable
{
    private readonly JournalFolder _from = new(), _to = new();

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public async Task What_was_exported_is_all_there_and_importing_it_twice_does_no_harm()
    {
        _from.Write("p", [
            JournalLines.Intent("a", "shot", "ein rotes Auto \"日本語\""), JournalLines.Accepted("a", "ja"),
            JournalLines.Status("a", LumaJobStatus.Succeeded, "ok", "https://v.example/a%20b"), JournalLines.Saved("a", "/v/ä.mp4"),
            JournalLines.Intent("b"), JournalLines.Accepted("b", "jb"), JournalLines.Status("b", LumaJobStatus.Running),
            JournalLines.Intent("c", "lost"), JournalLines.Status("c", LumaJobStatus.Unconfirmed, "no answer"),
            JournalLines.Intent("d", service: "other"), JournalLines.Accepted("d", "jd"),
            JournalLines.Intent("gone"), JournalLines.Refused("gone"), JournalLines.Intent("removed"),
            JournalLines.Accepted("removed", "jr"), JournalLines.Removed("removed"),
        ]);
        LumaJob[] before = Jobs(_from);
        byte[] exported = Export(_from, 4);
        Assert.Equal((4, 0, 0, 0), await ImportAsync(exported));
        Assert.Equal(before, Jobs(_to));
        int lines = _to.Lines().Length;
        Assert.Equal((0, 4, 0, 0), await ImportAsync(exported));
        Assert.Equal(lines, _to.Lines().Length);
        Assert.Equal(exported, Export(_to, 4));

        // What came later comes later, and what was removed there stays so.
        _from.Write("q", [JournalLines.Status("b", LumaJobStatus.Succeeded, later: 5)]);
        await _to.Open().RemoveAsync("d");
        Assert.Equal((1, 3, 0, 0), await ImportAsync(Export(_from, 4)));
        Assert.Equal(LumaJobStatus.Succeeded, _to.Open().Get(JournalLines.Service, "b")!.Status);
        Assert.Null(_to.Open().Get("other", "d"));
    }

    [Fact]
    public async Task A_name_that_stands_for_two_jobs_is_told_and_both_jobs_stay()
    {
        _from.Write("p", [JournalLines.Intent("a", "Shot"), JournalLines.Accepted("a", "ja"), JournalLines.Intent("b", "other"),
            JournalLines.Accepted("b", "jb")]);
        _to.Write("q", [JournalLines.Intent("x", "shot"), JournalLines.Accepted("x", "jx")]);
        byte[] exported = Export(_from, 2);
        JournalImport import = await _to.Open().ImportAsync(new MemoryStream(exported), CancellationToken.None);
        (JournalRecord record, JournalRecord other) = Assert.Single(import.Conflicts);
        Assert.Equal(("ja", "jx"), (record.JobId, other.JobId));
        Journal journal = _to.Open();
        Assert.Equal("x", Assert.Single(journal.Named(JournalLines.Service, "shot")).Id);
        Assert.Equal(("a", null), (journal.Find(JournalLines.Service, "ja")!.Id, journal.Find(JournalLines.Service, "ja")!.Name));
        Assert.Equal("b", Assert.Single(journal.Named(JournalLines.Service, "other")).Id);
        Assert.Equal((0, 2, 0, 1), await ImportAsync(exported));

        // Removed there, the name is the other job's.
        await _to.Open().RemoveAsync("x");
        Assert.Equal((1, 1, 0, 0), await ImportAsync(exported));
        Assert.Equal("a", Assert.Single(_to.Open().Named(JournalLines.Service, "shot"), found => found.IsJob).Id);
    }

    [Fact]
    public async Task A_submit_that_is_on_its_way_is_unconfirmed_where_it_goes()
    {
        _from.Live("p");
        _from.Write("p", [JournalLines.Intent("a", "shot"), JournalLines.Intent("w", "waits", waiting: true)]);
        await ImportAsync(Export(_from, 2));
        LumaJob job = Assert.Single(_to.Open().Jobs(JournalLines.Service));
        Assert.Equal(("a", LumaJobStatus.Unconfirmed), (job.Id, job.Status));
    }

    [Fact]
    public async Task A_job_that_is_known_under_another_record_stays_one()
    {
        _from.Write("p", [JournalLines.Intent("a", "shot"), JournalLines.Accepted("a", "j")]);
        _to.Write("q", [JournalLines.Intent("x", "shot"), JournalLines.Accepted("x", "J")]);
        Assert.Equal((0, 1, 0, 0), await ImportAsync(Export(_from, 1)));
        Assert.Single(_to.Open().Jobs(JournalLines.Service));
    }

    [Fact]
    public async Task Lines_that_cannot_be_read_are_counted_and_the_others_taken()
    {
        byte[] text = [.. "no JSON\n\n"u8, .. JournalJson.Write(JournalLines.Intent("a")),
            .. JournalJson.Write(JournalLines.Accepted("a", "j")), .. "{\"v\":1,\"event\":\"inte"u8];
        Assert.Equal((1, 0, 2, 0), await ImportAsync(text));
    }

    private static LumaJob[] Jobs(JournalFolder folder) =>
        [.. folder.Open().JobsOfAllServices().OrderBy(job => job.Id, StringComparer.Ordinal)];

    private static byte[] Export(JournalFolder folder, int count)
    {
        using var stream = new MemoryStream();
        Assert.Equal(count, folder.Open().Export(stream));
        return stream.ToArray();
    }

    private async Task<(int Imported, int Known, int Skipped, int Conflicts)> ImportAsync(byte[] exported)
    {
        JournalImport import = await _to.Open().ImportAsync(new MemoryStream(exported), CancellationToken.None);
        return (import.Imported, import.Known, import.Skipped, import.Conflicts.Count);
    }
}
