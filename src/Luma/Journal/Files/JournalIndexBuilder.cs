namespace Luma;

/// <summary>Gathers what an index tells, line by line.</summary>
internal sealed class JournalIndexBuilder
{
    private readonly Dictionary<string, Entry> _records = [];
    private readonly List<string> _order = [];
    private int _skipped;

    public void Add(long offset, ReadOnlySpan<byte> text)
    {
        if (JournalJson.Read(text) is not { } line)
        {
            _skipped++;
            return;
        }

        if (!_records.TryGetValue(line.Id!, out Entry? entry))
        {
            _records[line.Id!] = entry = new Entry(line.Id!);
            _order.Add(line.Id!);
        }

        entry.Add(offset, text.Length, line);
    }

    /// <summary>The index as it is written.</summary>
    /// <param name="segmentLength">How long the segment is, in bytes.</param>
    public byte[] ToBytes(long segmentLength)
    {
        var lines = new List<(long Offset, int Length, int Record)>();
        var firstLines = new List<int>();
        var ids = new List<(ulong Key, int Record)>();
        var keys = new List<(ulong Key, int Record)>();
        var names = new List<(string Key, int Line)>();
        var jobIds = new List<(string Key, int Line)>();
        var times = new List<(ulong Key, int Record)>();
        var open = new List<int>();
        for (int record = 0; record < _order.Count; record++)
        {
            Entry entry = _records[_order[record]];
            firstLines.Add(lines.Count);
            foreach ((long offset, int length, string? nameKey, string? jobId) in entry.Lines)
            {
                if (nameKey is not null) names.Add((nameKey, lines.Count));
                if (jobId is not null) jobIds.Add((jobId, lines.Count));
                lines.Add((offset, length, record));
            }

            ids.Add((JournalIndex.Hash('i', _order[record]), record));
            foreach (ulong key in entry.Keys) keys.Add((key, record));
            if (entry.Record is { IsJob: true, SubmittedAt: { } at }) times.Add(((ulong)at.Ticks, record));
            if (entry.IsOpen) open.Add(record);
        }

        firstLines.Add(lines.Count);
        ids.Sort();
        keys.Sort();
        times.Sort();
        names.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        jobIds.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));

        var index = new JournalIndex
        {
            SegmentLength = segmentLength,
            Skipped = _skipped,
            Lines = lines.Count,
            Records = _order.Count,
            Keys = keys.Count,
            Names = names.Count,
            JobIds = jobIds.Count,
            Times = times.Count,
            Open = open.Count,
        };
        using var tables = new MemoryStream((int)index.TablesLength);
        using var writer = new BinaryWriter(tables);
        foreach ((long offset, int length, int record) in lines)
        {
            writer.Write(offset);
            writer.Write(length);
            writer.Write(record);
        }

        foreach (int line in firstLines) writer.Write(line);
        Write(writer, ids);
        Write(writer, keys);
        foreach ((_, int line) in names) writer.Write(line);
        foreach ((_, int line) in jobIds) writer.Write(line);
        Write(writer, times);
        foreach (int record in open) writer.Write(record);
        writer.Flush();
        return index.ToBytes(tables.GetBuffer().AsSpan(0, (int)tables.Length));
    }

    private static void Write(BinaryWriter writer, List<(ulong Key, int Record)> table)
    {
        foreach ((ulong key, int record) in table)
        {
            writer.Write(key);
            writer.Write(record);
        }
    }

    private sealed class Entry(string id)
    {
        public List<(long Offset, int Length, string? NameKey, string? JobId)> Lines { get; } = new(1);

        public HashSet<ulong> Keys { get; } = [];

        // What this segment tells of it. Its process is gone.
        public JournalRecord Record { get; private set; } = new(id) { IsOrphaned = true };

        // Unless it says the end itself: another segment may have the beginning.
        public bool IsOpen => Record is { IsRemoved: false } record
            && (record.JobId is not null || record.IsOpen || record.State is not null)
            && !(record.State?.Status is { } status && JobStatusInfo.Of(status).HasEnded);

        public void Add(long offset, int length, JournalLine line)
        {
            string? nameKey = line.Name is null ? null : JobName.Key(line.Name), jobId = line.JobId?.ToUpperInvariant();
            Lines.Add((offset, length, nameKey, jobId));
            if (nameKey is not null) Keys.Add(JournalIndex.Hash('n', nameKey));
            if (jobId is not null) Keys.Add(JournalIndex.Hash('j', jobId));
            if (line.Path is not null) Keys.Add(JournalIndex.Hash('p', line.Path));
            if (line.Sha256 is not null) Keys.Add(JournalIndex.Hash('s', line.Sha256));
            foreach (JournalLine part in JournalPacking.Unpack(line)) Record = Record.With(part);
        }
    }
}
