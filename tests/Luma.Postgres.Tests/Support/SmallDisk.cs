using System.Diagnostics;

namespace Luma.Postgres.Tests;

/// <summary>A disk of a few megabytes, of the server's own.</summary>
internal sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<string?> _missing = new(FindMissing);
    private readonly string _root = Directory.CreateTempSubdirectory("lumaps-disk-").FullName;

    public SmallDisk(int megabytes)
    {
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", _root);
        Directory.CreateDirectory(Folder);
        Run("chown", "postgres", Folder);
    }

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? Missing => _missing.Value;

    public string Folder => Path.Combine(_root, "data");

    private string Filler => Path.Combine(_root, "filler");

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using FileStream file = File.Create(Filler);
        try
        {
            while (true) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // That is all there was.
        }
    }

    /// <summary>Makes room.</summary>
    public void Empty()
    {
        File.Delete(Filler);
        Run("mount", "-o", "remount,size=64m", _root);
    }

    public void Dispose() => Process.Start("umount", ["-l", _root]).WaitForExit();

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static string? FindMissing()
    {
        if (PostgresServer.Missing is { } missing) return missing;
        if (OperatingSystem.IsWindows()) return "It mounts a small disk for a PostgreSQL server, as Linux does; its client is the same.";
        if (Environment.UserName != "root") return "It mounts a small disk for a PostgreSQL server: only root may.";
        string folder = Directory.CreateTempSubdirectory("lumaps-disk-").FullName;
        using Process mount =
            Process.Start(new ProcessStartInfo("mount", ["-t", "tmpfs", "none", folder]) { RedirectStandardError = true })!;
        string errors = mount.StandardError.ReadToEnd();
        mount.WaitForExit();
        if (mount.ExitCode != 0) return $"It mounts a small disk for a PostgreSQL server: it may not here. {errors.Trim()}";
        Process.Start("umount", [folder]).WaitForExit();
        return null;
    }
}

/// <summary>A test with a small disk.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountedPostgresFactAttribute : FactAttribute
{
    public MountedPostgresFactAttribute() => Skip = SmallDisk.Missing;
}
