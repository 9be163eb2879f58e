using System.Globalization;
using System.Security.Cryptography;

namespace Luma;

/// <summary>Gives a finished video its name, with its metadata next to it, and records it; and tells what a file of that name is.</summary>
/// <param name="journal">Where it is recorded; null: nowhere.</param>
internal sealed class VideoPlacement(Journal? journal)
{
    /// <summary>Gives the finished part file its name, in one step, and records it.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaFileExists"/></exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    public async Task<FileInfo> PlaceAsync(LumaJob job, PartFile part, string target, string sha256, bool overwrite, bool writesMetadata)
    {
        // The metadata go first: a video that has its name has them, also where the process is killed in between.
        VideoMetadata? metadata = writesMetadata ? VideoMetadata.Of(job, target, part.Stream.Length, sha256) : null;
        metadata?.Write(target, overwrite);
        try
        {
            part.MoveTo(target, overwrite, sha256);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TakeBack(metadata, target);
            if (!overwrite && File.Exists(target)) throw FileExists(job, target);
            throw;
        }

        return await RecordAsync(job, target, sha256);
    }

    /// <summary>
    /// The file under the target's name, where it is this job's: a process that was killed after it had given a file its name
    /// left the last step to do, the record.
    /// </summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaFileExists"/> for any other file.</exception>
    public async Task<FileInfo> TakeNamedAsync(LumaJob job, string target, CancellationToken cancellationToken)
    {
        try
        {
            string? sha256 = await PartFile.FindNamedAsync(target, FileId(job), cancellationToken);
            if (sha256 is not null) return await RecordAsync(job, target, sha256);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody can tell whose it is.
        }

        throw FileExists(job, target);
    }

    /// <summary>
    /// The file of a job's video, if the journal knows it as this job's: it lies where it was last saved, or it was saved or
    /// moved elsewhere and has the same bytes.
    /// </summary>
    public FileInfo? FindSaved(LumaJob job, string target)
    {
        var file = new FileInfo(target);
        if (!file.Exists || Saved(job) is not { } saved || !IsSaved(file, saved)) return null;
        PartFile.Forget(target, FileId(job)); // Left by a process that was killed right after it had recorded the file.
        return file;
    }

    /// <summary>Writes the metadata of a saved video that has none.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    public static void AddMetadata(LumaJob job, FileInfo file)
    {
        string? known = VideoMetadata.Read(file.FullName)?.Job.JobId;
        if (string.Equals(known, job.JobId, StringComparison.OrdinalIgnoreCase)) return;
        VideoMetadata.Of(job, file.FullName, file.Length, HashOf(file)).Write(file.FullName);
    }

    /// <summary>
    /// What a job's files are called while they are no videos. The jobId comes from outside and becomes part of a file's name.
    /// </summary>
    public static string FileId(LumaJob job) =>
        string.Concat((job.JobId ?? "").Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_'));

    /// <summary>The SHA-256 of a file, in hexadecimal.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string HashOf(FileInfo file)
    {
        using FileStream bytes = file.OpenRead();
        return Convert.ToHexString(SHA256.HashData(bytes));
    }

    /// <summary>The error for a name that is taken, with what is there and what was saved.</summary>
    public LumaException FileExists(LumaJob job, string target)
    {
        var file = new FileInfo(target);
        if (!file.Exists || SavedOrNull(job) is not { } saved)
        {
            return SaveErrors.FileExists(job, target, "The journal does not know that file as this job's video.", isSaved: false);
        }

        if (IsSaved(file, saved))
        {
            return SaveErrors.FileExists(job, target, "It is this job's video, as it was saved before.", isSaved: true);
        }

        string where = saved.Path == target ? "" : $" to {saved.Path}";
        string difference = file.Length == saved.Length
            ? string.Create(CultureInfo.InvariantCulture, $"it has as many bytes ({file.Length}), but others")
            : string.Create(CultureInfo.InvariantCulture, $"it has {file.Length} bytes, the video had {saved.Length}");
        return SaveErrors.FileExists(job, target, $"It is not the video that was saved for this job{where}: {difference}.", isSaved: false);
    }

    private static bool IsSaved(FileInfo file, (string Path, long Length, string? Sha256) saved) =>
        saved.Length == file.Length && (saved.Path == file.FullName || (saved.Sha256 is not null && HashOrNull(file) == saved.Sha256));

    private static string? HashOrNull(FileInfo file)
    {
        try
        {
            return HashOf(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // Nobody can tell whose it is.
        }
    }

    // What was just written next to a name that another file has taken in the meantime. Anything else is somebody's.
    private static void TakeBack(VideoMetadata? metadata, string target)
    {
        if (metadata is null) return;
        try
        {
            string path = VideoMetadata.PathOf(target);
            if (File.ReadAllBytes(path).AsSpan().SequenceEqual(metadata.ToJson())) FileOperations.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It describes a file of another length, so that no reader believes it.
        }
    }

    private (string Path, long Length, string? Sha256)? Saved(LumaJob job) => job.Id is null ? null : journal?.Saved(job.Id);

    private (string Path, long Length, string? Sha256)? SavedOrNull(LumaJob job)
    {
        try
        {
            return Saved(job);
        }
        catch (LumaException)
        {
            return null; // The journal cannot be read; the error about the file counts more.
        }
    }

    private async Task<FileInfo> RecordAsync(LumaJob job, string target, string sha256)
    {
        var file = new FileInfo(target);
        try
        {
            if (journal is not null) await journal.SavedAsync(job, file.FullName, file.Length, sha256);
        }
        catch (LumaException)
        {
            // The file is there, and complete. Without the record -SkipExisting will not know it, and says so.
        }

        PartFile.Forget(target, FileId(job));
        return file;
    }
}
