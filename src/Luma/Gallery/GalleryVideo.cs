namespace Luma;

/// <summary>A saved video, and the job that made it where that is known.</summary>
/// <param name="File">The file.</param>
/// <param name="Job">The job, as the journal or the metadata next to the file have it; null: nobody knows the file.</param>
public sealed record GalleryVideo(FileInfo File, LumaJob? Job)
{
    /// <summary>The jobId: the job's, else the one in the file's name.</summary>
    public string? JobId => Job?.JobId ?? JobIdsInName.Of(File.Name).LastOrDefault();

    /// <summary>When the video was asked for; where nobody knows, when the file was last written. In local time.</summary>
    public DateTime Time => Job?.SubmittedAt ?? Job?.CompletedAt ?? File.LastWriteTime;
}
