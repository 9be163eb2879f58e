using Xunit.Abstractions;

namespace LumaPS.Tests;

// Two classes for each PowerShell, with half of the files each: what is in one class runs one after the other, in one
// process where it can, and the classes run side by side. The restored one always; the names that Microsoft's packages
// install where LUMAPS_TEST_SHELLS says so.

public sealed class RestoredTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles(PowerShellHost.Restored, 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class RestoredOtherHalfTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles(PowerShellHost.Restored, 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh", 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshOtherHalfTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh", 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshLtsTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-lts", 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshLtsOtherHalfTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-lts", 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshPreviewTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-preview", 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshPreviewOtherHalfTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-preview", 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}
