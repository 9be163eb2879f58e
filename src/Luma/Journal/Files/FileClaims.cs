using System.Security.Cryptography;
using System.Text;

namespace Luma;

/// <summary>
/// Claims between processes: for each a file that its holder has open, named by a hash. It goes with its holder. Files are
/// made and deleted under one lock, so that nobody ever holds a file that has been deleted under him.
/// </summary>
internal sealed class FileClaims(string folder)
{
    /// <summary>How a claim's file begins.</summary>
    public const string Prefix = "claim-";

    private readonly string _gate = Path.Combine(folder, "claims.lock");

    public async Task<IDisposable?> TryTakeAsync(string key, CancellationToken cancellationToken)
    {
        string path = Path.Combine(
            folder, Prefix + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)), 0, 8) + JournalSegment.LockExtension);
        using (await FileLock.TakeAsync(_gate, cancellationToken))
        {
            return FileLock.TryTake(path) is { } file ? new Claim(this, path, file) : null;
        }
    }

    /// <summary>Deletes the files of claims whose holders are gone.</summary>
    public void DeleteLeft()
    {
        string[] files = Directory.GetFiles(folder, Prefix + "*" + JournalSegment.LockExtension);
        if (files.Length == 0) return;
        using IDisposable? gate = FileLock.TryTake(_gate);
        if (gate is null) return;
        foreach (string path in files)
        {
            using IDisposable? file = FileLock.TryTake(path);
            if (file is null) continue;
            if (OperatingSystem.IsWindows()) file.Dispose(); // It deletes no file that is open; the gate keeps others from it.
            FileOperations.TryDelete(path); // An empty file that stays does no harm.
        }
    }

    private sealed class Claim(FileClaims claims, string path, IDisposable file) : IDisposable
    {
        private int _released;

        // Where the gate is taken just now, the file stays for the next claim or the next compaction.
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) != 0) return;
            try
            {
                using IDisposable? gate = FileLock.TryTake(claims._gate);
                if (gate is not null && !OperatingSystem.IsWindows()) FileOperations.TryDelete(path);
                file.Dispose();
                if (gate is not null && OperatingSystem.IsWindows()) FileOperations.TryDelete(path); // It deletes no open file.
            }
            catch (LumaException)
            {
                file.Dispose();
            }
        }
    }
}
