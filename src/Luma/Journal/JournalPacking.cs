namespace Luma;

/// <summary>
/// A job that has ended, as one line instead of three or four; unpacked it is the same lines again, so that it merges as they do.
/// </summary>
internal static class JournalPacking
{
    /// <summary>The lines in one; null where one cannot tell all that they do.</summary>
    /// <param name="lines">The lines of one record: an intent, what was accepted, its end, and what was saved of it.</param>
    public static JournalLine? Pack(IReadOnlyList<JournalLine> lines)
    {
        if (lines is not [{ Event: JournalEvents.Intent } intent, { Event: JournalEvents.Accepted } accepted,
            { Event: JournalEvents.Status } status, ..] || lines.Count > 4)
        {
            return null;
        }

        if (!JobStatusInfo.Of(status.Status).HasEnded) return null; // It will change, and then its lines are needed one by one.
        JournalLine? saved = lines.Count == 4 ? lines[3] : null;
        JournalLine packed = intent with
        {
            Version = JournalLine.PackedVersion,
            Event = JournalEvents.Job,
            JobId = accepted.JobId,
            Status = status.Status,
            Message = status.Message,
            VideoUrl = status.VideoUrl,
            Width = status.Width,
            Height = status.Height,
            Quota = status.Quota,
            CompletedAt = status.CompletedAt,
            StatusAt = status.At,
            Path = saved?.Path,
            Length = saved?.Length,
            Sha256 = saved?.Sha256,
            SavedAt = saved?.At,
        };
        return Unpack(packed).SequenceEqual(lines) ? packed : null;
    }

    /// <summary>The lines of which it was made; any other line is itself.</summary>
    public static IReadOnlyList<JournalLine> Unpack(JournalLine line)
    {
        if (line.Event != JournalEvents.Job) return [line];
        JournalLine intent = line with
        {
            Version = 1,
            Event = JournalEvents.Intent,
            JobId = null,
            Status = null,
            Message = null,
            VideoUrl = null,
            Width = null,
            Height = null,
            Quota = null,
            CompletedAt = null,
            StatusAt = null,
            Path = null,
            Length = null,
            Sha256 = null,
            SavedAt = null,
        };
        var accepted = new JournalLine { Event = JournalEvents.Accepted, Id = line.Id, At = line.At, JobId = line.JobId, Name = line.Name,
            SubmittedAt = line.SubmittedAt };
        var status = new JournalLine
        {
            Event = JournalEvents.Status,
            Id = line.Id,
            At = line.StatusAt ?? line.At,
            Status = line.Status,
            Message = line.Message,
            VideoUrl = line.VideoUrl,
            Width = line.Width,
            Height = line.Height,
            Quota = line.Quota,
            CompletedAt = line.CompletedAt,
        };
        if (line.SavedAt is not { } savedAt) return [intent, accepted, status];
        return [intent, accepted, status, new JournalLine
            { Event = JournalEvents.Saved, Id = line.Id, At = savedAt, Path = line.Path, Length = line.Length, Sha256 = line.Sha256 }];
    }
}
