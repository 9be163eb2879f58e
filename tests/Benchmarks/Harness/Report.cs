using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Benchmarks.Harness;

/// <summary>The table, row by row as it comes, and once more in full at the end.</summary>
internal sealed class Report(Bench bench)
{
    private readonly List<string[]> _rows = [["what", "LumaPS", "compared with", "figure", "target", ""]];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public void Begin()
    {
        string version = bench.RunPowerShell(null, "-Command", "$PSVersionTable.PSVersion.ToString()").Output;
        string rounds = bench.Options.IsQuick ? "; the short form: its figures show no more than that all of it works" : "";
        Console.WriteLine($"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, .NET {Environment.Version}, " +
            $"PowerShell {version}, curl {(bench.Curl is null ? "none" : "found")}{rounds}");
        Console.WriteLine("Medians, with (least..most) of the runs; both sides of a row ran by turns.");
    }

    public void Scenario(string name, string about) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n[{_clock.Elapsed.TotalSeconds,5:F0} s] {name}: {about}"));

    /// <summary>A row with a target that a figure has to stay under.</summary>
    public void Row(string what, string own, string beside, double figure, string shown, double target, string targetShown) =>
        Add(what, own, beside, shown, $"≤ {targetShown}", figure <= target ? "met" : "NOT MET");

    /// <summary>A ratio that has to stay under a target.</summary>
    public void Ratio(string what, Sample own, Sample other, string format, string unit, double target)
    {
        Sample ratio = own.Over(other);
        Row(what, own.Show(format, unit), other.Show(format, unit), ratio.Median, ratio.Show("0.00"), target,
            target.ToString("0.00", CultureInfo.InvariantCulture));
    }

    /// <summary>A row without a target.</summary>
    public void Note(string what, string own, string beside, string figure = "") => Add(what, own, beside, figure, "", "");

    public void Missing(string what, string program) => Add(what, "", "", $"not measured: {program} is not installed", "", "");

    public void End()
    {
        Console.WriteLine($"\nAll rows ({DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC):\n");
        Console.WriteLine(Line(_rows[0]));
        Console.WriteLine("|" + string.Concat(Enumerable.Repeat("---|", _rows[0].Length)));
        foreach (string[] row in _rows.Skip(1)) Console.WriteLine(Line(row));
    }

    private static string Line(string[] row) => $"| {string.Join(" | ", row)} |";

    private void Add(params string[] row)
    {
        _rows.Add(row);
        Console.WriteLine(Line(row));
    }
}
