using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Luma.WindowsTests;

/// <summary>
/// Writes a line for each thing that happens, fields separated by tabs: <c>started CASE</c>, <c>passed CASE TEST SECONDS</c>,
/// <c>told CASE TEST OUTPUT</c>, <c>failed CASE TEST MESSAGE</c>, <c>skipped CASE TEST REASON</c>, <c>ended CASE</c>, <c>broken WHERE
/// MESSAGE</c>, <c>whole</c>. Each is in the file immediately, so that it tells what ran when the process hung or died.
/// </summary>
internal sealed class Results(string path) : LongLivedMarshalByRefObject, IMessageSink, IDisposable
{
    private readonly StreamWriter _file =
        new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true, NewLine = "\n" };

    /// <summary>Set when all has run.</summary>
    public ManualResetEvent Done { get; } = new(false);

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseStarting starting: Write("started", starting.TestCase.DisplayName); break;
            case ITestPassed passed:
                Write("passed", passed.TestCase.DisplayName, passed.Test.DisplayName,
                    passed.ExecutionTime.ToString(CultureInfo.InvariantCulture));
                if (passed.Output.Length > 0) Write("told", passed.TestCase.DisplayName, passed.Test.DisplayName, passed.Output);
                break;
            case ITestFailed failed: Write("failed", failed.TestCase.DisplayName, failed.Test.DisplayName, Text(failed)); break;
            case ITestSkipped skipped: Write("skipped", skipped.TestCase.DisplayName, skipped.Test.DisplayName, skipped.Reason); break;
            case ITestCaseFinished finished: Write("ended", finished.TestCase.DisplayName); break;
            case ITestAssemblyFinished: Done.Set(); break;
            case ITestCleanupFailure failure: Write("failed", failure.TestCase.DisplayName, failure.Test.DisplayName, Text(failure)); break;
            case IFailureInformation failure: Write("broken", message.GetType().Name, Text(failure)); break;
        }

        return true;
    }

    public void Write(params string[] fields)
    {
        lock (_file) _file.WriteLine(string.Join('\t', fields.Select(OneLine)));
    }

    public void Dispose() => _file.Dispose();

    // The whole tree of exceptions; the stack only of this repository.
    private static string Text(IFailureInformation failure)
    {
        IEnumerable<string> lines = failure.StackTraces.SelectMany(trace => (trace ?? "").Split('\n'));
        IEnumerable<string> own =
            lines.Where(line => line.Contains(" in ", StringComparison.Ordinal) && !line.Contains("/_/", StringComparison.Ordinal));
        return string.Join('\n', failure.ExceptionTypes.Zip(failure.Messages, (type, text) => $"{type}: {text}").Concat(own.Take(12)));
    }

    private static string OneLine(string text) =>
        text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace('\t', ' ');
}
