using System.Reflection;
using System.Runtime.Loader;

namespace LumaPS.Startup;

/// <summary>
/// Where Luma.Http and the packages behind it live, away from other modules that bring other versions of them. What the
/// host itself has in the wanted version or newer is taken from the host.
/// </summary>
internal sealed class DependencyLoadContext : AssemblyLoadContext
{
    private const string Entrance = "Luma.Http";
    private static readonly Lazy<DependencyLoadContext> s_context = new(() => new DependencyLoadContext());

    private readonly string _folder = Path.Combine(Path.GetDirectoryName(typeof(DependencyLoadContext).Assembly.Location)!, "deps");
    private readonly Dictionary<string, string> _hostFiles = HostFiles();

    private DependencyLoadContext()
        : base("LumaPS")
    {
    }

    public static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        name.Name == Entrance ? s_context.Value.LoadFromAssemblyName(name) : null;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string name = assemblyName.Name!;
        if (_hostFiles.TryGetValue(name, out string? hostFile) && AssemblyName.GetAssemblyName(hostFile).Version >= assemblyName.Version) return null;
        string file = Path.Combine(_folder, name + ".dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }

    private static Dictionary<string, string> HostFiles() =>
        ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .GroupBy(Path.GetFileNameWithoutExtension, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key!, group => group.First(), StringComparer.OrdinalIgnoreCase);
}
