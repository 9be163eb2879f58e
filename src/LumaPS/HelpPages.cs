namespace LumaPS;

/// <summary>Where the cmdlets' pages are, for <c>Get-Help -Online</c>.</summary>
internal static class HelpPages
{
    public const string Address = "https://github.com/LumaPS/LumaPS/blob/main/docs/LumaPS/";
}
