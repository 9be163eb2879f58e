using System.Management.Automation;
using Luma;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Adds up what the jobs in the journal cost. Nothing is sent: it is what the service has said so far.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "LumaUsage", HelpUri = HelpPages.Address + "Measure-LumaUsage.md")]
[OutputType(typeof(LumaUsage))]
public sealed class MeasureLumaUsageCommand : LumaCommand
{
    /// <summary>To count what was submitted at this time or later.</summary>
    [Parameter]
    public DateTime? After { get; set; }

    /// <summary>To count what was submitted before this time.</summary>
    [Parameter]
    public DateTime? Before { get; set; }

    /// <summary>What to tell apart: Day, Month, Model, Mode, Status, Kind, Name; several together are one line for each combination.</summary>
    [Parameter(Position = 0)]
    public LumaUsageGroup[] GroupBy { get; set; } = [];

    private protected override object? PipedObject => null;

    private protected override void Accept()
    {
        try
        {
            string service = (Connection ?? ProcessConnection.Current)?.Service ?? LumaConnection.ServiceOf(ProcessConnection.DefaultAddress());
            IReadOnlyList<LumaJob> all = Journal.Jobs(service);
            if (Journal.Unreadable is { } unreadable) WriteWarning(unreadable);
            if (Journal.SkippedLines is > 0 and int skipped) WriteWarning($"{skipped} lines of the journal in {Journal.Location} could not be read, so jobs may be missing from the sum: truncated by a crash, unrecognized, or of a newer version.");
            int timeless = After is null && Before is null ? 0 : all.Count(job => LumaUsage.TimeOf(job) is null);
            if (timeless > 0) WriteWarning($"Left out, since nobody here knows when they were submitted: {timeless} jobs made elsewhere. Get-LumaJob -JobId asks about one.");
            foreach (LumaUsage usage in LumaUsage.Measure(service, all.Where(IsInTime), GroupBy ?? [])) Output(usage);
        }
        catch (LumaException exception)
        {
            WriteFailure(exception);
        }
    }

    private bool IsInTime(LumaJob job) =>
        (After is null || LumaUsage.TimeOf(job) >= Local(After.Value)) && (Before is null || LumaUsage.TimeOf(job) < Local(Before.Value));

    // What is typed, like '2026-11-01', says no zone and means the local one; ToLocalTime alone would take it for UTC.
    private static DateTime Local(DateTime time) => time.Kind == DateTimeKind.Utc ? time.ToLocalTime() : time;
}
