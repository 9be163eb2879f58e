namespace Luma.PropertyTests;

/// <summary>What is read: what is in flight, what is not known, and what is no job at all.</summary>
public sealed class JournalReadingTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_intent_is_in_flight_while_its_process_lives_and_unconfirmed_after()
    {
        FileStream process = _folder.Live("p");
        _folder.Write("p", [Given.Intent("a", "shot")]);
        Journal journal = _folder.Open();
        Assert.Equal(LumaJobStatus.Pending, Assert.Single(journal.Jobs(Given.Service)).Status);
        Assert.True(Assert.Single(journal.Named(Given.Service, "shot")).IsInFlight);

        process.Dispose();
        Assert.Equal(LumaJobStatus.Unconfirmed, Assert.Single(journal.Jobs(Given.Service)).Status);
        Assert.False(Assert.Single(journal.Named(Given.Service, "shot")).IsInFlight);
        Assert.Equal(LumaJobStatus.Unconfirmed, Assert.Single(_folder.Open().Jobs(Given.Service)).Status);
    }

    [Fact]
    public void What_waits_is_in_flight_while_its_process_lives_and_nothing_after()
    {
        FileStream process = _folder.Live("p");
        _folder.Write("p", [Given.Intent("a", "shot", waiting: true), Given.Intent("b", "shot"), Given.Refused("b", waiting: true)]);
        Journal journal = _folder.Open();
        Assert.All(journal.Named(Given.Service, "shot"), record => Assert.True(record is { IsInFlight: true, Status: LumaJobStatus.Pending }));
        Assert.Equal(2, journal.Jobs(Given.Service).Count);

        process.Dispose();
        Assert.Empty(journal.Jobs(Given.Service));
        Assert.Empty(_folder.Open().Jobs(Given.Service));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_refusal_and_an_unsent_submit_are_no_jobs(bool isLiving)
    {
        if (isLiving) _folder.Live("p");
        _folder.Write("p", [Given.Intent("a"), Given.Refused("a"), Given.Intent("b"), Given.Unsent("b"), Given.Accepted("c", "j"), Given.Status("d", LumaJobStatus.Running), Given.Intent("e"), Given.Accepted("e", "k"), Given.Removed("e")]);
        Assert.Empty(_folder.Open().Jobs(Given.Service));
        Assert.Null(_folder.Open().Find(Given.Service, "k"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_unconfirmed_submit_stays_so_until_a_jobId_settles_it(bool isLiving)
    {
        if (isLiving) _folder.Live("p");
        _folder.Write("p", [Given.Intent("a", "shot"), Given.Status("a", LumaJobStatus.Unconfirmed, "no answer")]);
        Journal journal = _folder.Open();
        Assert.Equal((LumaJobStatus.Unconfirmed, "no answer"), (journal.Jobs(Given.Service)[0].Status, journal.Jobs(Given.Service)[0].Message));

        _folder.Write("q", [Given.Accepted("a", "j", "shot")]);
        LumaJob settled = Assert.Single(journal.Jobs(Given.Service));
        Assert.Equal((LumaJobStatus.Pending, "j", "a"), (settled.Status, settled.JobId, journal.Find(Given.Service, "J")?.Id));

        _folder.Write("q", [Given.Accepted("a", "j", "shot"), Given.Status("a", LumaJobStatus.Running)]);
        settled = Assert.Single(journal.Jobs(Given.Service));
        Assert.Equal((LumaJobStatus.Running, null), (settled.Status, settled.Message));
    }

    [Fact]
    public void An_end_beats_what_is_written_later_and_elsewhere()
    {
        _folder.Write("p", [Given.Intent("a"), Given.Accepted("a", "j"), Given.Status("a", LumaJobStatus.Succeeded, "done", "https://v.example/1"), Given.Status("a", LumaJobStatus.Running, "making it", later: 9)]);
        _folder.Write("q", [Given.Status("a", LumaJobStatus.Pending, "queued", later: 99)]);
        LumaJob job = Assert.Single(_folder.Open().Jobs(Given.Service));
        Assert.Equal((LumaJobStatus.Succeeded, "done", "https://v.example/1"), (job.Status, job.Message, job.VideoUrl));
    }

    [Fact]
    public void Names_and_jobIds_are_found_in_any_case_and_in_their_service_only()
    {
        _folder.Write("p", [Given.Intent("a", "Shot-É"), Given.Accepted("a", "abc"), Given.Intent("b", "shot-é", service: "other"), Given.Accepted("b", "ABC-2"), Given.Intent("c")]);
        _folder.Write("q", [Given.Intent("d", "shot-É"), Given.Accepted("d", "xyz")]);
        Journal journal = _folder.Open();
        Assert.Equal(["a", "d"], journal.Named(Given.Service, "SHOT-é").Select(record => record.Id).Order());
        Assert.Equal(["b"], journal.Named("other", "SHOT-É").Select(record => record.Id));
        Assert.Empty(journal.Named("else", "Shot-É"));
        Assert.Empty(journal.Named(Given.Service, "Shot"));
        Assert.Equal(("a", null, "b", null), (journal.Find(Given.Service, "ABC")?.Id, journal.Find("other", "abc")?.Id, journal.Find("other", "abc-2")?.Id, journal.Find(Given.Service, "none")?.Id));
        Assert.Equal(["a", "c", "d"], journal.Jobs(Given.Service).Select(job => job.Id).Order());
    }

    [Fact]
    public void A_job_that_was_removed_and_recorded_again_is_found_whatever_the_order()
    {
        foreach (string again in new[] { "0", "z" })
        {
            _folder.Write("a" + again, [Given.Intent("m" + again), Given.Accepted("m" + again, "j" + again), Given.Removed("m" + again)]);
            _folder.Write("b" + again, [Given.Intent(again), Given.Accepted(again, "j" + again)]);
            Assert.Equal(again, _folder.Open().Find(Given.Service, "j" + again)?.Id);
        }
    }

    [Fact]
    public void Lines_that_cannot_be_read_are_passed_over_and_counted()
    {
        string good = System.Text.Encoding.UTF8.GetString(JournalJson.Write(Given.Intent("a")));
        _folder.Write("p", $$$"""
            {{{good.Trim()}}}
            {"v":2,"event":"intent","id":"b","at":"2026-05-04T03:02:01Z","service":"api.ttapi.io"}
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
        Assert.Equal("j", Assert.Single(journal.Jobs(Given.Service)).JobId);
        Assert.Equal(9, journal.SkippedLines);
    }

    [Fact]
    public void An_empty_or_missing_folder_is_an_empty_journal()
    {
        Journal journal = _folder.Open();
        Assert.Empty(journal.Jobs(Given.Service));
        Assert.Null(journal.Find(Given.Service, "j"));
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(Path.Combine(_folder.Path, "notes.txt"), "not a segment");
        _folder.Write("empty", "");
        Assert.Empty(journal.Jobs(Given.Service));
        Assert.Equal(0, journal.SkippedLines);
    }
}
