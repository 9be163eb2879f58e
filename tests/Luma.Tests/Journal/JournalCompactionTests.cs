namespace Luma.Tests;

/// <summary>
/// Compaction puts segments of dead processes together, and whenever it is cut off, nothing is lost and nothing comes back.
/// </summary>
public sealed class JournalCompactionTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Eight_dead_segments_become_one_and_seven_stay()
    {
        Fill(JournalCompaction.Threshold - 1);
        _folder.Live("living");
        _folder.Write("living", [JournalLines.Intent("l")]);
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Equal(JournalCompaction.Threshold, _folder.Segments.Count());

        File.WriteAllText(Path.Combine(_folder.Path, "x0.lock"), "");
        File.WriteAllText(Path.Combine(_folder.Path, "left.tmp"), "half a segment");
        _folder.Write("x7", Job(7));
        LumaJob[] before = Jobs(_folder.Open());
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Equal(2, _folder.Segments.Count());
        Assert.Equal(before, Jobs(_folder.Open()));
        Assert.Equal(["compaction.lock", "living.lock"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName)
            .Where(name => !name!.EndsWith(".jsonl", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task A_lock_without_a_segment_goes_unless_somebody_holds_it()
    {
        Fill(1);
        File.WriteAllText(Path.Combine(_folder.Path, "abcdefgh.lock"), "");
        File.WriteAllText(Path.Combine(_folder.Path, "names.lock"), "");
        using FileStream starting = _folder.Live("ijklmnop"); // A process that has not made its segment yet.
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Equal(["compaction.lock", "ijklmnop.lock", "names.lock"],
            Directory.GetFiles(_folder.Path, "*.lock").Select(Path.GetFileName).Order());
    }

    [WindowsFact]
    public async Task A_segment_that_somebody_has_open_keeps_no_other_from_going()
    {
        Fill(JournalCompaction.Threshold);
        string open = _folder.Segments.Order(StringComparer.Ordinal).First();
        File.WriteAllText(Path.ChangeExtension(open, ".lock"), "");
        LumaJob[] before = Jobs(_folder.Open());
        await using (new FileStream(open, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            await JournalCompaction.RunAsync(_folder.Path);
            Assert.Equal(2, _folder.Segments.Count());
            Assert.True(File.Exists(Path.ChangeExtension(open, ".lock")));
            Assert.Equal(before, Jobs(_folder.Open()));
        }
    }

    [WindowsFact]
    public async Task A_segment_that_a_reader_keeps_open_is_in_no_others_way()
    {
        Fill(JournalCompaction.Threshold);
        LumaJob[] before = Jobs(_folder.Open());
        await using (new FileStream(_folder.Segments.First(), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            await JournalCompaction.RunAsync(_folder.Path);
            Assert.Single(_folder.Segments);
            Assert.Equal(before, Jobs(_folder.Open()));
        }

        Assert.Empty(Directory.GetFiles(_folder.Path, "*.tmp"));
    }

    [WindowsFact]
    public async Task A_reader_waits_for_a_segment_that_somebody_has_for_himself()
    {
        Fill(2);
        Journal journal = _folder.Open();
        Task<int> read;
        await using (new FileStream(_folder.Segments.First(), FileMode.Open, FileAccess.Read, FileShare.None))
        {
            read = Task.Run(() => journal.Jobs(JournalLines.Service).Count);
            Assert.NotSame(read, await Task.WhenAny(read, Task.Delay(50)));
        }

        Assert.Equal(2, await read);
    }

    [WindowsFact]
    public async Task A_reader_waits_for_a_segment_whose_deletion_is_pending()
    {
        Fill(2);
        string pending = _folder.Segments.Order(StringComparer.Ordinal).First();
        Journal journal = _folder.Open();
        Task<int> read;
        await using (new FileStream(pending, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            // It is gone once the last who has it open closes it. Until then nobody can open it, or everybody (Wine), or it is
            // gone immediately (since Windows 10): whichever, a reader hears of no error.
            File.Delete(pending);
            read = Task.Run(() => journal.Jobs(JournalLines.Service).Count);
            await Task.WhenAny(read, Task.Delay(50));
        }

        Assert.InRange(await read, 1, 2);
        Assert.Single(journal.Jobs(JournalLines.Service));
    }

    [Fact]
    public async Task The_first_line_a_process_writes_compacts()
    {
        Fill(JournalCompaction.Threshold);
        await _folder.Open().IntentAsync(new LumaJob { Id = "new", Service = JournalLines.Service }, JournalLines.At);
        await Until.True(() => _folder.Segments.Count() == 2, "one compacted segment beside the new one");
        Assert.Equal(JournalCompaction.Threshold + 1, _folder.Open().Jobs(JournalLines.Service).Count);
    }

    [Fact]
    public async Task One_compacts_at_a_time()
    {
        Fill(JournalCompaction.Threshold);
        using (_folder.Live("compaction"))
        {
            await JournalCompaction.RunAsync(_folder.Path);
            Assert.Equal(JournalCompaction.Threshold, _folder.Segments.Count());
        }

        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Single(_folder.Segments);
    }

    [Fact]
    public async Task Cut_off_between_renaming_and_deleting_it_is_as_before()
    {
        Fill(JournalCompaction.Threshold);
        string removed = _folder.Write(
            "r",
            [JournalLines.Removed("b0"), JournalLines.Status("b1", LumaJobStatus.Succeeded, null, "https://v.example/1"),
                JournalLines.Saved("b1", "/v/1.mp4")]);
        LumaJob[] before = Jobs(_folder.Open());
        Assert.Equal(JournalCompaction.Threshold - 1, before.Length);
        var old = _folder.Segments.ToDictionary(path => path, File.ReadAllBytes);
        await JournalCompaction.RunAsync(_folder.Path);
        string compacted = Assert.Single(_folder.Segments);
        Assert.Equal(before, Jobs(_folder.Open()));

        // Whichever of the old ones are still there: each alone, all, and all but the one that tells of the removal.
        foreach (string[] left in old.Keys.Select(path => new[] { path }).Append([.. old.Keys])
            .Append([.. old.Keys.Where(path => path != removed)]))
        {
            foreach (string path in left) File.WriteAllBytes(path, old[path]);
            Assert.Equal(before, Jobs(_folder.Open()));
            foreach (string path in left) File.Delete(path);
        }

        // And the next compaction makes it good.
        foreach ((string path, byte[] bytes) in old) File.WriteAllBytes(path, bytes);
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.NotEqual(compacted, Assert.Single(_folder.Segments));
        Assert.Equal(before, Jobs(_folder.Open()));
    }

    [Fact]
    public async Task What_is_done_with_goes_and_stays_known_where_a_living_segment_tells_of_it()
    {
        Fill(JournalCompaction.Threshold - 1);
        _folder.Write(
            "dead",
            [JournalLines.Intent("gone"), JournalLines.Refused("gone"), JournalLines.Intent("kept"), JournalLines.Accepted("kept", "j"),
                JournalLines.Removed("kept"), JournalLines.Intent("wait", waiting: true), JournalLines.Intent("open"),
                JournalLines.Removed("here")]);
        _folder.Live("living");
        _folder.Write("living",
            [JournalLines.Status("kept", LumaJobStatus.Running), JournalLines.Intent("here"), JournalLines.Accepted("here", "h")]);
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Equal(2, _folder.Segments.Count());
        string[] lines = _folder.Lines();
        Assert.DoesNotContain(
            lines, line => line.Contains("\"gone\"", StringComparison.Ordinal) || line.Contains("\"wait\"", StringComparison.Ordinal));
        Assert.Contains(
            lines, line => line.Contains("\"removed\"", StringComparison.Ordinal) && line.Contains("\"kept\"", StringComparison.Ordinal));
        Assert.Equal(["b0", "b1", "b2", "b3", "b4", "b5", "b6", "open"], Jobs(_folder.Open()).Select(job => job.Id));
    }

    [Fact]
    public async Task Lines_that_cannot_be_read_are_kept_aside_and_those_of_a_newer_version_where_they_are()
    {
        Fill(JournalCompaction.Threshold);
        string newer = _folder.Write("newer", """{"v":3,"event":"intent","id":"n"}""" + "\n");
        byte[] half = JournalJson.Write(JournalLines.Accepted("t", "jt"))[..^5];
        _folder.Write("torn", [.. JournalJson.Write(JournalLines.Intent("t")), .. "no JSON\n"u8, .. half]);
        byte[] before = File.ReadAllBytes(newer);
        LumaJob[] jobs = Jobs(_folder.Open());
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Equal(2, _folder.Segments.Count());
        Assert.Equal(before, File.ReadAllBytes(newer));
        Assert.Equal(jobs, Jobs(_folder.Open()));
        Assert.Equal(1, Skipped(_folder.Open()));
        string aside = Assert.Single(Directory.GetFiles(_folder.Path, "*" + JournalCompaction.Unreadable));
        Assert.Equal<byte>([.. "no JSON\n"u8, .. half, (byte)'\n'], File.ReadAllBytes(aside));
    }

    [Fact]
    public async Task As_long_as_there_is_nothing_to_do_nothing_is_read()
    {
        Fill(JournalCompaction.Threshold - 1);
        for (int i = 0; i < 3; i++)
        {
            _folder.Live($"living{i}");
            _folder.Write($"living{i}", Job(20 + i));
        }

        Assert.Equal(0, await JournalCompaction.RunAsync(_folder.Path));
        _folder.Write("x7", Job(7));
        Assert.Equal(JournalCompaction.Threshold, await JournalCompaction.RunAsync(_folder.Path));
    }

    [Fact]
    public async Task A_job_that_has_ended_is_one_line_and_one_that_has_not_keeps_its_own()
    {
        Fill(JournalCompaction.Threshold);
        _folder.Write(
            "ended",
            [JournalLines.Intent("e", "ended"), JournalLines.Accepted("e", "je"), JournalLines.Status("e", LumaJobStatus.Running),
                JournalLines.Status("e", LumaJobStatus.Succeeded, "ok", "https://v.example/1", later: 5),
                JournalLines.Saved("e", "/v/e.mp4")]);
        LumaJob[] before = Jobs(_folder.Open());
        await JournalCompaction.RunAsync(_folder.Path);
        string line = Assert.Single(_folder.Lines(), line => line.Contains("\"e\"", StringComparison.Ordinal));
        Assert.StartsWith("{\"v\":2,\"event\":\"job\"", line, StringComparison.Ordinal);
        Assert.Equal(3, _folder.Lines().Count(line => line.Contains("\"b0\"", StringComparison.Ordinal)));
        Assert.Equal(before, Jobs(_folder.Open()));
    }

    [Fact]
    public async Task A_large_segment_is_written_anew_only_with_as_much_beside_it()
    {
        _folder.Write("large", Enumerable.Range(0, 1000).SelectMany(number => Job(1000 + number)));
        Fill(JournalCompaction.Threshold);
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Equal(2, _folder.Segments.Count());
        Assert.Contains(_folder.Segments, path => Path.GetFileName(path) == "large.jsonl");
        Assert.Equal(1000 + JournalCompaction.Threshold, Jobs(_folder.Open()).Length);
    }

    [Fact]
    public async Task A_large_segment_is_not_even_read_for_a_few_small_ones()
    {
        Fill(JournalCompaction.Threshold - 1);
        string large = _folder.Write("large", Enumerable.Range(0, 1000).SelectMany(number => Job(1000 + number)));
        Assert.Equal(0, await JournalCompaction.RunAsync(_folder.Path));
        Assert.Contains(large, _folder.Segments);
    }

    [Fact]
    public async Task Enough_large_segments_are_put_together_whatever_small_ones_there_are()
    {
        Fill(2);
        for (int i = 0; i < JournalCompaction.Threshold; i++)
        {
            _folder.Write($"large{i}", Enumerable.Range(0, 400).SelectMany(number => Job((1000 * (i + 1)) + number)));
        }

        Assert.Equal(JournalCompaction.Threshold, await JournalCompaction.RunAsync(_folder.Path));
        Assert.Equal(3, _folder.Segments.Count());
        Assert.Equal(2 + (400 * JournalCompaction.Threshold), Jobs(_folder.Open()).Length);
    }

    [Fact]
    public async Task A_reader_that_knows_names_of_records_that_were_compacted_away_goes_on()
    {
        Fill(JournalCompaction.Threshold - 1);
        _folder.Write("dead", [JournalLines.Intent("a", "shot"), JournalLines.Accepted("a", "j"), JournalLines.Removed("a"),
            JournalLines.Intent("r", "shot"), JournalLines.Refused("r")]);
        Journal journal = _folder.Open();
        Assert.Equal(2, journal.Named(JournalLines.Service, "shot").Count);
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Empty(journal.Named(JournalLines.Service, "shot"));
        Assert.Null(journal.Find(JournalLines.Service, "j"));
    }

    [Fact]
    public async Task Readers_lose_nothing_while_it_goes_on()
    {
        const int Rounds = 20;
        using var stop = new CancellationTokenSource();
        Fill(JournalCompaction.Threshold);
        int wanted = JournalCompaction.Threshold;
        Task[] readers = [.. Enumerable.Range(0, 2).Select(number => Task.Run(() =>
        {
            Journal kept = _folder.Open();
            while (!stop.IsCancellationRequested)
            {
                int least = Volatile.Read(ref wanted);
                Journal journal = number == 0 ? kept : _folder.Open();
                Assert.True(journal.Jobs(JournalLines.Service).Count >= least, "A reader has lost jobs.");
                Assert.NotNull(journal.Find(JournalLines.Service, "j0"));
            }
        }))];
        for (int round = 1; round <= Rounds; round++)
        {
            for (int i = 0; i < JournalCompaction.Threshold; i++) _folder.Write($"y{round}-{i}", Job((round * 10) + i));
            Volatile.Write(ref wanted, (round + 1) * JournalCompaction.Threshold);
            await JournalCompaction.RunAsync(_folder.Path);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal((Rounds + 1) * JournalCompaction.Threshold, _folder.Open().Jobs(JournalLines.Service).Count);
    }

    private static JournalLine[] Job(int number) => [JournalLines.Intent($"b{number}", $"name {number}"),
        JournalLines.Accepted($"b{number}", $"j{number}"), JournalLines.Status($"b{number}", LumaJobStatus.Running, "on its way")];

    private static LumaJob[] Jobs(Journal journal) => [.. journal.Jobs(JournalLines.Service).OrderBy(job => job.Id)];

    private static int Skipped(Journal journal)
    {
        _ = journal.Jobs(JournalLines.Service);
        return journal.SkippedLines;
    }

    private void Fill(int count)
    {
        for (int i = 0; i < count; i++) _folder.Write($"x{i}", Job(i));
    }
}
