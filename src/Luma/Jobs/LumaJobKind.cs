namespace Luma;

/// <summary>The kinds of jobs.</summary>
public static class LumaJobKind
{
    /// <summary>A video made from text and pictures.</summary>
    public const string Generation = "Generation";

    /// <summary>A video that extends an earlier one.</summary>
    public const string Extension = "Extension";
}
