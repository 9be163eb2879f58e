using System.Globalization;
using Benchmarks.Harness;
using Luma;

namespace Benchmarks.Scenarios;

/// <summary>The poll schedules of the field over one set of durations, by simulation: nothing is sent.</summary>
internal sealed class PollScenario : IScenario
{
    private const int Jobs = 20_000;
    private const int BatchSize = 100;

    public string Name => "polls";

    public string About => $"poll schedules by simulation over the same {Jobs} durations of each kind";

    public void Run(Bench bench)
    {
        var random = new Random(20_000);
        double[] fast = [.. Enumerable.Range(0, Jobs).Select(_ => Math.Clamp(120 * Math.Exp(0.45 * Normal(random)), 20, 900))];
        double[] relax = [.. Enumerable.Range(0, Jobs).Select(_ => 60 * Math.Pow(30, random.NextDouble()))];

        // When a job is asked first, how long until it is asked again at an age, and at what age it is given up.
        Schedule[] peers =
        [
            new("fal (0.1 s)", 0, (_, _) => 0.1, double.PositiveInfinity),
            new("Replicate (0.5 s)", 0.5, (_, _) => 0.5, double.PositiveInfinity),
            new("OpenAI (1 s)", 1, (_, _) => 1, double.PositiveInfinity),
            new("PSOpenAI (3 s)", 3, (_, _) => 3, double.PositiveInfinity),
            new("Runway (6 ± 1.5 s, 600 s)", 6, (_, any) => 4.5 + (3 * any), 600),
            new("the common 30 s × 20", 30, (_, _) => 30, 600),
        ];
        Compare(bench, "fast", fast, true, peers, 25, 3.1);
        Compare(bench, "relax", relax, false, peers, 39, 7.6);
    }

    private static void Compare(
        Bench bench, string mode, double[] durations, bool isFast, Schedule[] peers, double mostPolls, double mostLate)
    {
        var own = new Schedule("LumaPS", PollSchedule.FirstAge.TotalSeconds,
            (age, any) => PollSchedule.Next(TimeSpan.FromSeconds(age), isFast, null, any).TotalSeconds, double.PositiveInfinity);
        (double polls, double late, double latest, _) = own.Simulate(durations);
        bench.Report.Row($"{mode}: polls per job", Show(polls, "0.0"), "", polls, Show(polls, "0.0"), mostPolls, Show(mostPolls, "0"));
        bench.Report.Row($"{mode}: mean lateness", $"{Show(late, "0.00")} s", "", late, $"worst {Show(latest, "0.0")} s, none given up",
            mostLate, $"{Show(mostLate, "0.0")} s");
        (double batchPolls, double batchLate, double batchLatest) = SimulateBatches(durations, isFast);
        bench.Report.Row($"{mode}, in batches of {BatchSize}: polls per job", Show(batchPolls, "0.0"), "", batchPolls,
            Show(batchPolls, "0.0"), mostPolls, Show(mostPolls, "0"));
        bench.Report.Row($"{mode}, in batches of {BatchSize}: mean lateness", $"{Show(batchLate, "0.00")} s", "", batchLate,
            $"worst {Show(batchLatest, "0.0")} s, none given up", mostLate, $"{Show(mostLate, "0.0")} s");
        foreach (Schedule peer in peers)
        {
            (double itsPolls, double itsLate, double itsLatest, int givenUp) = peer.Simulate(durations);
            bench.Report.Note(
                $"{mode}: polls, mean lateness, worst; beside {peer.Name}",
                $"{Show(polls, "0.0")}, {Show(late, "0.00")} s, {Show(latest, "0.0")} s",
                $"{Show(itsPolls, "0.0")}, {Show(itsLate, "0.00")} s, {Show(itsLatest, "0.0")} s",
                $"{Show(100.0 * givenUp / Jobs, "0.0")} % of its jobs given up");
        }
    }

    // Jobs submitted together, of which the later ones leave questions out as JobWaiter does.
    private static (double Polls, double Late, double Latest) SimulateBatches(double[] durations, bool isFast)
    {
        var random = new Random(1);
        long polls = 0;
        double late = 0, latest = 0;
        foreach (double[] batch in durations.Chunk(BatchSize))
        {
            var sample = new BatchSample();
            int?[] numbers = [.. batch.Select(_ => sample.Join())];
            bool[] wasLeftOut = new bool[batch.Length];
            var due = new PriorityQueue<int, double>(
                Enumerable.Range(0, batch.Length).Select(job => (job, PollSchedule.FirstAge.TotalSeconds + (job * 1e-6))));
            while (due.TryDequeue(out int job, out double seconds))
            {
                TimeSpan age = TimeSpan.FromSeconds(seconds);
                wasLeftOut[job] = numbers[job] is null && !wasLeftOut[job] && sample.IsTooYoung(age);
                if (!wasLeftOut[job])
                {
                    polls++;
                    if (seconds >= batch[job])
                    {
                        sample.SeenEnded(age);
                        late += seconds - batch[job];
                        latest = Math.Max(latest, seconds - batch[job]);
                        continue;
                    }

                    if (numbers[job] is { } number) sample.SeenRunning(number, age);
                }

                due.Enqueue(job, seconds + PollSchedule.Next(age, isFast, null, random.NextDouble()).TotalSeconds);
            }
        }

        return (polls / (double)durations.Length, late / durations.Length, latest);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Schedule(string Name, double First, Func<double, double, double> Next, double GivesUpAt)
    {
        public (double Polls, double Late, double Latest, int GivenUp) Simulate(double[] durations)
        {
            var random = new Random(1);
            long polls = 0;
            double late = 0, latest = 0;
            int givenUp = 0;
            foreach (double duration in durations)
            {
                double age = First;
                polls++;
                while (age < duration && age < GivesUpAt)
                {
                    age += Next(age, random.NextDouble());
                    if (age > GivesUpAt) break;
                    polls++;
                }

                if (age > GivesUpAt || age < duration)
                {
                    givenUp++;
                    continue;
                }

                late += age - duration;
                latest = Math.Max(latest, age - duration);
            }

            return (polls / (double)durations.Length, late / (durations.Length - givenUp), latest, givenUp);
        }
    }
}
