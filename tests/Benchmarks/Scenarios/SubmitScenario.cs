using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>A thousand submits, sixteen at a time.</summary>
internal sealed class SubmitScenario : IScenario
{
    public string Name => "submit";

    public string About => "submits with -ThrottleLimit 16, beside xargs -P16 curl";

    public void Run(Bench bench)
    {
        int count = bench.Count(1000, 100);
        string what = $"{count} submits, 16 at a time";
        if (bench.Curl is null)
        {
            bench.Report.Missing(what, "curl (with xargs and bash)");
            return;
        }

        using var sandbox = new SandboxProcess();
        Sample plain = new(), named = new(), curl = new();
        for (int round = 0; round < bench.Rounds(5); round++)
        {
            plain.Add(Checked(count, bench.RunScript("luma-submit.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Count", $"{count}")));
            curl.Add(Checked(count, bench.RunShell("curl-submit.sh", sandbox, $"{count}")));
            named.Add(
                Checked(count, bench.RunScript("luma-submit.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Count", $"{count}", "-Named")));
        }

        bench.Report.Ratio($"{what}, wall", plain, curl, "0.00", " s", 1.0);
        bench.Report.Ratio($"{what}, each with a name, wall", named, curl, "0.00", " s", 1.0);
    }

    private static double Checked(int count, Measured measured) =>
        int.Parse(measured.Output, CultureInfo.InvariantCulture) == count
            ? measured.Wall : throw new InvalidOperationException($"{measured.Output} of {count} were submitted.");
}
