namespace Luma;

/// <summary>What one writer has told of one record: its lines, in the order in which it wrote them.</summary>
/// <param name="Id">The record's <see cref="LumaJob.Id"/>, the same in all its lines.</param>
/// <param name="Lines">The lines; at least one.</param>
/// <param name="IsWriterAlive">Whether the writer may still write, and its open submits may still be on their way. False only when it is
/// certain that it is gone.</param>
/// <param name="IsOwn">Whether this process is the writer, through this store.</param>
internal sealed record JournalPart(string Id, IReadOnlyList<JournalLine> Lines, bool IsWriterAlive, bool IsOwn)
{
    /// <summary>The lines put together.</summary>
    public JournalRecord ToRecord()
    {
        JournalRecord record = Lines.Aggregate(new JournalRecord(Id), (known, line) => known.With(line));
        return record with { IsOrphaned = !IsWriterAlive, IsOwn = IsOwn && record.Intent is not null };
    }
}
