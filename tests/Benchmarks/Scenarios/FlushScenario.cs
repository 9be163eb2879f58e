using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>How often the journal is flushed to the disk for a submit: two lines each, and one flush each where nothing overlaps.</summary>
internal sealed class FlushScenario : IScenario
{
    public string Name => "flushes";

    public string About => "journal flushes per submit, from one worker and from sixteen";

    public void Run(Bench bench)
    {
        int count = bench.Count(1000, 100);
        using var sandbox = new SandboxProcess();
        foreach (string kind in (string[])["plain", "named"])
        {
            Sample one = new(), sixteen = new(), seconds = new(), secondsOfOne = new();
            for (int round = 0; round < bench.Rounds(3); round++)
            {
                (double flushes, double took) = Run(bench, sandbox, count, 1, kind);
                one.Add(flushes);
                secondsOfOne.Add(took);
                (flushes, took) = Run(bench, sandbox, count, 16, kind);
                sixteen.Add(flushes);
                seconds.Add(took);
            }

            string what = kind == "named" ? " with names" : "";
            bench.Report.Note($"journal flushes per submit{what}, 16 workers beside 1", sixteen.Show("0.00"), one.Show("0.00"),
                sixteen.Over(one).Show("0.00"));
            bench.Report.Note($"{count} submits{what} in the library alone, 16 workers beside 1", seconds.Show("0.00", " s"),
                secondsOfOne.Show("0.00", " s"), seconds.Over(secondsOfOne).Show("0.00"));
        }
    }

    private static (double Flushes, double Seconds) Run(Bench bench, SandboxProcess sandbox, int count, int workers, string kind)
    {
        string[] figures = bench.RunSelf(sandbox, "submitter", $"{count}", $"{workers}", kind).Output.Split(' ');
        return (double.Parse(figures[0], CultureInfo.InvariantCulture), double.Parse(figures[1], CultureInfo.InvariantCulture));
    }
}
