using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Luma.CrashTests;

/// <summary>A test that sends a signal to a process.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SignalFactAttribute : FactAttribute
{
    /// <param name="signal">Its name, such as INT.</param>
    /// <param name="name">The test's.</param>
    public SignalFactAttribute(string signal, [CallerMemberName] string name = "")
    {
        Skip = Missing(signal);
        if (Skip is not null) DisplayName = $"{name} (skipped: {Skip})"; // The console shows no reasons.
    }

    private static string? Missing(string signal)
    {
        if (OperatingSystem.IsWindows()) return null; // Its own events; see WorkerProcess.
        using Process shell =
            Process.Start(new ProcessStartInfo("sh", ["-c", $"kill -{signal} $$; echo ignored"]) { RedirectStandardOutput = true })!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output.Length == 0
            ? null : $"Whoever started these tests (nohup, a shell in the background) has all their processes ignore SIG{signal}.";
    }
}

/// <summary>A test of something that only Windows has.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WindowsFactAttribute : FactAttribute
{
    public WindowsFactAttribute()
    {
        if (!OperatingSystem.IsWindows()) Skip = "Only Windows has it; tests/windows/run runs it.";
    }
}

/// <summary>A test that traces system calls.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StraceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> _missing = new(Missing);

    /// <param name="name">The test's.</param>
    public StraceFactAttribute([CallerMemberName] string name = "")
    {
        Skip = _missing.Value;
        if (Skip is not null) DisplayName = $"{name} (skipped: {Skip})";
    }

    private static string? Missing()
    {
        const string WhatToDo = "It traces system calls with strace, on Linux:";
        if (!OperatingSystem.IsLinux()) return $"{WhatToDo} this is another system.";
        try
        {
            using Process trace =
                Process.Start(new ProcessStartInfo("strace", ["-f", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            string errors = trace.StandardError.ReadToEnd();
            trace.WaitForExit();
            return trace.ExitCode == 0 ? null : $"{WhatToDo} it may not trace here. {errors.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{WhatToDo} it is not installed (apt-get install strace).";
        }
    }
}

/// <summary>A test that mounts a disk for one process.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> _missing = new(Missing);

    /// <param name="name">The test's.</param>
    public MountFactAttribute([CallerMemberName] string name = "")
    {
        Skip = _missing.Value;
        if (Skip is not null) DisplayName = $"{name} (skipped: {Skip})";
    }

    private static string? Missing()
    {
        const string WhatToDo = "It mounts a small disk in a namespace of its own, on Linux:";
        if (!OperatingSystem.IsLinux()) return $"{WhatToDo} this is another system.";
        try
        {
            using Process mount = Process.Start(
                new ProcessStartInfo("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/tmp"]) { RedirectStandardError = true })!;
            string errors = mount.StandardError.ReadToEnd();
            mount.WaitForExit();
            return mount.ExitCode == 0 ? null : $"{WhatToDo} it may not here. {errors.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{WhatToDo} there is no unshare.";
        }
    }
}
