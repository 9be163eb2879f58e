using System.Reflection;

namespace LumaPS.Tests;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The module as <c>dotnet build -c Release</c> leaves it.</summary>
    public static string ModuleFolder => Path.GetFullPath(Metadata("ModuleFolder"));

    /// <summary>The folder of the Pester files.</summary>
    public static string PesterFolder => Path.GetFullPath(Path.Combine(Metadata("Repository"), "tests", "LumaPS.Tests"));

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
