namespace Luma.Tests.Support;

/// <summary>A test of something that only Unix has.</summary>
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "Windows has nothing like it.";
    }
}
