using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>A short job is not held up by a long one.</summary>
internal sealed class FirstFileScenario : IScenario
{
    public string Name => "first";

    public string About => "jobs of 30 s and 1 s, in this order: when the first file comes out";

    public void Run(Bench bench)
    {
        using var sandbox = new SandboxProcess();
        sandbox.Tell("jobs prompt");
        Sample plain = new(), extended = new();
        for (int round = 0; round < bench.Rounds(5); round++)
        {
            plain.Add(Seconds(bench.RunScript("luma-first.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Destination", "videos")));
            extended.Add(
                Seconds(bench.RunScript("luma-first.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Destination", "videos", "-Extend")));
        }

        bench.Report.Row("the first file of New, Wait, Save, jobs of 1 s and 30 s", plain.Show("0.00", " s"), "", plain.Median,
            plain.Show("0.00", " s"), 4, "4 s");
        bench.Report.Row("the first file of New, Wait, Add, Wait, Save, jobs of 1 s and 30 s", extended.Show("0.00", " s"), "",
            extended.Median, extended.Show("0.00", " s"), 8, "8 s");
    }

    private static double Seconds(Measured measured) => double.Parse(measured.Output, CultureInfo.InvariantCulture);
}
