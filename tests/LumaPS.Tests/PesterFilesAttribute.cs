using System.ComponentModel;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace LumaPS.Tests;

/// <summary>Makes a test of each Pester file, for one PowerShell.</summary>
/// <param name="shell">Its name. Where it was not asked for, there are no tests for it.</param>
/// <param name="part">Which part of the files, from 0 to <see cref="Parts"/> - 1.</param>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("LumaPS.Tests.PesterFilesDiscoverer", "LumaPS.Tests")]
public sealed class PesterFilesAttribute(string shell, int part) : FactAttribute
{
    /// <summary>How many parts there are: some tests wait more than they compute, so there are more than processors.</summary>
    public const int Parts = 4;

    public string Shell { get; } = shell;

    public int Part { get; } = part;
}

/// <summary>Finds the tests of a <see cref="PesterFilesAttribute"/>.</summary>
public sealed class PesterFilesDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        if (PowerShellHost.Find(factAttribute.GetNamedArgument<string>(nameof(PesterFilesAttribute.Shell))) is not { } shell) return [];
        int part = factAttribute.GetNamedArgument<int>(nameof(PesterFilesAttribute.Part));
        string[] files = [.. Directory.EnumerateFiles(Repository.PesterFolder, "*.Tests.ps1").Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal).Where((_, index) => index % PesterFilesAttribute.Parts == part)];
        string? problem = files.Length == 0 ? $"There is no Pester file in {Repository.PesterFolder}." : shell.Failure;
        return problem is null
            ? files.Select(file => new PesterTestCase(diagnostics, testMethod, shell, file))
            : [new ExecutionErrorTestCase(
                diagnostics, TestMethodDisplay.ClassAndMethod, TestMethodDisplayOptions.None, testMethod, problem)];
    }
}

/// <summary>A Pester file in a PowerShell, e.g. <c>Wait-LumaJob.Tests.ps1 (PowerShell 7.6.9)</c>.</summary>
public sealed class PesterTestCase : XunitTestCase
{
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("For xunit, which makes it anew in the process that runs the tests.")]
    public PesterTestCase()
    {
    }

    internal PesterTestCase(IMessageSink diagnostics, ITestMethod testMethod, PowerShellHost shell, string file)
        : base(diagnostics, TestMethodDisplay.Method, TestMethodDisplayOptions.None, testMethod, [shell.Command, file])
    {
    }

    private PowerShellHost Shell => PowerShellHost.Find((string)TestMethodArguments[0])!;

    protected override string GetDisplayName(IAttributeInfo factAttribute, string displayName) => $"{TestMethodArguments[1]} ({Shell})";
}
