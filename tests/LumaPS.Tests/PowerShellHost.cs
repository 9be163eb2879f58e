using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace LumaPS.Tests;

/// <summary>A PowerShell that runs the Pester files: the one that came with the restore, and those that were asked for.</summary>
/// <param name="Command">The name it goes by.</param>
/// <param name="Version">Its version, as it says it; null: it did not.</param>
internal sealed record PowerShellHost(string Command, string? Version)
{
    /// <summary>The name of the one that came with the restore.</summary>
    public const string Restored = "restored";

    /// <summary>What others to take: <c>all</c> of this machine in addition to the restored one, or their names instead of it.</summary>
    public const string Variable = "LUMAPS_TEST_SHELLS";

    private const string Probe = "@{ Version = [string]$PSVersionTable.PSVersion; Folder = $PSHOME } | ConvertTo-Json -Compress";
    private static readonly string[] _commands = ["pwsh", "pwsh-lts", "pwsh-preview"];
    private static readonly Version _leastVersion = new(7, 4);
    private static readonly TimeSpan _probeLimit = TimeSpan.FromMinutes(1);
    private static readonly Lazy<IReadOnlyList<PowerShellHost>> _all = new(FindAll);

    /// <summary>What is wrong with it.</summary>
    public string? Failure { get; private init; }

    private string? Path { get; init; }

    private string? Folder { get; init; }

    /// <summary>The PowerShell of that name, one under several names by its first; null: it was not asked for, or is not there.</summary>
    public static PowerShellHost? Find(string command) => _all.Value.FirstOrDefault(host => host.Command == command);

    /// <summary>As it stands behind a test's name.</summary>
    public override string ToString() => Command == Restored ? $"PowerShell {Version}" : $"{Command} {Version}";

    /// <summary>A start of it, away from what the machine's user has set.</summary>
    public ProcessStartInfo Start(params string[] arguments)
    {
        arguments = ["-NoProfile", "-NonInteractive", .. arguments];
        ProcessStartInfo start = Isolate(Path is null ? RestoredPowerShell.Start(arguments) : new ProcessStartInfo(Path, arguments));
        start.Environment["LUMAPS_PESTER"] = Repository.Pester;
        start.Environment["LUMAPS_AXE"] = Repository.Axe;
        return start;
    }

    /// <summary>Takes away from a start what the machine's user has set.</summary>
    public static ProcessStartInfo Isolate(ProcessStartInfo start)
    {
        string[] personal =
            ["TTAPI_KEY", "TTAPI_BASE_URI", "LUMAPS_HOME", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "PSModulePath"];
        foreach (string name in start.Environment.Keys.Where(name => personal.Contains(name, StringComparer.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";

        // PowerShell has the runtime record a profile of each start and replay it at the next. Two processes that end immediately
        // write that file through each other, and a spoilt one crashes every start after them (dotnet/runtime issue 81799).
        // With fewer processors than this (hexadecimal) the runtime does neither.
        start.Environment["DOTNET_MultiCoreJitMinNumCpus"] = "ffff";

        // These processes live for seconds, and the restored PowerShell is not compiled ahead: code that is counted and
        // compiled a second time never earns what that costs (a third of the processor time of a Pester file).
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCountThreshold"] = "200"; // Hexadecimal: 512 calls; 30 are the runtime's own.
        return start;
    }

    private static PowerShellHost[] FindAll()
    {
        string[] asked = (Environment.GetEnvironmentVariable(Variable) ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        var restored = Look(Restored, null);
        if (asked.Length == 0) return [restored];
        if (asked is not ["all"])
        {
            return [.. asked.Select(command => LookOnPath(command) ?? new PowerShellHost(command, null)
                { Failure = $"{Variable} names {command}, and there is none on the PATH." })];
        }

        // One of the machine's that is too old is nothing that anybody asked for.
        IEnumerable<PowerShellHost> others = _commands.Select(LookOnPath).OfType<PowerShellHost>()
            .Where(host => host.Failure is not null || IsNewEnough(host.Version));
        return [.. others.Prepend(restored).DistinctBy(host => host.Folder ?? host.Path)];
    }

    private static PowerShellHost? LookOnPath(string command)
    {
        if (command == Restored) return Look(Restored, null);
        string[] names = OperatingSystem.IsWindows() ? [command + ".exe", command + ".cmd"] : [command];
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .SelectMany(folder => names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        return path is null ? null : Look(command, path);
    }

    private static PowerShellHost Look(string command, string? path)
    {
        var host = new PowerShellHost(command, null) { Path = path };
        string name = path ?? RestoredPowerShell.Path;
        try
        {
            ChildProcess probe = ChildProcess.RunAsync(host.Start("-Command", Probe), _probeLimit).GetAwaiter().GetResult();
            if (probe.ExitCode != 0) return host with { Failure = $"{name} does not work (exit code {probe.ExitCode}): {probe.Output}" };
            Dictionary<string, string> told = JsonSerializer.Deserialize<Dictionary<string, string>>(probe.Output)!;
            return host with { Version = told["Version"], Folder = told["Folder"] };
        }
        catch (Exception exception) when (exception is Win32Exception or JsonException)
        {
            return host with { Failure = $"{name} does not work: {exception.Message}" };
        }
    }

    private static bool IsNewEnough(string? version) =>
        System.Version.TryParse(version?.Split('-')[0], out Version? parsed) && parsed >= _leastVersion;
}
