using Xunit.Abstractions;

namespace LumaPS.Tests;

// One class for each name that Microsoft's packages install: what is in one class runs one after the other, the classes
// run side by side.

public sealed class PwshTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh")]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshLtsTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh-lts")]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}

public sealed class PwshPreviewTests(ITestOutputHelper output)
{
    [PesterFiles("pwsh-preview")]
    public Task Pester(string shell, string file) => PesterRun.RunAsync(shell, file, output);
}
