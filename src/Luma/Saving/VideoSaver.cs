namespace Luma;

/// <summary>
/// Saves a job's video: streamed to a part file next to the target, resumed where it was cut, checked, and only then
/// given its name. A file appears under its final name only when it is complete.
/// </summary>
/// <remarks>
/// <see cref="VideoSource"/> has the link, <see cref="VideoTransfer"/> makes an attempt, <see cref="VideoDownload"/> repeats
/// it, <see cref="VideoPlacement"/> names and records the file.
/// </remarks>
/// <param name="client">Asks for a fresh link when one has died, and downloads.</param>
public sealed class VideoSaver(LumaClient client)
{
    /// <summary>The most bytes a video may have, unless told otherwise: 4 GiB.</summary>
    public const long DefaultMaximumSize = 4L << 30;

    private readonly VideoPlacement _placement = new(client.Journal);

    /// <summary>The most bytes a video may have. A larger one is not downloaded, or cut where nothing tells its length.</summary>
    public long MaximumSize { get; init; } = DefaultMaximumSize;

    /// <summary>
    /// Whether what the video is is written into a JSON file next to it (<see cref="VideoMetadata"/>), before the video gets its
    /// name.
    /// </summary>
    public bool WritesMetadata { get; init; }

    /// <summary>How long a download may go without useful progress before it is cut and resumed.</summary>
    internal TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait before the first repetition; it doubles with each, up to half a minute.</summary>
    internal TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Saves the video of a job that has succeeded.</summary>
    /// <param name="job">The job.</param>
    /// <param name="target">The file, as a full path. Its folder is made if it does not exist.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <param name="progress">Where to tell how far it is.</param>
    /// <param name="cancellationToken">Stops it; what is there stays for a later call, which resumes.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaFileExists"/>, <see cref="LumaErrorId.LumaNoVideo"/>, <see
    /// cref="LumaErrorId.LumaDownloadFailed"/>, or why the service could not be asked for the link.</exception>
    public async Task<FileInfo> SaveAsync(
        LumaJob job, string target, bool overwrite = false, SaveProgress? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!overwrite && File.Exists(target)) return await TakeNamedAsync(job, target, cancellationToken);
        if (!overwrite && WritesMetadata && VideoMetadata.IsNameTaken(target)) throw SaveErrors.MetadataNameTaken(job, target);
        var source = new VideoSource(client, job);
        try
        {
            SaveTarget.Check(target, overwrite);
            await source.PrepareAsync(cancellationToken);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using PartFile part = PartFile.Open(target, VideoPlacement.FileId(job));

            // Who had the part until now may have given the video its name.
            if (!overwrite && File.Exists(target)) return await TakeNamedAsync(job, target, cancellationToken);
            var transfer = new VideoTransfer(client, part, new TransferLimits(MaximumSize, StallTimeout), progress ?? new SaveProgress());
            await new VideoDownload(source, transfer, part, client.Connection, FirstWait).RunAsync(cancellationToken);
            string sha256 = await part.FinishAsync(cancellationToken);
            return await _placement.PlaceAsync(source.Job, part, target, sha256, overwrite, WritesMetadata);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException
            or ArgumentException)
        {
            throw SaveErrors.Unwritable(job, target, exception);
        }
    }

    /// <summary>
    /// The file of a job's video, if the journal knows it as this job's: it lies where it was last saved, or it was saved or
    /// moved elsewhere and has the same bytes.
    /// </summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public FileInfo? FindSaved(LumaJob job, string target)
    {
        ArgumentNullException.ThrowIfNull(job);
        return _placement.FindSaved(job, target);
    }

    /// <summary>Writes the metadata of a video that was saved without them.</summary>
    /// <param name="job">The job.</param>
    /// <param name="file">Its video.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaFileExists"/>, <see cref="LumaErrorId.LumaDownloadFailed"/></exception>
    public static void AddMetadata(LumaJob job, FileInfo file)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            if (VideoMetadata.IsNameTaken(file.FullName)) throw SaveErrors.MetadataNameTaken(job, file.FullName);
            VideoPlacement.AddMetadata(job, file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SaveErrors.Unwritable(job, VideoMetadata.PathOf(file.FullName), exception);
        }
    }

    private async Task<FileInfo> TakeNamedAsync(LumaJob job, string target, CancellationToken cancellationToken)
    {
        FileInfo named = await _placement.TakeNamedAsync(job, target, cancellationToken);
        if (WritesMetadata) AddMetadata(job, named);
        return named;
    }
}
