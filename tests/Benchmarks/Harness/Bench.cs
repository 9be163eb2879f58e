using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Benchmarks.Harness;

/// <summary>What the scenarios work with: a folder of their own, the programs to compare with, and the table.</summary>
internal sealed class Bench : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lumaps-bench-").FullName;
    private int _folders;

    public Bench(Options options)
    {
        Options = options;
        Report = new Report(this);
    }

    public Options Options { get; }

    public Report Report { get; }

    /// <summary>How PowerShell is started: the first on the <c>PATH</c>, or the one that came with the restore.</summary>
    public string[] PowerShell { get; } = Find("pwsh") is { } own ? [own] : [RestoredPowerShell.DotNet, "exec", RestoredPowerShell.Path];

    public string? Curl { get; } = Find("curl") is { } curl && Find("xargs") is not null && Find("bash") is not null ? curl : null;

    public static string ModuleFolder { get; } = typeof(Bench).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(data => data.Key == "ModuleFolder").Value!.TrimEnd('/', '\\');

    /// <summary>How often each side runs.</summary>
    public int Rounds(int usual) => Options.Rounds ?? (Options.IsQuick ? 1 : usual);

    public int Count(int usual, int quick) => Options.IsQuick ? quick : usual;

    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "scripts", name);

    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_folder, $"{++_folders}")).FullName;

    /// <summary>Runs a PowerShell script in a fresh process.</summary>
    public Measured RunScript(string script, SandboxProcess? sandbox, params string[] arguments) =>
        RunPowerShell(sandbox, ["-NonInteractive", "-File", Script(script), .. arguments]);

    /// <summary>Runs a fresh PowerShell.</summary>
    public Measured RunPowerShell(SandboxProcess? sandbox, params string[] arguments) =>
        Run(PowerShell[0], [.. PowerShell[1..], "-NoProfile", .. arguments], sandbox);

    /// <summary>Runs a shell script.</summary>
    public Measured RunShell(string script, SandboxProcess? sandbox, params string[] arguments) =>
        Run("bash", [Script(script), .. arguments], sandbox);

    /// <summary>Runs a mode of this program.</summary>
    public Measured RunSelf(SandboxProcess? sandbox, params string[] arguments)
    {
        (string file, string[] first) = Self();
        return Run(file, [.. first, .. arguments], sandbox);
    }

    /// <summary>Runs a command through the stopwatch, with a journal of its own.</summary>
    public Measured Run(string file, string[] arguments, SandboxProcess? sandbox)
    {
        string folder = NewFolder();
        string output = Path.Combine(folder, "output");
        ProcessStartInfo start = SelfStart(["measure", output, file, .. arguments]);
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = folder;
        start.Environment["LUMAPS_HOME"] = Path.Combine(folder, "home");
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment.Remove("CI");
        if (sandbox is not null)
        {
            start.Environment["TTAPI_KEY"] = sandbox.ApiKey;
            start.Environment["TTAPI_BASE_URI"] = sandbox.BaseUri;
        }

        using Process process = Process.Start(start)!;
        string json = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string said = File.Exists(output) ? File.ReadAllText(output).Trim() : "";
        Measured measured = JsonSerializer.Deserialize<Measured>(json)! with { Output = said };
        if (measured.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{Path.GetFileName(file)} {string.Join(' ', arguments)} ended with {measured.ExitCode}: {said}");
        }

        Directory.Delete(folder, recursive: true);
        return measured;
    }

    /// <summary>How to start this program again.</summary>
    public static ProcessStartInfo SelfStart(params string[] arguments)
    {
        (string file, string[] first) = Self();
        var start = new ProcessStartInfo(file) { UseShellExecute = false };
        foreach (string argument in (string[])[.. first, .. arguments]) start.ArgumentList.Add(argument);
        return start;
    }

    public static string Seconds(double seconds) =>
        seconds.ToString(seconds < 1 ? "0.000" : seconds < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) + " s";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (string File, string[] First) Self()
    {
        string program = typeof(Bench).Assembly.Location;
        string host = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? (host, [program]) : (host, []);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .SelectMany(folder => new[] { Path.Combine(folder, program), Path.Combine(folder, program + ".exe") })
        .FirstOrDefault(File.Exists);
}
