using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LumaPS.Tests;

/// <summary>
/// What <c>dotnet run --project samples/Quickstart</c> starts, on a machine that has another <c>pwsh</c> on its <c>PATH</c>, which must not
/// matter.
/// </summary>
public sealed partial class QuickstartTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("LumaPS.Tests-");

    [Fact]
    public async Task It_makes_a_video_with_the_module_in_the_restored_PowerShell()
    {
        ChildProcess run = await RunAsync("");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(FirstLine(), run.Output);
        Assert.Contains("Status : Succeeded", run.Output, StringComparison.Ordinal);
        string saved = SavedFile().Match(run.Output).Groups[1].Value;
        Assert.True(File.Exists(saved), run.Output);
        Assert.False(Directory.Exists(Journal), "The quick start wrote into the user's journal.");
    }

    [Fact]
    public async Task Its_shell_is_connected_to_a_sandbox_and_says_what_to_type_first()
    {
        ChildProcess shell = await RunAsync(
            "(New-LumaVideo 'typed by hand' | Wait-LumaJob | Save-LumaVideo -Destination ./videos).Length\nexit 7\n", "--shell");
        Assert.Equal(7, shell.ExitCode);
        Assert.Matches(FirstLine(), shell.Output);
        Assert.Contains("    New-LumaVideo 'a red car driving on a road' | Wait-LumaJob | Save-LumaVideo -Destination ./videos",
            shell.Output, StringComparison.Ordinal);
        Assert.Single(_folder.GetFiles("videos/*.mp4"));
        Assert.False(Directory.Exists(Journal), "The shell wrote into the user's journal.");
    }

    [Fact]
    public async Task It_refuses_what_it_does_not_know()
    {
        ChildProcess run = await RunAsync("", "--shel");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--shell", run.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Journal => Path.Combine(_folder.FullName, "home");

    private async Task<ChildProcess> RunAsync(string input, params string[] arguments)
    {
        string other = Path.Combine(_folder.CreateSubdirectory("bin").FullName, OperatingSystem.IsWindows() ? "pwsh.cmd" : "pwsh");
        await File.WriteAllTextAsync(other, OperatingSystem.IsWindows() ? "@exit /b 99" : "#!/bin/sh\nexit 99\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(other, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ProcessStartInfo start =
            PowerShellHost.Isolate(new ProcessStartInfo(RestoredPowerShell.DotNet, ["exec", Repository.Quickstart, .. arguments]));
        start.WorkingDirectory = _folder.FullName;
        start.Environment["LUMAPS_HOME"] = Journal;
        start.Environment["PATH"] = Path.GetDirectoryName(other) + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        return await ChildProcess.RunAsync(start, _limit, input);
    }

    [GeneratedRegex(@"LumaPS \d+\.\d+\.\d+ in PowerShell 7\.6\.\d+")]
    private static partial Regex FirstLine();

    [GeneratedRegex(@"Saved (.+\.mp4) \(\d+ bytes\)")]
    private static partial Regex SavedFile();
}
