using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>One video of a gibibyte.</summary>
internal sealed class LargeFileScenario : IScenario
{
    public string Name => "large";

    public string About => "a large file, beside curl -o";

    public void Run(Bench bench)
    {
        long size = bench.Count(1024, 128) * (long)Measured.MiB;
        string what = $"a file of {size / (long)Measured.MiB} MiB";
        if (bench.Curl is null)
        {
            bench.Report.Missing(what, "curl");
            return;
        }

        using var sandbox = new SandboxProcess();
        Sample save = new(), process = new(), curl = new(), curlToDisk = new(), memory = new(), small = new();
        for (int round = 0; round < bench.Rounds(5); round++)
        {
            sandbox.Tell("video clip");
            small.Add(Save(bench, sandbox).Measured.PeakMiB);

            sandbox.Tell($"video {size}");
            string link = bench.RunScript("luma-link.ps1", sandbox, "-Module", Bench.ModuleFolder).Output;
            curl.Add(bench.Run(bench.Curl, ["-sS", "-o", "video.mp4", link], sandbox).Wall);
            (Measured measured, double seconds, long length) = Save(bench, sandbox);
            if (length != size) throw new InvalidOperationException($"{length} of {size} bytes were saved.");
            save.Add(seconds);
            memory.Add(measured.PeakMiB);
            curlToDisk.Add(bench.Run("bash", ["-c", $"curl -sS -o video.mp4 '{link}' && sync video.mp4"], sandbox).Wall);
        }

        bench.Report.Ratio($"{what}, wall, to curl -o", save, curl, "0.00", " s", 1.1);
        bench.Report.Note($"{what}, wall, to curl -o and sync: both on the disk", save.Show("0.00", " s"), curlToDisk.Show("0.00", " s"),
            save.Over(curlToDisk).Show("0.00"));
        Sample added = memory.Minus(small);
        bench.Report.Row($"{what}, memory added to that of a small file", memory.Show("0", " MiB"), small.Show("0", " MiB"), added.Median,
            added.Show("0", " MiB"), 32, "32 MiB");
    }

    private static (Measured Measured, double Seconds, long Length) Save(Bench bench, SandboxProcess sandbox)
    {
        Measured measured = bench.RunScript("luma-save.ps1", sandbox, "-Module", Bench.ModuleFolder, "-Destination", "videos");
        string[] figures = measured.Output.Split(' ');
        return (measured, double.Parse(figures[0], CultureInfo.InvariantCulture), long.Parse(figures[1], CultureInfo.InvariantCulture));
    }
}
