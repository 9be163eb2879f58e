using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>What a job costs in a small batch and in a large one.</summary>
internal sealed class ScaleScenario : IScenario
{
    public string Name => "scale";

    public string About => "CPU of New | Wait | Save for each job, by the size of the batch, start-up left out";

    public void Run(Bench bench)
    {
        int[] sizes = bench.Options.IsQuick ? [100, 1_000] : [100, 1_000, 10_000];
        using var sandbox = new SandboxProcess();
        sandbox.Tell("jobs 0");
        Dictionary<int, Sample> cost = sizes.ToDictionary(size => size, _ => new Sample());
        Dictionary<int, Sample> memory = sizes.ToDictionary(size => size, _ => new Sample());
        for (int round = 0; round < bench.Rounds(2); round++)
        {
            // The first two batches warm up: what the runtime compiles, and compiles again, is start-up. Then ten of a
            // hundred, since the system counts CPU in steps of 10 ms.
            const int Repeats = 10;
            string batches = string.Join(',', Enumerable.Repeat(sizes[0], Repeats).Concat(sizes.Skip(1)));
            double[][] figures = [.. bench.RunScript(
                "luma-scale.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Destination", "videos", "-Sizes", $"500,1000,{batches}")
                .Output.Split('\n').Skip(2)
                    .Select(line => (double[])[.. line.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))])];
            cost[sizes[0]].Add(figures.Take(Repeats).Average(batch => batch[1] / batch[0]));
            memory[sizes[0]].Add(figures[Repeats - 1][3] / Measured.MiB);
            foreach ((int size, double[] batch) in sizes.Skip(1).Zip(figures.Skip(Repeats)))
            {
                if (batch[0] != size) throw new InvalidOperationException($"{batch[0]} of {size} videos were saved.");
                cost[size].Add(batch[1] / size);
                memory[size].Add(batch[3] / Measured.MiB);
            }
        }

        foreach (int size in sizes.Skip(1))
        {
            Sample growth = cost[size].Over(cost[sizes[0]]);
            bench.Report.Row($"CPU per job of {size} jobs, to that of {sizes[0]}", cost[size].Show("0.00", " ms"),
                cost[sizes[0]].Show("0.00", " ms"), growth.Median, growth.Show("0.00"), 1.2, "1.20");
        }

        int last = sizes[^1];
        bench.Report.Note($"peak memory of {last} jobs, submit to saved, beside {sizes[0]}", memory[last].Show("0", " MiB"),
            memory[sizes[0]].Show("0", " MiB"), memory[last].Minus(memory[sizes[0]]).Show("0", " MiB"));
    }
}
