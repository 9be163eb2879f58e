namespace Luma.Tests;

/// <summary>What is read: what is in flight, what is not known, and what is no job at all.</summary>
public sealed class JournalReadingTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_intent_is_in_flight_while_its_process_lives_and_unconfirmed_after()
    {
        FileStream process = _folder.Live("p");
        _folder.Write("p", [JournalLines.Intent("a", "shot")]);
        Journal journal = _folder.Open();
        Assert.Equal(LumaJobStatus.Pending, Assert.Single(journal.Jobs(JournalLines.Service)).Status);
        Assert.True(Assert.Single(journal.Named(JournalLines.Service, "shot")).IsInFlight);

        process.Dispose();
        Assert.Equal(LumaJobStatus.Unconfirmed, Assert.Single(journal.Jobs(JournalLines.Service)).Status);
        Assert.False(Assert.Single(journal.Named(JournalLines.Service, "shot")).IsInFlight);
        Assert.Equal(LumaJobStatus.Unconfirmed, Assert.Single(_folder.Open().Jobs(JournalLines.Service)).Status);
    }

    [Fact]
    public void What_waits_is_in_flight_while_its_process_lives_and_nothing_after()
    {
        FileStream process = _folder.Live("p");
        _folder.Write("p",
            [JournalLines.Intent("a", "shot", waiting: true), JournalLines.Intent("b", "shot"), JournalLines.Refused("b", waiting: true)]);
        Journal journal = _folder.Open();
        Assert.All(journal.Named(JournalLines.Service, "shot"),
            record => Assert.True(record is { IsInFlight: true, Status: LumaJobStatus.Pending }));
        Assert.Equal(2, journal.Jobs(JournalLines.Service).Count);

        process.Dispose();
        Assert.Empty(journal.Jobs(JournalLines.Service));
        Assert.Empty(_folder.Open().Jobs(JournalLines.Service));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_refusal_and_an_unsent_submit_are_no_jobs(bool isLiving)
    {
        if (isLiving) _folder.Live("p");
        _folder.Write(
            "p",
            [JournalLines.Intent("a"), JournalLines.Refused("a"), JournalLines.Intent("b"), JournalLines.Unsent("b"),
                JournalLines.Accepted("c", "j"), JournalLines.Status("d", LumaJobStatus.Running), JournalLines.Intent("e"),
                JournalLines.Accepted("e", "k"), JournalLines.Removed("e")]);
        Assert.Empty(_folder.Open().Jobs(JournalLines.Service));
        Assert.Null(_folder.Open().Find(JournalLines.Service, "k"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_unconfirmed_submit_stays_so_until_a_jobId_settles_it(bool isLiving)
    {
        if (isLiving) _folder.Live("p");
        _folder.Write("p", [JournalLines.Intent("a", "shot"), JournalLines.Status("a", LumaJobStatus.Unconfirmed, "no answer")]);
        Journal journal = _folder.Open();
        Assert.Equal((LumaJobStatus.Unconfirmed, "no answer"),
            (journal.Jobs(JournalLines.Service)[0].Status, journal.Jobs(JournalLines.Service)[0].Message));

        _folder.Write("q", [JournalLines.Accepted("a", "j", "shot")]);
        LumaJob settled = Assert.Single(journal.Jobs(JournalLines.Service));
        Assert.Equal((LumaJobStatus.Pending, "j", "a"), (settled.Status, settled.JobId, journal.Find(JournalLines.Service, "J")?.Id));

        _folder.Write("q", [JournalLines.Accepted("a", "j", "shot"), JournalLines.Status("a", LumaJobStatus.Running)]);
        settled = Assert.Single(journal.Jobs(JournalLines.Service));
        Assert.Equal((LumaJobStatus.Running, null), (settled.Status, settled.Message));
    }

    [Fact]
    public void An_end_beats_what_is_written_later_and_elsewhere()
    {
        _folder.Write(
            "p",
            [JournalLines.Intent("a"), JournalLines.Accepted("a", "j"), JournalLines.Status("a", LumaJobStatus.Succeeded, "done",
                "https://v.example/1"), JournalLines.Status("a", LumaJobStatus.Running, "making it", later: 9)]);
        _folder.Write("q", [JournalLines.Status("a", LumaJobStatus.Pending, "queued", later: 99)]);
        LumaJob job = Assert.Single(_folder.Open().Jobs(JournalLines.Service));
        Assert.Equal((LumaJobStatus.Succeeded, "done", "https://v.example/1"), (job.Status, job.Message, job.VideoUrl));
    }

    [Fact]
    public void Names_and_jobIds_are_found_in_any_case_and_in_their_service_only()
    {
        _folder.Write("p", [JournalLines.Intent("a", "Shot-É"), JournalLines.Accepted("a", "abc"),
            JournalLines.Intent("b", "shot-é", service: "other"), JournalLines.Accepted("b", "ABC-2"), JournalLines.Intent("c")]);
        _folder.Write("q", [JournalLines.Intent("d", "shot-É"), JournalLines.Accepted("d", "xyz")]);
        Journal journal = _folder.Open();
        Assert.Equal(["a", "d"], journal.Named(JournalLines.Service, "SHOT-é").Select(record => record.Id).Order());
        Assert.Equal(["b"], journal.Named("other", "SHOT-É").Select(record => record.Id));
        Assert.Empty(journal.Named("else", "Shot-É"));
        Assert.Empty(journal.Named(JournalLines.Service, "Shot"));
        Assert.Equal(("a", null, "b", null), (journal.Find(JournalLines.Service, "ABC")?.Id, journal.Find("other", "abc")?.Id,
            journal.Find("other", "abc-2")?.Id, journal.Find(JournalLines.Service, "none")?.Id));
        Assert.Equal(["a", "c", "d"], journal.Jobs(JournalLines.Service).Select(job => job.Id).Order());
    }

    [Fact]
    public void A_job_that_was_removed_and_recorded_again_is_found_whatever_the_order()
    {
        foreach (string again in new[] { "0", "z" })
        {
            _folder.Write("a" + again,
                [JournalLines.Intent("m" + again), JournalLines.Accepted("m" + again, "j" + again), JournalLines.Removed("m" + again)]);
            _folder.Write("b" + again, [JournalLines.Intent(again), JournalLines.Accepted(again, "j" + again)]);
            Assert.Equal(again, _folder.Open().Find(JournalLines.Service, "j" + again)?.Id);
        }
    }

    [Fact]
    public void Unreadable_lines_are_skipped_and_counted()
    {
        string good = System.Text.Encoding.UTF8.GetString(JournalJson.Write(JournalLines.Intent("a")));
        _folder.Write("p", $$$"""
            {{{good.Trim()}}}
            {"v":3,"event":"intent","id":"b","at":"2026-05-04T03:02:01Z","service":"api.ttapi.io"}
            {"v":0,"event":"intent","id":"b"}
            {"event":"intent"}
            {"v":1,"event":"intent","id":""}
            not JSON
            [1,2]
            null

               {{{"  "}}}
            {"v":1,"event":"accepted","id":"a","jobId":"j","unknown":{"x":[1]}}
            {"v":1,"event":"starred","id":"a"}
            {"v":1,"event":"accepted","id":"a","jobId":7}
            {"v":1,"event":"status","id":"a","status":"Succ
            """.Replace("\r\n", "\n", StringComparison.Ordinal));
        Journal journal = _folder.Open();
        Assert.Equal("j", Assert.Single(journal.Jobs(JournalLines.Service)).JobId);
        Assert.Equal(9, journal.SkippedLines);
    }

    [Fact]
    public void An_empty_or_missing_folder_is_an_empty_journal()
    {
        Journal journal = _folder.Open();
        Assert.Empty(journal.Jobs(JournalLines.Service));
        Assert.Null(journal.Find(JournalLines.Service, "j"));
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(Path.Combine(_folder.Path, "notes.txt"), "not a segment");
        _folder.Write("empty", "");
        Assert.Empty(journal.Jobs(JournalLines.Service));
        Assert.Equal(0, journal.SkippedLines);
    }
}
