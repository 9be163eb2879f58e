using Benchmarks.Harness;
using Benchmarks.Scenarios;

// The program is also each of the processes it measures with: the sandbox, the stopwatch around a command, and the
// parts of the library that are measured without PowerShell.
return args switch
{
    ["sandbox", .. var rest] => SandboxMode.Run(rest),
    ["measure", .. var rest] => MeasureMode.Run(rest),
    ["waiter", .. var rest] => await WaiterMode.RunAsync(rest),
    ["submitter", .. var rest] => await SubmitterMode.RunAsync(rest),
    _ => Run(args),
};

static int Run(string[] args)
{
    IScenario[] all =
    [
        new BatchScenario(),
        new SubmitScenario(),
        new FlushScenario(),
        new LargeFileScenario(),
        new WaitScenario(),
        new ScaleScenario(),
        new FirstFileScenario(),
        new PollScenario(),
        new ImportScenario(),
        new FirstRequestScenario(),
        new JournalSizeScenario(),
    ];
    if (Options.Parse(args, [.. all.Select(scenario => scenario.Name)]) is not { } options) return 2;
    using var bench = new Bench(options);
    bench.Report.Begin();
    foreach (IScenario scenario in all.Where(scenario => options.Only.Count == 0 || options.Only.Contains(scenario.Name)))
    {
        bench.Report.Scenario(scenario.Name, scenario.About);
        scenario.Run(bench);
    }

    bench.Report.End();
    return 0;
}
