namespace Luma;

/// <summary>A lock between processes: a file that only one can have open. It goes with its process, however that ends.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    public static async Task<IDisposable> TakeAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(path) is { } taken) return taken;
            await Task.Delay(Pause, cancellationToken);
        }
    }

    // Another process has it; any other fault would not pass by waiting. Windows: sharing or lock violation; else EAGAIN, 11 or 35.
    private static bool IsTaken(IOException failure) => OperatingSystem.IsWindows() ? (failure.HResult & 0xFFFF) is 32 or 33 : failure.HResult is 11 or 35;

    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/> when the file cannot be made at all.</exception>
    public static IDisposable? TryTake(string path)
    {
        try
        {
            return OwnerOnly.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new LumaException(LumaErrorId.LumaJournalError, $"The journal's lock {path} cannot be taken: {LumaClient.Reason(failure)}", failure);
        }
        catch (IOException failure) when (IsTaken(failure))
        {
            return null;
        }
        catch (IOException failure)
        {
            throw new LumaException(LumaErrorId.LumaJournalError, $"The journal's lock {path} cannot be taken: {LumaClient.Reason(failure)}", failure);
        }
    }
}
