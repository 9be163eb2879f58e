namespace Luma;

/// <summary>
/// What the status lines of a job say together: each member as the strongest line that has it tells it. A state that has
/// ended is stronger than one that has not, whatever was written when; of two lines with one state the later is stronger.
/// Merging gives the same in any order and any grouping, so that all readers agree, before a compaction and after it.
/// </summary>
internal sealed class JournalState
{
    // From weak to strong; a line that tells nothing which a stronger one does not is left out.
    private readonly IReadOnlyList<JournalLine> _lines;

    private JournalState(IReadOnlyList<JournalLine> lines) => _lines = lines;

    /// <summary>The lines that say all this, in the order in which to write them.</summary>
    public IReadOnlyList<JournalLine> Lines => _lines;

    public string? Status => _lines[^1].Status;

    /// <summary>What was said of this state, not of one before it.</summary>
    public string? Message => _lines.LastOrDefault(line => line.Status == Status && line.Message is not null)?.Message;

    public string? VideoUrl => _lines.LastOrDefault(line => line.VideoUrl is not null)?.VideoUrl;

    public int? Width => _lines.LastOrDefault(line => line.Width is not null)?.Width;

    public int? Height => _lines.LastOrDefault(line => line.Height is not null)?.Height;

    public decimal? Quota => _lines.LastOrDefault(line => line.Quota is not null)?.Quota;

    public DateTime? CompletedAt => _lines.LastOrDefault(line => line.CompletedAt is not null)?.CompletedAt;

    /// <summary>Adds the next line of the same segment: of one state it is the later one, whatever the clock says.</summary>
    public static JournalState Add(JournalState? state, JournalLine line)
    {
        if (state is null) return new JournalState([line]);
        DateTime latest = state._lines.Where(known => Rank(known) == Rank(line)).Select(known => known.At).DefaultIfEmpty(line.At).Max();
        if (line.At < latest) line = line with { At = latest };
        if (state._lines.FirstOrDefault(known => Rank(known) == Rank(line) && known.At == line.At) is not { } same)
        {
            return Of([.. state._lines, line]);
        }

        line = line with
        {
            Message = line.Message ?? (line.Status == same.Status ? same.Message : null),
            VideoUrl = line.VideoUrl ?? same.VideoUrl,
            Width = line.Width ?? same.Width,
            Height = line.Height ?? same.Height,
            Quota = line.Quota ?? same.Quota,
            CompletedAt = line.CompletedAt ?? same.CompletedAt,
        };
        return Of([.. state._lines.Where(known => known != same), line]);
    }

    /// <summary>Adds what another segment says.</summary>
    public static JournalState? Merge(JournalState? a, JournalState? b) => a is null || b is null ? a ?? b : Of(a._lines.Union(b._lines));

    private static JournalState Of(IEnumerable<JournalLine> lines)
    {
        var kept = new List<JournalLine>();
        JournalState? stronger = null;
        foreach (JournalLine line in lines.Order(Comparer<JournalLine>.Create(Compare)).Reverse())
        {
            bool tellsMore = stronger is null
                || (line.Message is not null && line.Status == stronger.Status && stronger.Message is null)
                || (line.VideoUrl is not null && stronger.VideoUrl is null)
                || (line.Width is not null && stronger.Width is null)
                || (line.Height is not null && stronger.Height is null)
                || (line.Quota is not null && stronger.Quota is null)
                || (line.CompletedAt is not null && stronger.CompletedAt is null);
            if (!tellsMore) continue;
            kept.Insert(0, line);
            stronger = new JournalState([.. kept]);
        }

        return stronger!;
    }

    private static int Compare(JournalLine a, JournalLine b)
    {
        int order = Rank(a).CompareTo(Rank(b));
        if (order == 0) order = a.At.CompareTo(b.At);
        return order != 0 ? order : JournalJson.Compare(a, b);
    }

    private static int Rank(JournalLine line) => JobStatusInfo.RankOf(line.Status);
}
