using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>
/// Whatever the segments hold, and in whatever order they are read: nothing fails, nothing whole is lost, and all readers agree.
/// </summary>
public sealed class JournalProperties(ITestOutputHelper output) : PropertyTest(output)
{
    private const int Writers = 4;
    private static readonly string[] _ids = ["00000000000000a1", "00000000000000a2", "00000000000000a3"];

    [Fact]
    public void Any_bytes_are_skipped_and_complete_lines_among_them_are_read() =>
        Holds(from bytes in AnySegment.ArrayOf(3) from isDead in Gen.Elements(true, false) select (bytes, isDead), input =>
        {
            using var folder = new JournalFolder();
            for (int i = 0; i < input.bytes.Length; i++)
            {
                folder.Write($"s{i}", [.. input.bytes[i], (byte)'\n', .. JournalJson.Write(JournalLines.Intent($"f{i}", "mine")),
                    .. JournalJson.Write(JournalLines.Accepted($"f{i}", $"j{i}")), .. input.bytes[i]]);
                if (!input.isDead) folder.Live($"s{i}");
            }

            Journal journal = folder.Open();
            for (int i = 0; i < input.bytes.Length; i++)
            {
                Assert.Equal($"f{i}", journal.Find(JournalLines.Service, $"j{i}")?.Id);
            }

            Assert.Equal(input.bytes.Length, journal.Named(JournalLines.Service, "MINE").Count);
            Assert.True(journal.Jobs(JournalLines.Service).Count >= input.bytes.Length);
            Assert.InRange(journal.SkippedLines, 0, input.bytes.Sum(bytes => 2 * (bytes.Count(b => b == '\n') + 1)));
            foreach (LumaJob job in journal.Jobs(JournalLines.Service)) Assert.NotNull(journal.Named(JournalLines.Service, job.Name ?? ""));
        });

    [Fact]
    public void The_order_of_segments_does_not_matter() =>
        Holds(from lines in Gen.OneOf(History, AnyLines) from order in Gen.Shuffle(Enumerable.Range(0, Writers).ToArray()) from dead in Gen
            .Elements(true, false).ArrayOf(Writers) from cut in Gen.Choose(0, Writers) select (lines, order, dead, cut), input =>
        {
            foreach (string id in _ids)
            {
                JournalRecord[] parts = Parts(input.lines, id, input.dead);
                if (parts.Length == 0) continue;
                JournalRecord[] shuffled = [.. input.order.Where(i => i < parts.Length).Select(i => parts[i])];
                object expected = Seen(parts.Aggregate((a, b) => a.With(b)));
                Assert.Equal(expected, Seen(shuffled.Aggregate((a, b) => a.With(b))));

                // In other groups, and each of them twice.
                int cut = Math.Clamp(input.cut, 1, parts.Length);
                JournalRecord first = shuffled[..cut].Aggregate((a, b) => a.With(b));
                JournalRecord grouped = cut < parts.Length ? shuffled[cut..].Aggregate((a, b) => a.With(b)).With(first) : first;
                Assert.Equal(expected, Seen(grouped));
                Assert.Equal(expected, Seen(grouped.With(grouped)));
                Assert.Equal(expected, Seen(shuffled.Concat(parts).Aggregate((a, b) => a.With(b))));
            }
        });

    [Fact]
    public void What_has_ended_stays_so_and_what_was_removed_is_gone() =>
        Holds(from lines in History from names in Gen.Shuffle(Enumerable.Range(0, Writers).ToArray())
            from living in Gen.Elements(true, false).ArrayOf(Writers) select (lines, names, living), input =>
        {
            using var folder = new JournalFolder();
            Write(folder, input.lines, input.names, input.living);
            IReadOnlyList<LumaJob> jobs = folder.Open().Jobs(JournalLines.Service);
            foreach (string id in _ids)
            {
                JournalLine[] mine = [.. input.lines.Where(line => line.Line.Id == id).Select(line => line.Line)];
                bool Has(Func<JournalLine, bool> match) => mine.Any(match);
                LumaJob? job = jobs.SingleOrDefault(job => job.Id == id);
                if (Has(line => line.Event == JournalEvents.Removed))
                {
                    Assert.Null(job);
                    continue;
                }

                int owner = input.lines.FirstOrDefault(line => line.Line.Id == id && line.Line.Event == JournalEvents.Intent).Writer;
                JournalLine? last =
                    mine.LastOrDefault(line => line.Event is JournalEvents.Intent or JournalEvents.Refused or JournalEvents.Unsent);
                bool isHere = Has(line => line.Event == JournalEvents.Intent);
                bool isUnconfirmed = Has(line => line.Status == LumaJobStatus.Unconfirmed);
                bool isLiving = input.living[owner];
                string? expected = !isHere ? null
                    : Has(line => line.Event == JournalEvents.Accepted)
                        ? new[] { LumaJobStatus.Succeeded, LumaJobStatus.Failed, LumaJobStatus.Running }.FirstOrDefault(
                            status => Has(line => line.Status == status)) ?? LumaJobStatus.Pending
                    : isUnconfirmed ? LumaJobStatus.Unconfirmed
                    : last!.Event == JournalEvents.Intent
                        && last.Waiting != true ? (isLiving ? LumaJobStatus.Pending : LumaJobStatus.Unconfirmed)
                    : last.Waiting == true && isLiving ? LumaJobStatus.Pending
                    : null;
                Assert.Equal(expected, job?.Status);
            }
        });

    [Fact]
    public void Compaction_changes_nothing() =>
        Holds(from lines in History from names in Gen.Shuffle(Enumerable.Range(0, Writers).ToArray())
            from living in Gen.Choose(0, 5).Select(choice => choice == 0).ArrayOf(Writers) select (lines, names, living), input =>
        {
            using var folder = new JournalFolder();
            Write(folder, input.lines, input.names, input.living);
            for (int i = 0; i < JournalCompaction.Threshold; i++)
            {
                folder.Write($"x{i}", [JournalLines.Intent($"b{i}", "other"), JournalLines.Accepted($"b{i}", $"k{i}")]);
            }

            Journal before = folder.Open();
            object expected = Seen(before);
            JournalCompaction.RunAsync(folder.Path).GetAwaiter().GetResult();
            Assert.Equal(1 + input.living.Count(isLiving => isLiving), folder.Segments.Count());
            Assert.Equal(expected, Seen(folder.Open()));
            Assert.Equal(expected, Seen(before));
        });

    [Fact]
    public void Segment_truncated_anywhere_keeps_its_complete_lines() =>
        Holds(from lines in Gen.OneOf(History, AnyLines) from at in Gen.Choose(0, 1_000_000)
            select (lines: lines.Select(line => line.Line).ToArray(), at), input =>
        {
            byte[] bytes = [.. input.lines.SelectMany(JournalJson.Write)];
            int cut = bytes.Length == 0 ? 0 : input.at % (bytes.Length + 1);
            using var folder = new JournalFolder();
            string path = folder.Write("torn", bytes[..cut]);
            object expected = Whole(input.lines, cut, out bool isTorn);

            // Of a dead process: the rest of a line is no line.
            var dead = new JournalSegment(path);
            dead.Read(isOwn: false);
            Assert.Equal(expected, Seen(dead));
            Assert.Equal(isTorn ? 1 : 0, dead.Skipped);

            // Of a living one: the rest is still to come.
            var living = new JournalSegment(path);
            living.Read(isOwn: true);
            using (var file = new FileStream(path, FileMode.Append)) file.Write(bytes.AsSpan(cut));
            living.Read(isOwn: true);
            Assert.Equal(Whole(input.lines, bytes.Length, out _), Seen(living));
            Assert.Equal(0, living.Skipped);
        });

    [Fact]
    public void Segment_truncated_at_every_byte_keeps_its_complete_lines()
    {
        JournalLine[] lines = [JournalLines.Intent("a", "日本語 \"x\"\n", "👩‍👩‍👧 \\"), JournalLines.Accepted("a", "j"),
            JournalLines.Status("a", LumaJobStatus.Succeeded, "ok", "https://x.example/?a=b&c"), JournalLines.Saved("a", "/v/ä.mp4")];
        byte[] bytes = [.. lines.SelectMany(JournalJson.Write)];
        using var folder = new JournalFolder();
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var segment = new JournalSegment(folder.Write("torn", bytes[..cut]));
            segment.Read(isOwn: false);
            Assert.Equal(Whole(lines, cut, out bool isTorn), Seen(segment));
            Assert.Equal(isTorn ? 1 : 0, segment.Skipped);
        }
    }

    // Jobs as they come about: one process has the intent, and any may tell more.
    private static Gen<(int Writer, JournalLine Line)[]> History =>
        from jobs in _ids.Select(Job).Aggregate(Gen.Constant(Array.Empty<(int Writer, JournalLine Line)[]>()),
            (all, job) => from before in all from one in job select ((int Writer, JournalLine Line)[][])[.. before, one])
        from dice in Gen.Choose(0, 2).ArrayOf(64)
        select Interleaved(jobs, dice);

    private static Gen<(int Writer, JournalLine Line)[]> Job(string id) =>
        from owner in Gen.Choose(0, Writers - 1)
        from name in Gen.Elements<string?>(null, "shot", "Shot", "other")
        from isReserved in Gen.Elements(true, false)
        from attempts in Gen.Choose(0, 2)
        from end in Gen.Choose(0, 6)
        from later in Later(id).ListOf(5)
        from at in Any.Time.ArrayOf(24)
        select Dated([
            .. isReserved ? new[] { (owner, JournalLines.Intent(id, name, waiting: true)) } : [],
            .. Enumerable.Range(0, attempts)
                .SelectMany(_ => new[] { (owner, JournalLines.Intent(id, name)), (owner, JournalLines.Refused(id, waiting: true)) }),
            .. end switch
            {
                0 => isReserved || attempts > 0
                    ? Array.Empty<(int, JournalLine)>() : [(owner, JournalLines.Intent(id, name, waiting: true))],
                1 => [(owner, JournalLines.Intent(id, name))],
                2 => [(owner, JournalLines.Intent(id, name)), (owner, JournalLines.Refused(id))],
                3 => [(owner, JournalLines.Intent(id, name)), (owner, JournalLines.Unsent(id))],
                4 => [(owner, JournalLines.Intent(id, name)), (owner, JournalLines.Status(id, LumaJobStatus.Unconfirmed, "no answer"))],
                _ => [(owner, JournalLines.Intent(id, name)), (owner, JournalLines.Accepted(id, "job-" + id)), .. later],
            },
        ], at);

    private static Gen<(int Writer, JournalLine Line)> Later(string id) =>
        from writer in Gen.Choose(0, Writers - 1)
        from kind in Gen.Choose(0, 11)
        from status in Gen.Elements(LumaJobStatus.Pending, LumaJobStatus.Running, LumaJobStatus.Succeeded, LumaJobStatus.Failed)
        from text in Any.MaybeText
        from number in Gen.Elements<int?>(null, 1, 2, 3)
        select (writer, kind switch
        {
            0 => JournalLines.Removed(id),
            1 or 2 => JournalLines.Saved(id, "/videos/" + text),
            3 => JournalLines.Accepted(id, "job-" + id),
            _ => JournalLines.Status(id, status, text, number is { } link ? $"https://x.example/{link}" : null)
                with { Width = number, Quota = number * 12.5m },
        });

    // Lines that no process of ours would write.
    private static Gen<(int Writer, JournalLine Line)[]> AnyLines =>
        (from writer in Gen.Choose(0, Writers - 1)
         from id in Gen.Elements(_ids)
         from what in Gen.Elements(JournalEvents.Intent, JournalEvents.Accepted, JournalEvents.Refused, JournalEvents.Unsent,
             JournalEvents.Status, JournalEvents.Saved, JournalEvents.Removed, "later")
         from texts in Any.MaybeText.ArrayOf(8)
         from status in Gen.Elements(null, "", "New", LumaJobStatus.Pending, LumaJobStatus.Running, LumaJobStatus.Succeeded,
             LumaJobStatus.Failed, LumaJobStatus.Unconfirmed)
         from isSo in Any.MaybeBool.ArrayOf(3)
         from at in Any.Time.ArrayOf(3)
         from number in Gen.Elements<int?>(null, 1, 2, 3)
         select (writer, new JournalLine
         {
             Event = what, Id = id, At = at[0], Service = JournalLines.Service, JobId = texts[0], Name = texts[1],
             Status = status, Message = texts[3], VideoUrl = texts[4], Error = texts[5], Path = texts[6],
             Sha256 = texts[7], Length = number, Width = number, Height = number, Quota = number, Waiting = isSo[0], Adopted = isSo[1],
             Request = new() { Prompt = texts[2], Loop = isSo[2] }, SubmittedAt = at[1], CompletedAt = at[2],
         })).ListOf(8).Select(lines => lines.ToArray());

    private static Gen<byte[]> AnySegment => Gen.OneOf(
        Any.Bytes.Select(bytes => bytes),
        Any.Bytes.ListOf(3).Select(parts => parts.SelectMany(part => (byte[])[.. part, (byte)'\n']).ToArray()),
        Any.Mutated(AnyLines.Select(lines => lines.SelectMany(line => JournalJson.Write(line.Line)).ToArray())),
        from json in Any.Json from name in Gen.Elements("at", "submittedAt", "loop", "width", "quota", "v", "name", "status")
            select Encoding.UTF8.GetBytes(
            $$"""{"v":1,"event":"intent","id":"q","service":"{{JournalLines.Service}}","{{name}}":{{json}}}"""));

    private static (int Writer, JournalLine Line)[] Dated((int Writer, JournalLine Line)[] lines, DateTime[] at) =>
        [.. lines.Select((line, i) => (line.Writer, line.Line with { At = DateTime.SpecifyKind(at[i % at.Length], DateTimeKind.Utc) }))];

    private static (int Writer, JournalLine Line)[] Interleaved((int Writer, JournalLine Line)[][] jobs, int[] dice)
    {
        var queues = jobs.Select(job => new Queue<(int, JournalLine)>(job)).ToList();
        var all = new List<(int, JournalLine)>();
        for (int i = 0; queues.Exists(queue => queue.Count > 0); i++)
        {
            var open = queues.Where(queue => queue.Count > 0).ToList();
            all.Add(open[dice[i % dice.Length] % open.Count].Dequeue());
        }

        return [.. all];
    }

    private static void Write(JournalFolder folder, (int Writer, JournalLine Line)[] lines, int[] names, bool[] living)
    {
        for (int writer = 0; writer < Writers; writer++)
        {
            string name = $"s{names[writer]}";
            folder.Write(name, lines.Where(line => line.Writer == writer).Select(line => line.Line));
            if (living[writer]) folder.Live(name);
        }
    }

    private static JournalRecord[] Parts((int Writer, JournalLine Line)[] lines, string id, bool[] dead) =>
        [.. lines.Where(line => line.Line.Id == id).GroupBy(line => line.Writer).OrderBy(group => group.Key)
            .Select(group => Fold(id, group.Select(line => line.Line)) with { IsOrphaned = dead[group.Key] })];

    private static JournalRecord Fold(string id, IEnumerable<JournalLine> lines) =>
        lines.Select(line => JournalJson.Read(JournalJson.Write(line).AsSpan()[..^1])!)
            .Aggregate(new JournalRecord(id), (record, line) => record.With(line));

    private static object Seen(JournalRecord record) =>
        (record.IsJob, record.IsRemoved, record.IsInFlight, record.ToJob(), record.Saved?.Sha256, record.Saved?.Length);

    private static object[] Seen(JournalSegment segment) =>
        segment.Ids.Order().Select(id => (object)Seen(segment.Part(id)!.ToRecord() with { IsOrphaned = false })).ToArray();

    private static object[] Seen(Journal journal) =>
        journal.Jobs(JournalLines.Service)
            .OrderBy(job => job.Id)
            .Select(job => (object)(
                job,
                journal.Saved(job.Id!),
                journal.Find(JournalLines.Service, job.JobId ?? "")?.Id,
                string.Join(
                    ' ', journal.Named(JournalLines.Service, job.Name ?? "").Where(record => record.IsJob).Select(record => record.Id))))
            .ToArray();

    private static object[] Whole(JournalLine[] lines, int cut, out bool isTorn)
    {
        var whole = new List<JournalLine>();
        int end = 0;
        foreach (JournalLine line in lines)
        {
            int length = JournalJson.Write(line).Length;
            if (end + length - 1 > cut) break;
            whole.Add(line);
            end = Math.Min(end + length, cut);
        }

        isTorn = end < cut;
        return whole.GroupBy(line => line.Id!).OrderBy(group => group.Key).Select(group => (object)Seen(Fold(group.Key, group))).ToArray();
    }
}
