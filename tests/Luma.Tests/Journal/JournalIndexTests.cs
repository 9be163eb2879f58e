using System.Globalization;

namespace Luma.Tests;

/// <summary>A look-up by an index gives what a look at everything gives, and an index that is wrong or gone is made again.</summary>
public sealed class JournalIndexTests : IDisposable
{
    private const int Count = 500;

    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_look_up_gives_what_a_look_at_everything_gives()
    {
        Fill();
        Journal indexed = Indexed(), whole = _folder.Open(indexFrom: long.MaxValue);
        DateTime at = JournalLines.At;
        JournalQuery[] queries =
        [
            new(), new() { Service = JournalLines.Service }, new() { Service = "other" },
            new() { Id = "r17" }, new() { Id = "none" }, new() { IdPrefix = "R4" },
            new() { NameKey = JobName.Key("Shot 17") }, new() { NameKey = JobName.Key("käse 3") }, new() { NameKey = "NONE" },
            new() { NameKeyPrefix = JobName.Key("shot 1") }, new() { NameKeyPrefix = "" }, new() { NameKeyPrefix = "ZZZ" },
            new() { NameKeyPrefix = JobName.Key("KÄSE") },
            new() { JobId = "job-0017" }, new() { JobId = "JOB-0017" }, new() { JobIdPrefix = "JOB-001" }, new() { JobIdPrefix = "k" },
            new() { IsOpen = true }, new() { IsOpen = false }, new() { IsOpen = true, NameKey = JobName.Key("shot 20") },
            new() { After = at.AddMinutes(490) }, new() { Before = at.AddMinutes(7) },
            new() { After = at.AddMinutes(100), Before = at.AddMinutes(110) },
            new() { SavedPath = "/videos/17.mp4" }, new() { Sha256 = "00000017" }, new() { Sha256 = "ffff" },
        ];
        foreach (JournalQuery query in queries) Assert.Equal(Seen(whole.Jobs(query)), Seen(indexed.Jobs(query)));
        Assert.Equal(3, Directory.GetFiles(_folder.Path, "*" + JournalIndex.Extension).Length);

        IEnumerable<string?> newest = indexed.Jobs(new JournalQuery { Newest = 5 }).Select(job => job.Id);
        Assert.Equal(whole.Jobs(new JournalQuery()).OrderByDescending(job => job.SubmittedAt).Take(5).Select(job => job.Id), newest);
        Assert.Equal(whole.Jobs(new JournalQuery()).Count, indexed.Jobs(new JournalQuery { Newest = 10 * Count }).Count);
    }

    [Fact]
    public void Lines_written_after_the_index_are_included()
    {
        Fill();
        Journal journal = Indexed();
        Assert.Equal(LumaJobStatus.Running, journal.Get(JournalLines.Service, "r20")!.Status);
        _folder.Live("p");
        _folder.Write("p", [JournalLines.Status("r20", LumaJobStatus.Succeeded), JournalLines.Removed("r21"),
            JournalLines.Accepted("r22", "job-0022", "renamed")]);
        Assert.Equal(LumaJobStatus.Succeeded, journal.Get(JournalLines.Service, "r20")!.Status);
        Assert.DoesNotContain(journal.Jobs(new JournalQuery { IsOpen = true }), job => job.Id == "r20");
        Assert.Null(journal.Find(JournalLines.Service, "job-0021"));
        Assert.DoesNotContain(journal.Named(JournalLines.Service, "shot 21"), record => record.IsJob);
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("empty")]
    [InlineData("shortened")]
    [InlineData("of another segment")]
    [InlineData("of zeros")]
    [InlineData("with wrong numbers")]
    [InlineData("with a header of wrong numbers")]
    [InlineData("with a wrong checksum")]
    public void Wrong_or_missing_index_is_rebuilt(string how)
    {
        Fill();
        string[] expected = Seen(_folder.Open(indexFrom: long.MaxValue).Jobs(new JournalQuery()));
        _ = Indexed().Jobs(new JournalQuery { Id = "r1" });
        string[] indexes = [.. Directory.GetFiles(_folder.Path, "*" + JournalIndex.Extension).Order()];
        byte[] first = File.ReadAllBytes(indexes[0]);
        foreach (string index in indexes)
        {
            byte[] bytes = File.ReadAllBytes(index);
            if (how == "deleted") File.Delete(index);
            else if (how == "empty") File.WriteAllBytes(index, []);
            else if (how == "shortened") File.WriteAllBytes(index, bytes[..^1]);
            else if (how == "of another segment") File.WriteAllBytes(index, index == indexes[0] ? File.ReadAllBytes(indexes[1]) : first);
            else if (how == "of zeros")
            {
                File.WriteAllBytes(index, [.. bytes[..JournalIndex.HeaderSize], .. new byte[bytes.Length - JournalIndex.HeaderSize]]);
            }
            else if (how == "with a header of wrong numbers") File.WriteAllBytes(index, [.. bytes[..16], 1, .. bytes[17..]]);
            else if (how == "with a wrong checksum")
            {
                bytes[JournalIndex.HeaderSize] ^= 1;
                File.WriteAllBytes(index, bytes);
            }
            else
            {
                File.WriteAllBytes(
                    index,
                    [.. bytes[..JournalIndex.HeaderSize],
                        .. bytes[JournalIndex.HeaderSize..].Select((value, i) => (byte)(value ^ (i % 7 == 0 ? 0x55 : 0)))]);
            }
        }

        Journal journal = Indexed();
        Assert.Equal(expected, Seen(journal.Jobs(new JournalQuery())));
        Assert.Equal("job-0017", journal.Get(JournalLines.Service, "r17")?.JobId);
        Assert.Equal(first, File.ReadAllBytes(indexes[0]));
    }

    [Fact]
    public void A_look_up_reads_only_the_part_of_the_index_that_it_needs()
    {
        Fill();
        _ = Indexed().Get(JournalLines.Service, "r17");
        string[] indexes = Directory.GetFiles(_folder.Path, "*" + JournalIndex.Extension);
        foreach (string index in indexes)
        {
            byte[] bytes = File.ReadAllBytes(index);
            bytes[^1] ^= 1; // In the table of jobs that have not ended.
            File.WriteAllBytes(index, bytes);
        }

        byte[] damaged = File.ReadAllBytes(indexes[0]);
        Assert.Equal("job-0017", Indexed().Get(JournalLines.Service, "r17")?.JobId);
        Assert.Equal(damaged, File.ReadAllBytes(indexes[0]));
        Assert.Contains(Indexed().Jobs(new JournalQuery { IsOpen = true }), job => job.Id == "r20");
        Assert.NotEqual(damaged, File.ReadAllBytes(indexes[0]));
    }

    [Fact]
    public void A_folder_that_takes_no_file_is_read_without()
    {
        if (!OperatingSystem.IsLinux()) return;
        Fill();
        foreach (string path in _folder.Segments)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        const UnixFileMode Listable =
            UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute |
            UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_folder.Path, Listable);
        Unprivileged.Run(() => Assert.Equal("r17", Indexed().Find(JournalLines.Service, "job-0017")?.Id));
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*" + JournalIndex.Extension));
    }

    [Fact]
    public async Task A_compaction_makes_it_and_takes_the_old_ones_along()
    {
        Fill();
        for (int i = 0; i < JournalCompaction.Threshold; i++)
        {
            _folder.Write($"x{i}", Enumerable.Range(0, 200).SelectMany(number => Lines((1000 * i) + 1000 + number)));
        }

        Journal journal = Indexed();
        string[] expected = Seen(journal.Jobs(new JournalQuery()));
        Assert.NotEmpty(Directory.GetFiles(_folder.Path, "*" + JournalIndex.Extension));
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Equal(Path.ChangeExtension(Assert.Single(_folder.Segments), JournalIndex.Extension),
            Assert.Single(Directory.GetFiles(_folder.Path, "*" + JournalIndex.Extension)));
        Assert.Equal(expected, Seen(journal.Jobs(new JournalQuery())));
        Assert.Equal("r17", journal.Find(JournalLines.Service, "job-0017")?.Id);
        Assert.Equal("r17", _folder.Open().Find(JournalLines.Service, "job-0017")?.Id);
    }

    private static string[] Seen(IEnumerable<LumaJob> jobs) =>
        [.. jobs.Select(job => job.ToString() + "|" + (job with { Connection = null }).GetHashCode()
            .ToString(CultureInfo.InvariantCulture) + job.Status + job.Name).Order(StringComparer.Ordinal)];

    // Every kind of record: running, ended, failed, saved, removed, refused, unconfirmed, in other services, with odd names.
    private static IEnumerable<JournalLine> Lines(int number)
    {
        string id = $"r{number}", jobId = $"job-{number:0000}", name = number % 10 == 3 ? $"Ka\u0308se {number}" : $"shot {number}";
        DateTime at = JournalLines.At.AddMinutes(number);
        yield return JournalLines.Intent(id, number % 7 == 6 ? null : name, service: number % 50 == 49 ? "other" : JournalLines.Service)
            with { SubmittedAt = at };
        if (number % 11 == 10)
        {
            yield return JournalLines.Refused(id);
            yield break;
        }

        if (number % 13 == 12) yield break;
        yield return JournalLines.Accepted(id, jobId) with { SubmittedAt = at };
        if (number % 20 != 0)
        {
            yield return JournalLines.Status(id, number % 9 == 8 ? LumaJobStatus.Failed : LumaJobStatus.Succeeded, "done");
        }
        else yield return JournalLines.Status(id, LumaJobStatus.Running);
        if (number % 3 == 2)
        {
            yield return JournalLines.Saved(id, $"/videos/{number}.mp4") with { Sha256 = number.ToString("x8", CultureInfo.InvariantCulture)
                .ToUpperInvariant().Replace("00000011", "00000017", StringComparison.Ordinal) };
        }

        if (number % 17 == 16) yield return JournalLines.Removed(id);
    }

    // In three segments, so that some records lie in two of them.
    private void Fill()
    {
        JournalLine[] lines = [.. Enumerable.Range(0, Count).SelectMany(Lines)];
        for (int part = 0; part < 3; part++)
        {
            _folder.Write($"part{part}", lines[(part * lines.Length / 3)..((part + 1) * lines.Length / 3)]);
        }
    }

    private Journal Indexed() => _folder.Open(indexFrom: 1);
}
