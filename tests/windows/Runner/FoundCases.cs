using Xunit;
using Xunit.Abstractions;

namespace Luma.WindowsTests;

/// <summary>Collects what a discoverer finds.</summary>
internal sealed class FoundCases : LongLivedMarshalByRefObject, IMessageSink
{
    public List<ITestCase> Cases { get; } = [];

    /// <summary>Set when all are found.</summary>
    public ManualResetEvent Done { get; } = new(false);

    public bool OnMessage(IMessageSinkMessage message)
    {
        if (message is ITestCaseDiscoveryMessage found) lock (Cases) Cases.Add(found.TestCase);
        if (message is IDiscoveryCompleteMessage) Done.Set();
        return true;
    }
}
