using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>Ten thousand jobs at once, in fast time: both the sandbox's clock and the waiter's go at a multiple of the system's.</summary>
internal sealed class WaitScenario : IScenario
{
    private const int Speed = 30;

    public string Name => "wait";

    public string About => $"jobs of 10 to 30 minutes waited for at once, {Speed} times as fast, over HTTP";

    public void Run(Bench bench)
    {
        int count = bench.Count(10_000, 1_000);
        Sample memory = new(), few = new(), cpu = new(), mean = new(), worst = new(), polls = new(), minutes = new();
        for (int round = 0; round < bench.Rounds(2); round++)
        {
            few.Add(Wait(bench, 10).Memory);
            (double simulated, double used, double peak, double late, double latest, double fetches) = Wait(bench, count);
            memory.Add(peak);
            cpu.Add(100 * used / simulated);
            mean.Add(late);
            worst.Add(latest);
            polls.Add(fetches);
            minutes.Add(simulated / 60);
        }

        string what = $"{count} jobs waited for";
        Sample added = memory.Minus(few);
        bench.Report.Row($"{what}, memory added to that of 10", memory.Show("0", " MiB"), few.Show("0", " MiB"), added.Median,
            added.Show("0", " MiB"), 64, "64 MiB");
        bench.Report.Row($"{what}, CPU of one core on average over {minutes.Show("0")} minutes", cpu.Show("0.00", " %"), "", cpu.Median,
            cpu.Show("0.00", " %"), 5, "5 %");
        bench.Report.Note($"{what}, how late a job is noticed, mean and worst", $"{mean.Show("0")} s", $"{worst.Show("0")} s",
            $"{polls.Show("0.0")} fetches per job");
    }

    private static (double Simulated, double Cpu, double Memory, double Late, double Latest, double Polls) Wait(Bench bench, int count)
    {
        string origin = DateTimeOffset.UtcNow.UtcTicks.ToString(CultureInfo.InvariantCulture);
        string speed = Speed.ToString(CultureInfo.InvariantCulture);
        using var sandbox = new SandboxProcess(origin, speed);
        string jobs = Path.Combine(bench.NewFolder(), "jobs");
        sandbox.Tell($"submit {count} 600 1800 {jobs}");
        double[] figures = [.. bench.RunSelf(sandbox, "waiter", jobs, origin, speed).Output.Split(' ')
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        if (figures[5] > 0) throw new InvalidOperationException($"{figures[5]} of {count} waits ended in an error.");
        return (figures[0], figures[1], figures[2] / Measured.MiB, figures[3], figures[4], sandbox.Counts().Fetches / (double)count);
    }
}
