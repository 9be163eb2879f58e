using System.Management.Automation;
using System.Runtime.Loader;

namespace LumaPS.Startup;

/// <summary>Runs when the module is imported, in each runspace.</summary>
public sealed class ModuleStart : IModuleAssemblyInitializer
{
    private static int _hooked;

    /// <summary>
    /// Hooks the one assembly that lives in a load context of its own: once per process and for good, since other
    /// runspaces go on with the module when this one removes it.
    /// </summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _hooked, 1) == 0) AssemblyLoadContext.Default.Resolving += DependencyLoadContext.Resolve;
    }
}
