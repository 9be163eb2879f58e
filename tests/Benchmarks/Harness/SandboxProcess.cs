using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Harness;

/// <summary>A sandbox in a process of its own, as its user sees it.</summary>
internal sealed class SandboxProcess : IDisposable
{
    private readonly Process _process;

    public SandboxProcess(params string[] arguments)
    {
        ProcessStartInfo start = Bench.SelfStart(["sandbox", .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
        string[] hello = _process.StandardOutput.ReadLine()!.Split(' ');
        (BaseUri, ApiKey) = (hello[0], hello[1]);
    }

    public string BaseUri { get; }

    public string ApiKey { get; }

    /// <summary>Tells it something and gives its answer.</summary>
    public string Tell(string command)
    {
        _process.StandardInput.WriteLine(command);
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The sandbox has ended at '{command}'.");
    }

    /// <summary>How many fetches, submits and downloads it has seen.</summary>
    public (int Fetches, int Submits, int Videos) Counts()
    {
        int[] counts = [.. Tell("counts").Split(' ').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        return (counts[0], counts[1], counts[2]);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
