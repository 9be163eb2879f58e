namespace Luma;

/// <summary>What became of the jobs of an imported journal.</summary>
/// <param name="Imported">How many jobs are new here, or have something new.</param>
/// <param name="Known">How many were here already.</param>
/// <param name="Skipped">How many lines could not be read.</param>
/// <param name="Conflicts">The jobs whose name stands for another one here; they are here without their name.</param>
internal sealed record JournalImport(
    int Imported, int Known, int Skipped, IReadOnlyList<(JournalRecord Record, JournalRecord Other)> Conflicts)
{
    /// <summary>The records of jobs in an exported journal, or in a segment of one.</summary>
    public static (List<JournalRecord> Records, int Skipped) Read(Stream stream)
    {
        var records = new Dictionary<string, JournalRecord>();
        int skipped = 0;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } text)
        {
            if (string.IsNullOrWhiteSpace(text)) continue;
            if (JournalJson.Read(System.Text.Encoding.UTF8.GetBytes(text)) is not { } read)
            {
                skipped++;
                continue;
            }

            // Whoever wrote it is elsewhere, and nobody here will tell its end.
            JournalRecord record = records.GetValueOrDefault(read.Id!) ?? new JournalRecord(read.Id!) { IsOrphaned = true };
            records[read.Id!] = JournalPacking.Unpack(read).Aggregate(record, (known, line) => known.With(line));
        }

        return ([.. records.Values.Where(record => record is { IsJob: true, Intent.Service: not null })
            .Select(record => record with { IsWaiting = false })], skipped);
    }
}
