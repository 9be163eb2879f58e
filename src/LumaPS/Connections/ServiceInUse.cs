using Luma;

namespace LumaPS.Connections;

/// <summary>The service whose jobs the journal is asked for.</summary>
internal static class ServiceInUse
{
    /// <summary>That of the given connection, else of the process's, else of the environment's address; no key is needed.</summary>
    public static string Of(LumaConnection? given) =>
        (given ?? ProcessConnection.Current)?.Service ?? LumaConnection.ServiceOf(ProcessConnection.DefaultAddress());
}
