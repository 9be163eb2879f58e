using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Adds up what jobs cost: those of the journal, or those of the pipeline. Nothing is sent.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "LumaUsage", HelpUri = HelpPages.Address + "Measure-LumaUsage.md")]
[OutputType(typeof(LumaUsage))]
public sealed class MeasureLumaUsageCommand : JobCommand
{
    private readonly List<LumaJob> _jobs = [];

    /// <summary>Counts what was submitted at this time or later.</summary>
    [Parameter]
    public DateTime? After { get; set; }

    /// <summary>Counts what was submitted before this time.</summary>
    [Parameter]
    public DateTime? Before { get; set; }

    /// <summary>
    /// What to tell apart: Day, Month, Model, Mode, Status, Kind, Name; several together are one line for each combination.
    /// </summary>
    [Parameter(Position = 0)]
    public LumaUsageGroup[] GroupBy { get; set; } = [];

    /// <summary>The jobs to add up: LumaJobs, jobIds, or anything with a JobId. Without it: all of the connection's service.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(JobIds))]
    public PSObject[]? Job { get; set; }

    private protected override IReadOnlyList<PSObject?> Inputs => InputsOf(Job, null);

    private protected override bool AsksService => false;

    private bool TakesJobs => MyInvocation.ExpectingInput || WasTyped(nameof(Job));

    private protected override void Take(PSObject? input)
    {
        if (input?.BaseObject is string text) CheckNotKey(nameof(Job), text);
        _jobs.Add(Known(Whole(input)));
    }

    private protected override void InputEnded()
    {
        try
        {
            string service = ServiceInUse.Of(Connection);
            IReadOnlyList<LumaJob> all = TakesJobs ? OnceEach(service) : Journal.Jobs(service);
            if (Journal.Unreadable is { } unreadable) WriteWarning(unreadable);
            if (Journal.SkippedLines is > 0 and int skipped)
            {
                WriteWarning(
                    $"{skipped} lines of the journal in {Journal.Location} could not be read, so jobs may be missing from the sum: "
                    + "truncated by a crash, unrecognized, or of a newer version.");
            }

            int timeless = After is null && Before is null ? 0 : all.Count(job => LumaUsage.TimeOf(job) is null);
            if (timeless > 0)
            {
                WriteWarning($"Skipped, since it is not known here when they were submitted: {timeless} jobs made elsewhere. "
                    + "Get-LumaJob -JobId fetches one.");
            }

            // Quota of one service is no quota of another: each has lines of its own. Of nothing at all there is one line, too.
            LumaUsageGroup[] groups = [.. (GroupBy ?? []).Distinct()];
            string[] services = [.. all.Select(job => job.Service ?? service).Distinct().Order(StringComparer.Ordinal)];
            foreach (string each in services.DefaultIfEmpty(service))
            {
                IEnumerable<LumaJob> jobs = all.Where(job => (job.Service ?? service) == each).Where(IsInTime);
                foreach (LumaUsage usage in LumaUsage.Measure(each, jobs, groups)) Output(UsageViews.Shown(usage, groups, InvokeCommand));
            }
        }
        catch (LumaException exception)
        {
            WriteFailure(exception);
        }
    }

    // A job that came twice costs once; what was said of it last counts.
    private LumaJob[] OnceEach(string service) =>
        [.. _jobs.AsEnumerable().Reverse()
            .DistinctBy(job => (job.Service ?? service, (job.JobId ?? job.Id)?.ToUpperInvariant())).Reverse()];

    // A live job is what it says; of a stored one, or a jobId, the journal may know more by now.
    private LumaJob Known(PSObject? input)
    {
        if (input?.BaseObject is LumaJob { Id: not null } live) return live;
        bool isId = input?.BaseObject is null or string or Guid;
        LumaJob stored = isId ? JobInput.Read(input) : JobInput.AsStored(input!);
        string service = stored.Service ?? ServiceInUse.Of(Connection);
        LumaJob? recorded = stored.Id is { } id ? Journal.Get(service, id) : null;
        recorded ??= stored.JobId is { } jobId ? Journal.Find(service, jobId) : null;
        if (recorded is null && isId)
        {
            throw new LumaException(
                LumaErrorId.LumaJobNotFound,
                $"The journal has no job of {service} with JobId '{stored.JobId}', so what it cost is not known. Nothing was sent.")
            {
                JobId = stored.JobId,
                RecommendedAction = $"Fetch the job, which costs nothing: Get-LumaJob -JobId {stored.JobId} | Measure-LumaUsage",
            };
        }

        return recorded ?? stored;
    }

    private bool IsInTime(LumaJob job) =>
        (After is null || LumaUsage.TimeOf(job) >= Local(After.Value)) && (Before is null || LumaUsage.TimeOf(job) < Local(Before.Value));

    // What is typed, like '2026-11-01', says no zone and means the local one; ToLocalTime alone would take it for UTC.
    private static DateTime Local(DateTime time) => time.Kind == DateTimeKind.Utc ? time.ToLocalTime() : time;
}
