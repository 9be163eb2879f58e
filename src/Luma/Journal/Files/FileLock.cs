namespace Luma;

/// <summary>A lock between processes: a file that only one can have open. It goes with its process, however that ends.</summary>
internal static class FileLock
{
    /// <summary>How long to wait before the next look at a lock that somebody else has.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    public static async Task<IDisposable> TakeAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(path) is { } taken) return taken;
            await Task.Delay(Pause, cancellationToken);
        }
    }

    // Another process has it; any other fault would not pass by waiting. Windows: sharing or lock violation; else EAGAIN, 11 or 35.
    private static bool IsTaken(IOException failure) =>
        OperatingSystem.IsWindows() ? (failure.HResult & 0xFFFF) is 32 or 33 : failure.HResult is 11 or 35;

    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/> when the file cannot be made at all.</exception>
    public static IDisposable? TryTake(string path)
    {
        try
        {
            // A file whose deletion is pending says "access denied" on Windows, for a moment; one that another process has, says that.
            return FileOperations.Retry(
                () => PrivateFile.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None),
                exception => exception is UnauthorizedAccessException && FileOperations.IsInUse(exception),
                TimeProvider.System);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Untakable(path, exception);
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            return null;
        }
        catch (IOException exception)
        {
            throw Untakable(path, exception);
        }
    }

    /// <summary>
    /// Makes sure that a lock which this process has keeps others out: where locks do nothing, two processes would submit the same job.
    /// </summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/> when it does not.</exception>
    public static void Check(string path)
    {
        using IDisposable? second = TryTake(path);
        if (second is null) return;
        throw new LumaException(LumaErrorId.LumaJournalError,
            $"File locks do nothing in {Path.GetDirectoryName(path)}, so nothing keeps two processes from submitting the same job: some " +
            "network file systems have none, and DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1 switches them off. Nothing was sent.")
        {
            RecommendedAction = "Set LUMAPS_HOME to a folder on a local disk, and remove the environment variable " +
                "DOTNET_SYSTEM_IO_DISABLEFILELOCKING if it is set.",
        };
    }

    private static LumaException Untakable(string path, Exception failure) =>
        new(LumaErrorId.LumaJournalError,
            $"The journal's lock {path} cannot be taken: {ErrorText.Reason(failure)}{Whose(path, failure)} Nothing was sent.", failure)
        {
            RecommendedAction = failure is UnauthorizedAccessException && FileOwner.Of(path) is not null ? "Give the folder and its " +
                $"files to this user: sudo chown -R $USER '{Path.GetDirectoryName(path)}'" : "Make the journal's folder writable for " +
                "this user, or set LUMAPS_HOME to another folder.",
        };

    private static string Whose(string path, Exception failure) =>
        failure is UnauthorizedAccessException && FileOwner.Of(path) is { } owner ? $" It belongs to {owner}." : "";
}
