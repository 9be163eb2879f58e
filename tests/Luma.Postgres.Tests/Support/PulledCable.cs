using System.Diagnostics;

namespace Luma.Postgres.Tests;

/// <summary>
/// A network namespace, as a machine of its own, with a cable to this one that can be pulled: nothing is closed, and nobody is told.
/// </summary>
internal sealed class PulledCable : IAsyncDisposable
{
    private static readonly Lazy<string?> _missing = new(FindMissing);
    private readonly string _name = $"lumaps{Environment.ProcessId % 10_000}";

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? Missing => _missing.Value;

    public const string ServerAddress = "10.231.77.1";

    public const string ClientAddress = "10.231.77.2";

    /// <summary>What to run a program under to have it there.</summary>
    public string[] Enter => ["ip", "netns", "exec", _name];

    public static Task<PulledCable> CreateAsync()
    {
        var cable = new PulledCable();
        string near = cable._name + "a", far = cable._name + "b";
        Run("ip", "netns", "add", cable._name);
        Run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", cable._name);
        Run("ip", "addr", "add", $"{ServerAddress}/24", "dev", near);
        Run("ip", "link", "set", near, "up");
        Run("ip", "-n", cable._name, "addr", "add", $"{ClientAddress}/24", "dev", far);
        Run("ip", "-n", cable._name, "link", "set", far, "up");
        Run("ip", "-n", cable._name, "link", "set", "lo", "up");
        return Task.FromResult(cable);
    }

    public void Pull() => Run("ip", "-n", _name, "link", "set", _name + "b", "down");

    public ValueTask DisposeAsync()
    {
        Process.Start("ip", ["netns", "delete", _name]).WaitForExit();
        return ValueTask.CompletedTask;
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static string? FindMissing()
    {
        if (PostgresServer.Missing is { } missing) return missing;
        if (OperatingSystem.IsWindows()) return "It pulls the cable of a network namespace: only Linux has them.";
        if (!LongRun.IsWanted) return LongRun.HowTo;
        const string What = "It pulls the cable of a network namespace:";
        if (Environment.UserName != "root") return $"{What} only root may.";
        try
        {
            string name = $"lumapstest{Environment.ProcessId % 10_000}";
            using Process add = Process.Start(new ProcessStartInfo("ip", ["netns", "add", name]) { RedirectStandardError = true })!;
            string errors = add.StandardError.ReadToEnd();
            add.WaitForExit();
            if (add.ExitCode != 0) return $"{What} it may not here. {errors.Trim()}";
            using Process link = Process.Start(
                new ProcessStartInfo("ip", ["link", "add", "lumapst0", "type", "veth", "peer", "name", "lumapst1", "netns", name])
                    { RedirectStandardError = true })!;
            errors = link.StandardError.ReadToEnd();
            link.WaitForExit();
            Process.Start("ip", ["netns", "delete", name]).WaitForExit();
            return link.ExitCode == 0 ? null : $"{What} it may not here. {errors.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{What} there is no ip (apt-get install iproute2).";
        }
    }
}

/// <summary>A test with a cable that is pulled.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NetworkPostgresFactAttribute : FactAttribute
{
    public NetworkPostgresFactAttribute() => Skip = PulledCable.Missing;
}
