using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit.Abstractions;

namespace LumaPS.Tests;

/// <summary>Runs a Pester file in a PowerShell of its own.</summary>
internal static class PesterRun
{
    // More where all is slower, as under Wine.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(
        int.TryParse(Environment.GetEnvironmentVariable("LUMAPS_TEST_MINUTES"), NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) ? minutes : 3);

    /// <summary>Passes if Pester found tests in the file and none failed.</summary>
    public static async Task RunAsync(string shell, string file, ITestOutputHelper output)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("LumaPS.Tests-");
        try
        {
            string resultFile = Path.Combine(folder.FullName, "result.json");
            string work = folder.CreateSubdirectory("work").FullName;
            ProcessStartInfo start = PowerShellHost.Find(shell)!.Start(
                "-File", Path.Combine(Repository.PesterFolder, "Invoke-PesterFile.ps1"), Path.Combine(Repository.PesterFolder, file), resultFile);
            start.WorkingDirectory = work;
            start.Environment["LUMAPS_HOME"] = Path.Combine(folder.FullName, "home");
            start.Environment["LUMAPS_MODULE"] = Repository.ModuleFolder;

            ChildProcess child = await ChildProcess.RunAsync(start, _limit);
            output.WriteLine(child.Output);
            if (child.ExitCode is null) Assert.Fail($"{file} was not done after {_limit.TotalMinutes} minutes, and was killed.");
            if (!File.Exists(resultFile)) Assert.Fail($"PowerShell ended with exit code {child.ExitCode} and no result.");
            Result result = JsonSerializer.Deserialize<Result>(File.ReadAllText(resultFile))!;
            if (result.Problems.Length > 0) Assert.Fail(string.Join("\n", result.Problems));
            if (result.Total == 0) Assert.Fail($"Pester found no test in {file}.");
        }
        finally
        {
            Delete(folder);
        }
    }

    private static void Delete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something the tests started still has it open; it is in the system's folder for temporary files.
        }
    }

    private sealed record Result(int Total, string[] Problems);
}
