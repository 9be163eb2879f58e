using Xunit.Abstractions;

namespace LumaPS.Tests;

// A class for each part of the files and each PowerShell: what is in one class runs one after the other, in one process where
// it can, and the classes run side by side. The restored PowerShell always; the names that Microsoft's packages install where
// LUMAPS_TEST_SHELLS says so.

public sealed class RestoredFirstTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles(PowerShellHost.Restored, 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class RestoredSecondTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles(PowerShellHost.Restored, 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class RestoredThirdTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles(PowerShellHost.Restored, 2)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class RestoredFourthTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles(PowerShellHost.Restored, 3)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshFirstTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh", 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshSecondTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh", 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshThirdTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh", 2)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshFourthTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh", 3)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshLtsFirstTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-lts", 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshLtsSecondTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-lts", 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshLtsThirdTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-lts", 2)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshLtsFourthTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-lts", 3)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshPreviewFirstTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-preview", 0)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshPreviewSecondTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-preview", 1)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshPreviewThirdTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-preview", 2)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}

public sealed class PwshPreviewFourthTests(PesterSession session, ITestOutputHelper output) : IClassFixture<PesterSession>
{
    [PesterFiles("pwsh-preview", 3)]
    public Task Pester(string shell, string file) => session.RunAsync(shell, file, output);
}
