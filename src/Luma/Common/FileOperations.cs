namespace Luma;

/// <summary>
/// Renames, deletes and writes files that other programs look into. Windows refuses each of these while somebody has the file
/// open, and virus scanners, indexers and sync clients open each new file for a moment. So it is tried again there for a
/// while; elsewhere an open file is in nobody's way.
/// </summary>
internal static class FileOperations
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Gives a file another name, in one step. Where a file of that name may be replaced, it may also be read-only.
    /// </summary>
    public static void Move(string source, string target, bool overwrite = false) => Retry(() =>
    {
        if (overwrite) ClearReadOnly(target);
        File.Move(source, target, overwrite);
    });

    /// <summary>Deletes a file, if there is one.</summary>
    public static void Delete(string path) => Retry(() => File.Delete(path));

    /// <summary>Deletes a file, if that is possible.</summary>
    /// <returns>Whether it is gone.</returns>
    public static bool TryDelete(string path)
    {
        try
        {
            Delete(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Deletes a file that others may be reading, if that is possible, and frees its name immediately.</summary>
    /// <remarks>
    /// A file that is open when it is deleted keeps its name on Windows until the last who has it open closes it, and meanwhile nobody
    /// can open it: on shares, and on local disks before Windows 10. So it gets another name first.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="aside">A name that is free and that nobody looks for.</param>
    /// <returns>Whether no file has that name any more.</returns>
    public static bool TryRemove(string path, string aside)
    {
        if (!OperatingSystem.IsWindows()) return TryDelete(path);
        if (!File.Exists(path)) return true;
        try
        {
            Move(path, aside);
            File.Delete(aside);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return !File.Exists(path);
        }
    }

    /// <summary>Writes a file that appears under its name only when it is complete and on the disk.</summary>
    /// <param name="path">The file, as a full path.</param>
    /// <param name="overwrite">Whether one of that name is replaced.</param>
    /// <param name="write">Writes what is in it.</param>
    /// <param name="isPrivate">Whether only its owner may read it.</param>
    /// <exception cref="IOException">It cannot be written, or it exists and is not to be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void WriteWhole(string path, bool overwrite, Action<Stream> write, bool isPrivate = false)
    {
        // A name that nobody else has: several may write the same file at a time, and what is there is somebody's.
        string part = Path.Combine(Path.GetDirectoryName(path) ?? path, $".{Path.GetRandomFileName()}.part");
        try
        {
            using (FileStream file = isPrivate
                ? PrivateFile.Open(part, FileMode.CreateNew, FileAccess.Write, FileShare.None) : new FileStream(part, FileMode.CreateNew))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            Move(part, path, overwrite);
        }
        finally
        {
            TryDelete(part);
        }
    }

    /// <summary>Writes a small file, whatever was in it.</summary>
    public static void Write(string path, string text) => Retry(() => File.WriteAllText(path, text));

    /// <summary>Tries a file operation again for as long as somebody is in its way, but not for ever.</summary>
    /// <exception cref="IOException">The last refusal.</exception>
    /// <exception cref="UnauthorizedAccessException">The last refusal.</exception>
    public static T Retry<T>(Func<T> operation) => Retry(operation, IsInUse, TimeProvider.System);

    /// <summary>Whether somebody else has a file open, or has just deleted it: what passes.</summary>
    /// <remarks>
    /// Windows' codes: access denied (5) is also what a file gives whose deletion is pending, and a target of a rename that is
    /// open; sharing violation (32), lock violation (33), delete pending (303), mapped file (1224).
    /// </remarks>
    public static bool IsInUse(Exception failure) =>
        OperatingSystem.IsWindows()
        && failure is IOException or UnauthorizedAccessException
        && (failure.HResult & 0xFFFF) is 5 or 32 or 33 or 303 or 1224;

    /// <summary>What a user can do about a failure, as the beginning of a sentence.</summary>
    public static string WhatToDo(Exception failure) => IsInUse(failure)
        ? "Close the program that has the file open, such as a player, make sure that its folder is writable, " +
            "or choose another -Destination"
        : "Make sure that the folder is writable and has space, or choose another -Destination";

    /// <summary>The same with another notion of what passes, and another clock: for tests.</summary>
    internal static T Retry<T>(Func<T> operation, Func<Exception, bool> passes, TimeProvider time)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return operation();
            }
            catch (Exception exception) when (passes(exception) && time.GetElapsedTime(start) < _limit)
            {
                Thread.Sleep(_pause);
            }
        }
    }

    private static void Retry(Action operation) => Retry(() =>
    {
        operation();
        return true;
    });

    private static void ClearReadOnly(string path)
    {
        if (!OperatingSystem.IsWindows() || !File.Exists(path)) return;
        FileAttributes attributes = File.GetAttributes(path);
        if (attributes.HasFlag(FileAttributes.ReadOnly)) File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
    }
}
