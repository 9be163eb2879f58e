using System.Runtime.CompilerServices;

namespace LumaPS.Binding;

/// <summary>
/// Values that stand in for arguments that cannot be used, and why. A cmdlet refuses them itself: where PowerShell refuses an
/// argument, the cmdlet never runs, and a Connect-Luma that never ran would leave the old connection in place.
/// </summary>
internal static class RefusedArguments
{
    private static readonly ConditionalWeakTable<object, string> _reasons = [];

    /// <summary>Marks a value as one that stands in for a refused one.</summary>
    public static T Refuse<T>(T standIn, string reason)
        where T : class
    {
        _reasons.AddOrUpdate(standIn, reason);
        return standIn;
    }

    /// <summary>Why a value was refused; null: it was not.</summary>
    public static string? ReasonFor(object? value) => value is not null && _reasons.TryGetValue(value, out string? reason) ? reason : null;
}
