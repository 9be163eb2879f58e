namespace Luma;

/// <summary>Finds the job of a video that lies in a folder.</summary>
public static class SavedVideo
{
    /// <summary>
    /// The job of a video: as the journal has it, by the path it was saved to, by its metadata or by its bytes; else as the
    /// metadata next to it tell; null where nobody knows it.
    /// </summary>
    /// <param name="journal">Where jobs are known; null: only the metadata count.</param>
    /// <param name="video">The video.</param>
    /// <returns>The job, with the video's path as its <see cref="LumaJob.SavedPath"/>.</returns>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    /// <exception cref="IOException">The video cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The video may not be read.</exception>
    public static LumaJob? JobOf(Journal? journal, FileInfo video)
    {
        ArgumentNullException.ThrowIfNull(video);
        LumaJob? job = Saved(journal, video) ?? Described(journal, video) ?? SameBytes(journal, video);
        return job is null ? null : job with { SavedPath = video.FullName };
    }

    // Where several jobs were saved to one path, the last one lies there; a file of another length is none of theirs.
    private static LumaJob? Saved(Journal? journal, FileInfo video) => journal?
        .Jobs(new JournalQuery { SavedPath = video.FullName })
        .Where(job => journal.Saved(job.Id!) is { } saved && saved.Length == video.Length)
        .MaxBy(job => job.CompletedAt ?? DateTime.MinValue);

    // The journal knows more than the metadata, such as the record's own id.
    private static LumaJob? Described(Journal? journal, FileInfo video) =>
        VideoMetadata.Read(video.FullName) is { } metadata
            ? journal?.Find(metadata.Job.Service ?? LumaDefaults.BaseUri.Host, metadata.Job.JobId!) ?? metadata.ToJob(video.FullName)
            : null;

    private static LumaJob? SameBytes(Journal? journal, FileInfo video) =>
        journal?.Jobs(new JournalQuery { Sha256 = VideoPlacement.HashOf(video) }) is [{ } job, ..] ? job : null;
}
