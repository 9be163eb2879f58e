using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>What the first request costs more than the second: the HTTP pipeline is loaded with it.</summary>
internal sealed class FirstRequestScenario : IScenario
{
    public string Name => "request";

    public string About => "the first request after the import, beside the second";

    public void Run(Bench bench)
    {
        using var sandbox = new SandboxProcess();
        string jobs = Path.Combine(bench.NewFolder(), "jobs");
        sandbox.Tell($"submit 1 1 1 {jobs}");
        string jobId = File.ReadAllText(jobs).Split(' ')[0];
        Show(bench, "New-LumaVideo", () => bench.RunScript("first-request.ps1", sandbox, "-Module", Bench.ModuleFolder));
        Show(bench, "Get-LumaJob -JobId",
            () => bench.RunScript("first-request.ps1", sandbox, "-Module", Bench.ModuleFolder, "-JobId", jobId));
    }

    private static void Show(Bench bench, string command, Func<Measured> run)
    {
        Sample first = new(), second = new(), firstCpu = new(), secondCpu = new();
        for (int round = 0; round < bench.Rounds(9); round++)
        {
            string[] figures = run().Output.Split(' ');
            first.Add(double.Parse(figures[0], CultureInfo.InvariantCulture));
            firstCpu.Add(double.Parse(figures[1], CultureInfo.InvariantCulture));
            second.Add(double.Parse(figures[2], CultureInfo.InvariantCulture));
            secondCpu.Add(double.Parse(figures[3], CultureInfo.InvariantCulture));
        }

        Sample more = first.Minus(second);
        bench.Report.Row($"the first {command} after the import, more than the second", first.Show("0", " ms"), second.Show("0", " ms"),
            more.Median, more.Show("0", " ms"), 150, "150 ms");
        bench.Report.Note(
            "the same in CPU time", firstCpu.Show("0", " ms"), secondCpu.Show("0", " ms"), firstCpu.Minus(secondCpu).Show("0", " ms"));
    }
}
