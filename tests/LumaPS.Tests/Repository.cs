using System.Reflection;

namespace LumaPS.Tests;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The module as <c>dotnet build -c Release</c> leaves it.</summary>
    public static string ModuleFolder => Path.GetFullPath(Metadata("ModuleFolder"));

    /// <summary>The folder of the Pester files.</summary>
    public static string PesterFolder => Path.GetFullPath(Path.Combine(Metadata("Repository"), "tests", "LumaPS.Tests"));

    /// <summary>The quick start's program, as it was built with these tests.</summary>
    public static string Quickstart => Path.GetFullPath(Metadata("Quickstart"));

    /// <summary>The manifest of the Pester that came with the restore.</summary>
    public static string Pester => Path.GetFullPath(Metadata("Pester"));

    /// <summary>The assembly that carries axe-core's script, as the restore brought it.</summary>
    public static string Axe => Path.GetFullPath(Metadata("Axe"));

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
