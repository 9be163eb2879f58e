using System.Globalization;
using System.Text.RegularExpressions;
using Luma.CrashTests.Worker;

namespace Luma.CrashTests;

/// <summary>
/// A kill does not show that anything was flushed: the system keeps what a dead process has written. Only the calls to
/// the system show it, in their order.
/// </summary>
public sealed partial class FlushTests
{
    private const string Calls = "trace=write,pwrite64,writev,pwritev,fsync,fdatasync,sendto,sendmsg,sendmmsg";
    private const int Jobs = 6;

    [StraceFact]
    public async Task TheIntentIsFlushedBeforeTheRequestLeavesAndTheJobIdBeforeAnyoneSeesIt()
    {
        await using var home = new Home();
        string log = Path.Combine(home.Path, "strace.log");
        PlanItem[] items = [.. Enumerable.Range(1, Jobs).Select(shot => new PlanItem($"shot-{shot}", $"the prompt of shot {shot}."))];
        using (WorkerProcess worker = WorkerProcess.Start(home.Path, home.Sandbox, new Plan { Items = items, ThrottleLimit = 3 }, "strace",
            "-f", "-y", "-s", "20000", "-o", log, "-e", Calls))
        {
            Assert.True(await worker.EndedAsync() == Program.Whole, await worker.DescribeAsync());
        }

        List<Call> calls = Read(await File.ReadAllLinesAsync(log));
        foreach (PlanItem item in items)
        {
            string jobId = Assert.Single(home.Made(item.Prompt)).JobId;

            Call intent = Assert.Single(calls, call => call.IsJournal
                && call.Lines.Any(line => Has(line, "\"event\":\"intent\"") && Has(line, item.Prompt) && !Has(line, "\"waiting\":true")));
            Call sent = Assert.Single(calls, call => call.IsSocket && Has(call.Text, item.Prompt));
            Assert.Contains("POST ", sent.Text, StringComparison.Ordinal); // The head leaves with the body, not before.
            AssertFlushedBetween(calls, intent, sent);

            Call accepted = Assert.Single(
                calls, call => call.IsJournal && call.Lines.Any(line => Has(line, "\"event\":\"accepted\"") && Has(line, jobId)));
            Call shown = Assert.Single(
                calls, call => !call.IsJournal && !call.IsSocket && Has(call.Text, "\"Event\":\"submitted\"") && Has(call.Text, jobId));
            AssertFlushedBetween(calls, accepted, shown);
        }
    }

    // A trace escapes the quotes of JSON.
    private static bool Has(string trace, string text) =>
        trace.Contains(text.Replace("\"", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal);

    // A flush counts if it began after the line was written and had ended, without an error, before the other call began.
    private static void AssertFlushedBetween(List<Call> calls, Call written, Call other)
    {
        Assert.True(written.Ended < other.Began, $"{written.Text} came after {other.Text}");
        Assert.Contains(calls, call => call.IsFlush && call.File == written.File && call.Began > written.Ended && call.Ended < other.Began
            && call.Result == 0);
    }

    private static List<Call> Read(string[] lines)
    {
        var calls = new List<Call>();
        var unfinished = new Dictionary<string, (int Began, string Text)>();
        for (int i = 0; i < lines.Length; i++)
        {
            Match line = Line().Match(lines[i]);
            if (!line.Success) continue;
            string thread = line.Groups["thread"].Value, text = line.Groups["text"].Value;
            if (Unfinished().Match(text) is { Success: true } start)
            {
                unfinished[thread] = (i, start.Groups["text"].Value);
                continue;
            }

            int began = i;
            if (Resumed().Match(text) is { Success: true } rest && unfinished.Remove(thread, out (int Began, string Text) first))
            {
                began = first.Began;
                text = first.Text + rest.Groups["text"].Value;
            }

            if (Whole().Match(text) is { Success: true } whole)
            {
                calls.Add(new Call(whole.Groups["name"].Value, whole.Groups["file"].Value, text, began, i,
                    long.Parse(whole.Groups["result"].Value, CultureInfo.InvariantCulture)));
            }
        }

        return calls;
    }

    [GeneratedRegex(@"^(?<thread>\d+)\s+(?<text>.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^(?<text>.*) <unfinished \.\.\.>$")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(?<text>.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^(?<name>\w+)\(\d+<(?<file>[^>]*)>.* = (?<result>-?\d+)( .*)?$")]
    private static partial Regex Whole();

    /// <summary>A call to the system: which, on what, and the lines of the trace where it began and ended.</summary>
    private sealed record Call(string Name, string File, string Text, int Began, int Ended, long Result)
    {
        public bool IsFlush => Name is "fsync" or "fdatasync";

        public bool IsJournal => !IsFlush && File.EndsWith(".jsonl", StringComparison.Ordinal);

        public bool IsSocket => File.StartsWith("socket:", StringComparison.Ordinal) || File.StartsWith("TCP:", StringComparison.Ordinal);

        public string[] Lines => Text.Split("""}\n""");
    }
}
