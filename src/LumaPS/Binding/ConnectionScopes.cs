namespace LumaPS.Binding;

/// <summary>Where a connection of Connect-Luma holds.</summary>
public sealed class ConnectionScopes() : KnownValues([Process, None])
{
    /// <summary>In the entire process.</summary>
    internal const string Process = "Process";

    /// <summary>Only where it is given.</summary>
    internal const string None = "None";
}
