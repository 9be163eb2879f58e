using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace LumaPS.Tests;

/// <summary>A PowerShell of this machine.</summary>
/// <param name="Command">The name it was found under.</param>
/// <param name="Path">Its file; null: there is none.</param>
/// <param name="Version">Its version, as it says it.</param>
internal sealed record PowerShellHost(string Command, string? Path, string? Version)
{
    private const string Probe = "@{ Version = [string]$PSVersionTable.PSVersion; Folder = $PSHOME; Pester = [string](Get-Module Pester -ListAvailable | Sort-Object Version | Select-Object -Last 1).Version } | ConvertTo-Json -Compress";
    private static readonly string[] _commands = ["pwsh", "pwsh-lts", "pwsh-preview"];
    private static readonly Version _leastVersion = new(7, 4);
    private static readonly Version _leastPester = new(5, 0);
    private static readonly TimeSpan _probeLimit = TimeSpan.FromMinutes(1);
    private static readonly Lazy<IReadOnlyList<PowerShellHost>> _all = new(FindAll);

    /// <summary>Why no Pester file can run in it, where that is nobody's fault.</summary>
    public string? SkipReason { get; private init; }

    /// <summary>What is wrong with it, where it is there and does not work.</summary>
    public string? Failure { get; private init; }

    private string? Folder { get; init; }

    /// <summary>The PowerShell of that name, one under several names by its first. Where there is none at all, one that is skipped stands in.</summary>
    public static PowerShellHost? Find(string command) => _all.Value.FirstOrDefault(host => host.Command == command);

    /// <summary>As it stands behind a test's name. The console shows no reasons for skipped tests, so the name has to say it.</summary>
    public override string ToString() => Version is null ? "no PowerShell" : $"{Command} {Version}{(SkipReason is null ? "" : ", no Pester")}";

    /// <summary>A start of it, away from what the machine's user has set.</summary>
    public ProcessStartInfo Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path!, ["-NoProfile", "-NonInteractive", .. arguments]);
        string[] personal = ["TTAPI_KEY", "TTAPI_BASE_URI", "LUMAPS_HOME", "http_proxy", "https_proxy", "all_proxy", "no_proxy"];
        foreach (string name in start.Environment.Keys.Where(name => personal.Contains(name, StringComparer.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";

        // PowerShell has the runtime record a profile of each start and replay it at the next. Two processes that end at once
        // write that file through each other, and a spoilt one crashes every start after them (dotnet/runtime issue 81799).
        // With fewer processors than this (hexadecimal) the runtime does neither.
        start.Environment["DOTNET_MultiCoreJitMinNumCpus"] = "ffff";
        return start;
    }

    private static PowerShellHost[] FindAll()
    {
        PowerShellHost[] found = [.. _commands.Select(Look).OfType<PowerShellHost>().DistinctBy(host => host.Folder ?? host.Path)];
        PowerShellHost[] usable = [.. found.Where(host => host.Failure is not null || AtLeast(host.Version, _leastVersion))];

        // One of them, so that the tests stay short; LUMAPS_TEST_SHELLS=all takes every one there is.
        if (usable.Length > 0) return Environment.GetEnvironmentVariable("LUMAPS_TEST_SHELLS") == "all" ? usable : usable[..1];
        string instead = found.Length == 0 ? "" : $", only {string.Join(" and ", found.Select(host => $"{host.Command} {host.Version}"))}";
        return [new PowerShellHost(_commands[0], null, null) { SkipReason = $"There is no PowerShell {_leastVersion} or newer on the PATH{instead}." }];
    }

    private static PowerShellHost? Look(string command)
    {
        string[] names = OperatingSystem.IsWindows() ? [command + ".exe", command + ".cmd"] : [command];
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .SelectMany(folder => names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (path is null) return null;
        var host = new PowerShellHost(command, path, null);
        try
        {
            ChildProcess probe = ChildProcess.RunAsync(host.Start("-Command", Probe), _probeLimit).GetAwaiter().GetResult();
            if (probe.ExitCode != 0) return host with { Failure = $"{path} does not work (exit code {probe.ExitCode}): {probe.Output}" };
            Dictionary<string, string> told = JsonSerializer.Deserialize<Dictionary<string, string>>(probe.Output)!;
            return host with
            {
                Version = told["Version"],
                Folder = told["Folder"],
                SkipReason = AtLeast(told["Pester"], _leastPester) ? null : $"{command} {told["Version"]} has no Pester {_leastPester} or newer. Install-PSResource Pester brings it.",
            };
        }
        catch (Exception exception) when (exception is Win32Exception or JsonException)
        {
            return host with { Failure = $"{path} does not work: {exception.Message}" };
        }
    }

    private static bool AtLeast(string? version, Version least) =>
        System.Version.TryParse(version?.Split('-')[0], out Version? parsed) && parsed >= least;
}
