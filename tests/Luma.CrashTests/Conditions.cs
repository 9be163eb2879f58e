using System.Diagnostics;

namespace Luma.CrashTests;

/// <summary>A test that needs what Windows does not have.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    /// <param name="why">Why it does.</param>
    public UnixFactAttribute(string why)
    {
        if (OperatingSystem.IsWindows()) Skip = why;
    }
}

/// <inheritdoc cref="UnixFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixTheoryAttribute : TheoryAttribute
{
    /// <param name="why">Why it does.</param>
    public UnixTheoryAttribute(string why)
    {
        if (OperatingSystem.IsWindows()) Skip = why;
    }
}

/// <summary>A test that traces system calls.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StraceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_missing = new(Missing);

    public StraceFactAttribute() => Skip = s_missing.Value;

    private static string? Missing()
    {
        const string WhatToDo = "It traces system calls with strace, on Linux:";
        if (!OperatingSystem.IsLinux()) return $"{WhatToDo} this is another system.";
        try
        {
            using Process trace = Process.Start(new ProcessStartInfo("strace", ["-f", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
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
    private static readonly Lazy<string?> s_missing = new(Missing);

    public MountFactAttribute() => Skip = s_missing.Value;

    private static string? Missing()
    {
        const string WhatToDo = "It mounts a small disk in a namespace of its own, on Linux:";
        if (!OperatingSystem.IsLinux()) return $"{WhatToDo} this is another system.";
        try
        {
            using Process mount = Process.Start(new ProcessStartInfo("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/tmp"]) { RedirectStandardError = true })!;
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
