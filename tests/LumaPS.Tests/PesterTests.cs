using Xunit.Abstractions;

namespace LumaPS.Tests;

// Two classes for each PowerShell, with half of the files each: what is in one class runs one after the other, the classes
// run side by side. The restored one always; the names that Microsoft's packages install where LUMAPS_TEST_SHELLS says so.

public sealed class RestoredTests(ITestOutputHelper output)
{
    [PesterFiles(PowerShellHost.Restored, 0)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class RestoredOtherHalfTests(ITestOutputHelper output)
{
    [PesterFiles(PowerShellHost.Restored, 1)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh", 0)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshOtherHalfTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh", 1)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshLtsTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh-lts", 0)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshLtsOtherHalfTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh-lts", 1)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshPreviewTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh-preview", 0)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshPreviewOtherHalfTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh-preview", 1)]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}
