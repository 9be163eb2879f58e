namespace Luma.Tests.Support;

/// <summary>A test of something that only Windows has.</summary>
internal sealed class WindowsFactAttribute : FactAttribute
{
    public WindowsFactAttribute()
    {
        if (!OperatingSystem.IsWindows()) Skip = "Only Windows has it; tests/windows/run runs it.";
    }
}
