using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

/// <summary>The PowerShell that this project's restore brought. Compiled into each project that has <c>NeedsPowerShell</c>.</summary>
internal static class RestoredPowerShell
{
    /// <summary>Its <c>pwsh.dll</c>, in NuGet's folder of packages.</summary>
    public static string Path { get; } = System.IO.Path.GetFullPath(
        typeof(RestoredPowerShell).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "PowerShell").Value!);

    /// <summary>The program that runs it: the <c>dotnet</c> whose runtime this process has, which may not be on the <c>PATH</c>.</summary>
    public static string DotNet { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <summary>A start of it.</summary>
    public static ProcessStartInfo Start(params IEnumerable<string> arguments) => new(DotNet, ["exec", Path, .. arguments]);
}
