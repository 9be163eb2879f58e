using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Language;
using Luma.Sandbox;

namespace LumaPS.Sandboxes;

/// <summary>A process of this PowerShell that keeps a sandbox, away from the terminal and the process that start it.</summary>
internal static class PowerShellProcess
{
    /// <summary>How it is started.</summary>
    /// <param name="pipe">The pipe over which it is told what to do.</param>
    public static ProcessStartInfo Start(string pipe)
    {
        ProcessStartInfo start = Executable();
        string assembly = CodeGeneration.EscapeSingleQuotedStringContent(typeof(SandboxHostProcess).Assembly.Location);
        string script =
            $"$ErrorActionPreference = 'Stop'; Add-Type -LiteralPath '{assembly}'; [{typeof(SandboxHostProcess).FullName}]::Run('{pipe}')";
        foreach (string argument in (string[])["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script])
        {
            start.ArgumentList.Add(argument);
        }

        start.WorkingDirectory = Path.GetPathRoot(AppContext.BaseDirectory); // It must not keep the current folder from being removed.
        if (OperatingSystem.IsWindows())
        {
            // By the shell it inherits no handles, as which it would keep the output of this process open; and its console is hidden.
            start.UseShellExecute = true;
            start.WindowStyle = ProcessWindowStyle.Hidden;
            return start;
        }

        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment.Remove("TTAPI_KEY"); // The service's key is no business of the sandbox.
        return start;
    }

    // The folder of this PowerShell has it; one that dotnet runs, as a tool of .NET, has an assembly only.
    private static ProcessStartInfo Executable()
    {
        string folder = Path.GetDirectoryName(typeof(PSObject).Assembly.Location)!;
        string own = Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh"), assembly = Path.Combine(folder, "pwsh.dll");
        if (File.Exists(own)) return new ProcessStartInfo(own);
        string current = Environment.ProcessPath ?? "", name = Path.GetFileNameWithoutExtension(current);
        if (name.StartsWith("pwsh", StringComparison.OrdinalIgnoreCase)) return new ProcessStartInfo(current);
        if (!File.Exists(assembly)) throw new IOException($"there is no PowerShell in {folder} that could run it.");
        string dotnet = name.Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? current
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
        return new ProcessStartInfo(dotnet) { ArgumentList = { "exec", assembly } };
    }
}
