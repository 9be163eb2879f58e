namespace Luma;

/// <summary>Finds what a gallery shows: the videos of folders, the job of each, and the jobs that have no video.</summary>
/// <remarks>It reads the journal once, when it is made.</remarks>
public sealed class GallerySource
{
    private const string Extension = ".mp4";
    private static readonly TimeSpan _recent = TimeSpan.FromDays(7);

    private readonly Journal? _journal;
    private readonly IReadOnlyList<LumaJob> _jobs;
    private readonly ILookup<string, LumaJob> _byPath;
    private readonly ILookup<string, LumaJob> _byJobId;

    /// <summary>Reads the journal.</summary>
    /// <param name="journal">Where the jobs are known; null: nowhere.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public GallerySource(Journal? journal)
    {
        _journal = journal;
        _jobs = journal?.JobsOfAllServices() ?? [];
        _byPath = _jobs.Where(job => job.SavedPath is not null).ToLookup(job => job.SavedPath!, PathComparer);
        _byJobId = _jobs.Where(job => job.JobId is not null).ToLookup(job => job.JobId!, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Compares paths as this system's files do.</summary>
    public static StringComparer PathComparer { get; } =
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>Whether a file is a video, by its name.</summary>
    public static bool IsVideo(string path) => Path.GetExtension(path).Equals(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The videos in a folder, by name, each with its job if there is one.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="recurse">Whether the folders in it are searched, too. Links to folders are not followed.</param>
    /// <param name="unreadable">Told of each folder in it that cannot be read, and why; null: that is an exception.</param>
    public IReadOnlyList<GalleryVideo> In(string folder, bool recurse = false, Action<string, Exception>? unreadable = null) =>
        [.. Files(new DirectoryInfo(folder), recurse, unreadable, isInner: false).Select(Of)];

    /// <summary>A file with its job.</summary>
    /// <remarks>
    /// The file that was saved under this path, if it is still that one; else the job whose id is in the name, wherever the
    /// file has been since. A template can hold two ids, {ParentJobId}-{JobId}: then the last one is its own. Where the
    /// journal knows none of it, what lies next to the file tells.
    /// </remarks>
    public GalleryVideo Of(FileInfo file)
    {
        ArgumentNullException.ThrowIfNull(file);
        string[] ids = [.. JobIdsInName.Of(file.Name)];
        LumaJob? job = _byPath[file.FullName]
                .Where(job => _journal!.Saved(job.Id!) is not { } saved || saved.Length == file.Length)
                .OrderBy(job => ids.Contains(job.JobId, StringComparer.OrdinalIgnoreCase)).ThenBy(job => job.CompletedAt)
                .LastOrDefault()
            ?? Enumerable.Reverse(ids).SelectMany(id => _byJobId[id]).FirstOrDefault();
        if (job is null && VideoMetadata.Read(file.FullName) is { } metadata)
        {
            job = _byJobId[metadata.Job.JobId!].FirstOrDefault() ?? metadata.ToJob(file.FullName);
        }

        return new GalleryVideo(file, job);
    }

    /// <summary>What the journal knows of a job by now; the job itself where it knows nothing.</summary>
    public LumaJob Latest(LumaJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        IEnumerable<LumaJob> known = job.JobId is null
            ? _jobs.Where(one => one.Id == job.Id)
            : _byJobId[job.JobId].Where(one => job.Service is null || one.Service == job.Service);
        return known.FirstOrDefault() ?? job;
    }

    /// <summary>The file of a job's video, if it is there and still the one that was saved.</summary>
    public FileInfo? FileOf(LumaJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.SavedPath is not { Length: > 0 } path) return null;
        var file = new FileInfo(path);
        return file.Exists && (job.Id is null || _journal?.Saved(job.Id) is not { } saved || saved.Length == file.Length) ? file : null;
    }

    /// <summary>
    /// The jobs that belong with these videos and have none: failed, still open, or done and never saved. They are those of
    /// the videos' services that were submitted since the first of the videos; where there are no videos, those of the last week.
    /// </summary>
    /// <param name="videos">The videos. Those that the journal does not know tell nothing of what was submitted with them.</param>
    /// <param name="service">The service that counts where there are no videos.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<LumaJob> Without(IReadOnlyList<GalleryVideo> videos, string service, DateTime now)
    {
        ArgumentNullException.ThrowIfNull(videos);
        LumaJob[] known = [.. videos
            .Select(video => video.Job)
            .OfType<LumaJob>()
            .Where(job => job is { Id: not null, SubmittedAt: not null })];
        if (videos.Count > 0 && known.Length == 0) return [];
        DateTime since = known.Length > 0 ? known.Min(job => job.SubmittedAt!.Value) : now - _recent;
        HashSet<string?> services = known.Length > 0 ? [.. known.Select(job => job.Service)] : [service];
        return Without(videos, _jobs.Where(job => services.Contains(job.Service) && job.SubmittedAt >= since));
    }

    /// <summary>Those of some jobs that have no video: failed, still open, or done and never saved.</summary>
    /// <param name="videos">The videos there are.</param>
    /// <param name="jobs">The jobs.</param>
    public static IReadOnlyList<LumaJob> Without(IReadOnlyList<GalleryVideo> videos, IEnumerable<LumaJob> jobs)
    {
        HashSet<string> shown = new(videos.Select(video => video.JobId).OfType<string>(), StringComparer.OrdinalIgnoreCase);
        return [.. jobs
            .Where(job => job.JobId is null || !shown.Contains(job.JobId))
            .Where(job => !job.HasVideo || job.SavedPath is null)
            .DistinctBy(job => job.JobId ?? job.Id, StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(job => job.SubmittedAt)];
    }

    private static IEnumerable<FileInfo> Files(
        DirectoryInfo folder, bool recurse, Action<string, Exception>? unreadable, bool isInner)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = folder.GetFileSystemInfos();
        }
        catch (Exception exception) when (isInner && unreadable is not null && exception is IOException or UnauthorizedAccessException)
        {
            unreadable(folder.FullName, exception);
            return [];
        }

        FileSystemInfo[] sorted = [.. entries.OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)];
        return sorted.OfType<FileInfo>().Where(file => IsVideo(file.Name)).Concat(sorted.OfType<DirectoryInfo>()
            .Where(one => recurse && !one.Attributes.HasFlag(FileAttributes.ReparsePoint))
            .SelectMany(one => Files(one, recurse, unreadable, isInner: true)));
    }
}
