namespace LumaPS.Pipeline;

/// <summary>
/// What a waiting cmdlet hands to the LumaPS cmdlet right below it, so that PowerShell calls that one and it can let its
/// results out. It means nothing and goes no further.
/// </summary>
internal sealed class DrainRequest
{
    public static readonly DrainRequest Instance = new();

    private DrainRequest()
    {
    }
}
