using System.Management.Automation;
using System.Runtime.Loader;
using Luma;
using Luma.Postgres;

namespace LumaPS.Startup;

/// <summary>Runs when the module is imported, in each runspace.</summary>
public sealed class ModuleStart : IModuleAssemblyInitializer
{
    private static int _hooked;

    /// <summary>
    /// Hooks the assemblies that live in a load context of their own: once per process and permanently, since other
    /// runspaces continue with the module when this one removes it.
    /// </summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _hooked, 1) != 0) return;
        AssemblyLoadContext.Default.Resolving += DependencyLoadContext.Resolve;
        Journal.Databases = address => PostgresConnections.Open(address); // Loaded when it is first called: only for a shared journal.
    }
}
