using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Benchmarks.Harness;

/// <summary>
/// A process that starts one command, waits for it, and says as JSON what it cost. One process for one command: the
/// system counts the resources of ended children in one sum.
/// </summary>
internal static partial class MeasureMode
{
    private const int Self = 0;
    private const int Children = -1;

    /// <param name="args">The file for the command's output, the command, its arguments.</param>
    public static int Run(string[] args)
    {
        var start = new ProcessStartInfo(args[1])
            { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (string argument in args[2..]) start.ArgumentList.Add(argument);
        using FileStream output = File.Create(args[0]);
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        process.StandardOutput.BaseStream.CopyTo(output);
        errors.Wait();
        process.WaitForExit();
        double wall = Stopwatch.GetElapsedTime(began).TotalSeconds;
        (double cpu, long peak) = OperatingSystem.IsWindows() ? (process.TotalProcessorTime.TotalSeconds, process.PeakWorkingSet64)
            : Usage(Children);
        Console.Out.Write(JsonSerializer.Serialize(new Measured(wall, cpu, peak, process.ExitCode)));
        return 0;
    }

    /// <summary>What this process has used itself.</summary>
    public static (double Cpu, long PeakBytes) OfThisProcess()
    {
        if (!OperatingSystem.IsWindows()) return Usage(Self);
        using Process process = Process.GetCurrentProcess();
        return (process.TotalProcessorTime.TotalSeconds, process.PeakWorkingSet64);
    }

    private static (double Cpu, long PeakBytes) Usage(int who)
    {
        // struct rusage: two timevals (whose microseconds are 32 bits wide on macOS, with 32 of padding), then longs.
        Span<long> usage = stackalloc long[18];
        if (GetResourceUsage(who, usage) != 0) throw new InvalidOperationException($"getrusage failed: {Marshal.GetLastPInvokeError()}");
        double cpu = usage[0] + usage[2] + ((uint)usage[1] / 1e6) + ((uint)usage[3] / 1e6);
        return (cpu, OperatingSystem.IsMacOS() ? usage[4] : usage[4] * 1024);
    }

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int GetResourceUsage(int who, Span<long> usage);
}
