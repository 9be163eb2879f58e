using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>Three hundred jobs of 5 s, from prompts to files.</summary>
internal sealed class BatchScenario : IScenario
{
    public string Name => "batch";

    public string About => "jobs of 5 s, submit to saved, beside a script of web cmdlets and beside curl";

    public void Run(Bench bench)
    {
        int count = bench.Count(300, 32);
        string jobs = $"{count} jobs of 5 s";
        using var sandbox = new SandboxProcess();
        sandbox.Tell("jobs 5");
        Side luma = new(), web = new(), curl = new();
        for (int round = 0; round < bench.Rounds(3); round++)
        {
            luma.Run(count, sandbox,
                () => bench.RunScript("luma.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Count", $"{count}", "-Destination", "videos"));
            if (bench.Curl is not null) curl.Run(count, sandbox, () => bench.RunShell("curl.sh", sandbox, $"{count}", "videos"));
            web.Run(count, sandbox, () => bench.RunScript("webcmdlets.ps1", sandbox, "-Count", $"{count}", "-Destination", "videos"));
        }

        bench.Report.Ratio($"{jobs}, wall, to the script", luma.Wall, web.Wall, "0.0", " s", 0.20);
        bench.Report.Ratio($"{jobs}, CPU, to the script", luma.Cpu, web.Cpu, "0.0", " s", 0.35);
        bench.Report.Ratio($"{jobs}, peak memory, to the script", luma.Memory, web.Memory, "0", " MiB", 0.80);
        bench.Report.Ratio($"{jobs}, fetches per job, to the script", luma.Fetches, web.Fetches, "0.00", "", 1.00);
        if (bench.Curl is null) bench.Report.Missing($"{jobs}, wall, to curl", "curl (with xargs and bash)");
        else
        {
            bench.Report.Ratio($"{jobs}, wall, to curl", luma.Wall, curl.Wall, "0.0", " s", 1.3);
            bench.Report.Note(
                $"{jobs}, CPU, beside curl", luma.Cpu.Show("0.0", " s"), curl.Cpu.Show("0.0", " s"), luma.Cpu.Over(curl.Cpu).Show("0.00"));
        }
    }

    private sealed class Side
    {
        public Sample Wall { get; } = new();

        public Sample Cpu { get; } = new();

        public Sample Memory { get; } = new();

        public Sample Fetches { get; } = new();

        public void Run(int count, SandboxProcess sandbox, Func<Measured> run)
        {
            int before = sandbox.Counts().Fetches;
            Measured measured = run();
            if (int.Parse(measured.Output, CultureInfo.InvariantCulture) != count)
            {
                throw new InvalidOperationException($"{measured.Output} of {count} videos were saved.");
            }

            Wall.Add(measured.Wall);
            Cpu.Add(measured.Cpu);
            Memory.Add(measured.PeakMiB);
            Fetches.Add((sandbox.Counts().Fetches - before) / (double)count);
        }
    }
}
