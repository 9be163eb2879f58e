using System.Reflection;
using System.Runtime.Loader;

namespace LumaPS.Startup;

/// <summary>
/// Where Luma.Http, Luma.Postgres and the packages behind them live, away from other modules that bring other versions of them. What the
/// host itself has in the wanted version or newer is taken from the host.
/// </summary>
internal sealed class DependencyLoadContext : AssemblyLoadContext
{
    private static readonly HashSet<string> _entrances = ["LumaPS.Http", "LumaPS.Postgres"];
    private static readonly Lazy<DependencyLoadContext> _context = new(() => new DependencyLoadContext());

    private readonly string _folder = Path.Combine(Path.GetDirectoryName(typeof(DependencyLoadContext).Assembly.Location)!, "deps");
    private readonly HashSet<string> _hostNames = HostNames();

    private DependencyLoadContext()
        : base("LumaPS")
    {
    }

    public static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        _entrances.Contains(name.Name!) ? _context.Value.LoadFromAssemblyName(name) : null;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (OfHost(assemblyName) is { } host) return host;
        string file = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }

    // Asked for by loading it: to look into the host's files for their versions first takes longer than all the rest.
    private Assembly? OfHost(AssemblyName wanted)
    {
        if (!_hostNames.Contains(wanted.Name!) || wanted.Version?.Major > Environment.Version.Major) return null;
        try
        {
            Assembly host = Default.LoadFromAssemblyName(wanted);
            return host.GetName().Version >= wanted.Version ? host : null;
        }
        catch (IOException)
        {
            return null; // The host's is older.
        }
    }

    private static HashSet<string> HostNames() =>
        ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
}
