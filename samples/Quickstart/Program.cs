using System.Diagnostics;
using System.Reflection;

// The quick start: the module as this repository builds it, in the PowerShell that came with the restore, against the sandbox.
// `-- --shell` opens a PowerShell to try it by hand instead.
string repository = Path.GetFullPath(
    typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Repository").Value!);
string samples = Path.Combine(repository, "samples");
string[]? arguments = args switch
{
    [] => ["-NonInteractive", "-File", Path.Combine(samples, "quickstart.ps1")],
    ["--shell"] => ["-NoLogo", "-NoExit", "-File", Path.Combine(samples, "shell.ps1")],
    _ => null,
};
if (arguments is null)
{
    Console.Error.WriteLine(
        $"The quick start takes nothing, or --shell for a PowerShell to try LumaPS in. It was given: {string.Join(' ', args)}");
    return 2;
}

// Ctrl+C is for the PowerShell, which hears it as well; this program ends when it does.
Console.CancelKeyPress += (_, pressed) => pressed.Cancel = true;
using Process powerShell = Process.Start(RestoredPowerShell.Start(["-NoProfile", .. arguments]))!;
await powerShell.WaitForExitAsync();
return powerShell.ExitCode;
