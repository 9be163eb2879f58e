using System.Text.RegularExpressions;

namespace Luma;

/// <summary>A saved video, and the job that made it where that is known.</summary>
/// <param name="File">The file.</param>
/// <param name="Job">The job, as the journal has it; null: the journal does not know the file.</param>
public sealed partial record GalleryVideo(FileInfo File, LumaJob? Job)
{
    private const string Extension = ".mp4";
    private static readonly StringComparison _paths = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>The jobId: the journal's, else the one in the file's name.</summary>
    public string? JobId => Job?.JobId ?? JobIdsIn(File.Name).LastOrDefault();

    /// <summary>When the video was asked for; where nobody knows, when the file was last written. In local time.</summary>
    public DateTime Time => Job?.SubmittedAt ?? Job?.CompletedAt ?? File.LastWriteTime;

    /// <summary>The videos in a folder, by name, each with its job if there is one.</summary>
    /// <param name="folder">The folder; those in it are not searched.</param>
    /// <param name="journal">Where the jobs are known; null: nowhere.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/></exception>
    public static IReadOnlyList<GalleryVideo> In(string folder, Journal? journal)
    {
        FileInfo[] files = [.. new DirectoryInfo(folder).EnumerateFiles()
            .Where(file => file.Extension.Equals(Extension, StringComparison.OrdinalIgnoreCase))
            .OrderBy(file => file.Name, StringComparer.OrdinalIgnoreCase)];
        IReadOnlyList<LumaJob> jobs = journal?.JobsOfAllServices() ?? [];
        ILookup<string, LumaJob> byPath = jobs.Where(job => job.SavedPath is not null).ToLookup(job => job.SavedPath!, StringComparer.FromComparison(_paths));
        ILookup<string, LumaJob> byJobId = jobs.Where(job => job.JobId is not null).ToLookup(job => job.JobId!, StringComparer.OrdinalIgnoreCase);
        return [.. files.Select(file => new GalleryVideo(file, JobOf(file, byPath, byJobId, journal)))];
    }

    // The file that was saved under this path, if it is still that one; else the job whose id is in the name, wherever
    // the file has been since. A template can hold two ids, {ParentJobId}-{JobId}: then the last one is its own.
    private static LumaJob? JobOf(FileInfo file, ILookup<string, LumaJob> byPath, ILookup<string, LumaJob> byJobId, Journal? journal)
    {
        string[] ids = [.. JobIdsIn(file.Name)];
        return byPath[file.FullName]
                .Where(job => journal!.Saved(job.Id!) is not { } saved || saved.Length == file.Length)
                .OrderBy(job => ids.Contains(job.JobId, StringComparer.OrdinalIgnoreCase)).ThenBy(job => job.CompletedAt)
                .LastOrDefault()
            ?? Enumerable.Reverse(ids).SelectMany(id => byJobId[id]).FirstOrDefault();
    }

    private static IEnumerable<string> JobIdsIn(string name) => Uuid().Matches(name).Select(match => match.Value);

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Uuid();
}
