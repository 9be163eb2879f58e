using System.Diagnostics;
using System.Text;

namespace LumaPS.Tests;

/// <summary>A program that was run to its end, or to the end of its time.</summary>
/// <param name="ExitCode">Its exit code; null: its time was up, and it was killed with all it had started.</param>
/// <param name="Output">What it said on both channels.</param>
internal sealed record ChildProcess(int? ExitCode, string Output)
{
    /// <summary>For what a grandchild that lives on keeps open.</summary>
    private static readonly TimeSpan _lastWords = TimeSpan.FromSeconds(5);

    public static async Task<ChildProcess> RunAsync(ProcessStartInfo start, TimeSpan limit, string input = "")
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        var ended = new CountdownEvent(2);
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        bool isOver = await Task.Run(() => process.WaitForExit(limit));
        if (!isOver) process.Kill(entireProcessTree: true);
        await Task.Run(() => ended.Wait(_lastWords));
        lock (output) return new ChildProcess(isOver ? process.ExitCode : null, output.ToString());

        void Add(string? line)
        {
            if (line is null) ended.Signal();
            lock (output) output.AppendLine(line);
        }
    }
}
