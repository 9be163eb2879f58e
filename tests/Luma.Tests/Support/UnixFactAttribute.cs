using System.Runtime.CompilerServices;

namespace Luma.Tests.Support;

/// <summary>A test of something that only Unix has.</summary>
internal sealed class UnixFactAttribute : FactAttribute
{
    /// <param name="name">The test's.</param>
    public UnixFactAttribute([CallerMemberName] string name = "")
    {
        if (!OperatingSystem.IsWindows()) return;
        Skip = "Windows has nothing like it.";
        DisplayName = $"{name} (skipped: {Skip})"; // The console shows no reasons.
    }
}
