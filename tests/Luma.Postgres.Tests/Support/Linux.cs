using System.Diagnostics;
using System.Globalization;

namespace Luma.Postgres.Tests;

/// <summary>
/// The system that a server runs on: this one, or under Wine the Linux around it, whose programs a program for Windows can start
/// there, and whose files are on drive Z. <c>tests/windows/run</c> names a folder of it for that.
/// </summary>
internal static class Linux
{
    private static readonly string? _aroundWine =
        OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable("LUMAPS_TEST_LINUX") : null;

    /// <summary>Whether there is one; a Mac counts.</summary>
    public static bool IsThere => !OperatingSystem.IsWindows() || _aroundWine is not null;

    /// <summary>Whether this is a program for Windows on it.</summary>
    public static bool IsAroundWine => _aroundWine is not null;

    /// <summary>One of its paths as this process opens it.</summary>
    public static string Open(string path) => IsAroundWine ? "Z:" + path.Replace('/', '\\') : path;

    /// <summary>A new folder there for what does not outlive the tests.</summary>
    public static string NewFolder(string prefix)
    {
        if (_aroundWine is null) return Directory.CreateTempSubdirectory(prefix).FullName;
        string folder = $"{_aroundWine}/{prefix}{Guid.NewGuid():n}";
        Directory.CreateDirectory(Open(folder));
        return folder;
    }

    /// <summary>Runs a command to its end there; an error if it fails.</summary>
    public static void Run(params string[] command)
    {
        (int code, string output) = TryRun(command);
        Assert.True(code == 0, $"{string.Join(' ', command)}: {output}");
    }

    /// <summary>Runs a command to its end there.</summary>
    public static (int Code, string Output) TryRun(params string[] command)
    {
        if (_aroundWine is null)
        {
            using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..])
                { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }

        // Wine starts it, and then knows nothing more of it.
        string told = $"{_aroundWine}/{Guid.NewGuid():n}", code = Open(told + ".code");
        StartAroundWine("""cd "${0%/*}"; "$@" >"$0" 2>&1; echo $? >"$0.part"; mv "$0.part" "$0.code" """, [told, .. command]);
        long deadline = Environment.TickCount64 + 60_000;
        while (!File.Exists(code))
        {
            Assert.True(Environment.TickCount64 < deadline, $"{string.Join(' ', command)} has not ended.");
            Thread.Sleep(5);
        }

        (int Code, string Output) result = (int.Parse(File.ReadAllText(code), CultureInfo.InvariantCulture), File.ReadAllText(Open(told)));
        File.Delete(code);
        File.Delete(Open(told));
        return result;
    }

    /// <summary>Starts a script of bash in a session of its own, with nothing open that belongs to Wine.</summary>
    /// <param name="script">The script.</param>
    /// <param name="arguments">What it sees as $0, $1 and so on.</param>
    public static void StartAroundWine(string script, string[] arguments)
    {
        const string Close = """
            for fd in /proc/$$/fd/*; do fd=${fd##*/}; ((fd > 2)) && eval "exec $fd>&-"; done
            exec </dev/null >/dev/null 2>&1

            """;
        var start = new ProcessStartInfo(Open("/usr/bin/setsid"), ["/bin/bash", "-c", Close + script, .. arguments]);
        Process.Start(start)?.Dispose();
    }
}
