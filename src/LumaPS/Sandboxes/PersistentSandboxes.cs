using System.Text.Json;
using Luma;
using Luma.Sandbox;

namespace LumaPS.Sandboxes;

/// <summary>
/// The sandboxes in processes of their own. What makes one the same again after a restart, its instance and its key, is kept in a
/// file of the user, one for each port; whether it runs it says itself, so that no file has to be true about that.
/// </summary>
internal static class PersistentSandboxes
{
    /// <summary>The port of a sandbox that was given none.</summary>
    public const int DefaultPort = 8642;

    private static string Folder => Path.Combine(JournalHome.Folder(), "sandboxes");

    /// <summary>The sandbox of a port: the one that runs, changed as the settings say, or else one that is started.</summary>
    /// <param name="port">The port.</param>
    /// <param name="settings">What the user gave; the rest stays, or is the default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It could not be started.</exception>
    public static async Task<LumaSandboxProcess> StartAsync(int port, SandboxSettings settings, CancellationToken cancellationToken)
    {
        PrivateFile.CreateFolder(Folder);
        // Of two starts at the same time the second finds the first's.
        using IDisposable turn = await FileLock.TakeAsync(PathOf(port, "lock"), cancellationToken);
        SandboxSettings kept = Read(port)
            ?? Write(new SandboxSettings { Port = port, Instance = Guid.NewGuid().ToString("n")[..8], ApiKey = Guid.NewGuid().ToString() });
        StoppedServices.Remove(AddressOf(kept));
        if (await LumaSandboxProcess.FindAsync(AddressOf(kept), kept.ApiKey!, cancellationToken) is { } running)
        {
            await running.ChangeAsync(settings, cancellationToken);
            return running;
        }

        return await LumaSandboxProcess.StartAsync(
            PowerShellProcess.Start, settings with { Port = port, Instance = kept.Instance, ApiKey = kept.ApiKey }, cancellationToken);
    }

    /// <summary>Stops those that run.</summary>
    /// <param name="port">Which; null: all of this user's folder.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task StopAsync(int? port, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder)) return;
        foreach (SandboxSettings kept in Directory.EnumerateFiles(Folder, "*.json").Select(Read).OfType<SandboxSettings>()
            .Where(kept => port is null || kept.Port == port).ToArray())
        {
            if (await LumaSandboxProcess.FindAsync(AddressOf(kept), kept.ApiKey!, cancellationToken) is { } running)
            {
                await StopAsync(running, cancellationToken);
            }
        }
    }

    /// <summary>Stops one.</summary>
    public static async Task StopAsync(LumaSandboxProcess sandbox, CancellationToken cancellationToken)
    {
        await sandbox.StopAsync(cancellationToken);
        StoppedServices.Add(sandbox.BaseUri);
    }

    private static Uri AddressOf(SandboxSettings kept) => LumaSandboxProcess.AddressOf(kept.Port!.Value, kept.Instance!);

    private static string PathOf(int port, string extension) => Path.Combine(Folder, FormattableString.Invariant($"{port}.{extension}"));

    private static SandboxSettings? Read(int port) => Read(PathOf(port, "json"));

    // One that is incomplete is ignored: it gets a new key.
    private static SandboxSettings? Read(string path)
    {
        try
        {
            SandboxSettings kept = SandboxJson.ReadSettings(File.ReadAllBytes(path));
            return kept is { Port: > 0 and <= 65535, Instance: { Length: > 0 } instance, ApiKey.Length: > 0 }
                && instance.All(char.IsAsciiLetterOrDigit) ? kept : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    private static SandboxSettings Write(SandboxSettings settings)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes(SandboxJson.Write(settings));
        FileOperations.WriteWhole(PathOf(settings.Port!.Value, "json"), overwrite: true, file => file.Write(json), isPrivate: true);
        return settings;
    }
}
