using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Waits for jobs and outputs each job as soon as it finishes.</summary>
[Cmdlet(VerbsLifecycle.Wait, "LumaJob", DefaultParameterSetName = JobSet, HelpUri = HelpPages.Address + "Wait-LumaJob.md")]
[OutputType(typeof(LumaJob))]
public sealed class WaitLumaJobCommand : JobCommand
{
    private const string JobSet = "Job";
    private const string JobIdSet = "JobId";

    private readonly int _progressId = ProgressIds.Next();
    private JobWaiter? _waiter;
    private WaitEstimate? _estimate;
    private long _beganAt;
    private int _added;
    private int _ended;
    private bool _isOver;

    /// <summary>The jobs: LumaJobs, jobIds, or anything with a JobId.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = JobSet)]
    [ArgumentCompleter(typeof(OpenJobIds))]
    public PSObject[]? Job { get; set; }

    /// <summary>The jobIds: UUIDs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = JobIdSet)]
    [ArgumentCompleter(typeof(OpenJobIds))]
    public string[]? JobId { get; set; }

    /// <summary>
    /// How long to wait, in seconds or as a TimeSpan, from the start of the call; every job is polled at least once. Without it: for each
    /// job 20 minutes (fast) or 90 (otherwise) of running, 6 hours of pending.
    /// </summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [Seconds]
    public TimeSpan? Timeout { get; set; }

    /// <summary>
    /// How long to wait between two polls of a job, in seconds or as a TimeSpan, 1 s at least. Without it: 3 to 6 s (fast) or 3 to 15 s
    /// (otherwise), growing with the job's age.
    /// </summary>
    [Parameter]
    [Seconds]
    public TimeSpan? PollingInterval { get; set; }

    /// <summary>
    /// From Start-LumaHookListener: jobs submitted with its HookUrl are polled when their callback comes, and seldom otherwise.
    /// </summary>
    [Parameter]
    public LumaHookListener? HookListener { get; set; }

    /// <summary>Returns after the first job finishes.</summary>
    [Parameter]
    public SwitchParameter Any { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            if (Timeout < TimeSpan.Zero) throw Check.Invalid(nameof(Timeout), Timeout?.ToString(), "It must be 0 or more seconds.");
            if (PollingInterval < TimeSpan.FromSeconds(1) || PollingInterval > TimeSpan.FromDays(1))
            {
                throw Check.Invalid(nameof(PollingInterval), PollingInterval?.ToString(),
                    "It must be from 1 second to 1 day; the service limits requests.");
            }
        }
        catch (LumaException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord());
        }

        _beganAt = Stopwatch.GetTimestamp();
        _estimate = new WaitEstimate(service => Journal.Jobs(new JournalQuery { Service = service, Newest = WaitEstimate.Newest }));
        _waiter = new JobWaiter(
            new JobWaiterOptions
                { Timeout = Timeout, PollingInterval = PollingInterval, HookListener = HookListener, Warning = PostWarning },
            end => HandOver(() => LetOut(end)));
    }

    private protected override IReadOnlyList<PSObject?> Inputs => InputsOf(Job, JobId);

    private protected override void Take(PSObject? input)
    {
        if (_isOver) return;
        (LumaJob job, LumaConnection connection) = Read(input);
        _added++;
        _estimate!.Add(job);
        CountIn();
        _waiter!.Add(job, ClientFor(connection));
    }

    private protected override void Stopped() => _waiter?.Dispose();

    private protected override ProgressRecord? Progress()
    {
        TimeSpan? remaining = HasAllInput ? _estimate!.Remaining(DateTime.Now) : null;
        string problem = _waiter!.Problem is { } last ? $"; polling again after {last}" : "";
        return new ProgressRecord(
            _progressId,
            "Waiting for Luma jobs",
            string.Create(
                CultureInfo.CurrentCulture,
                $"{_ended} of {_added} ended, {_waiter.Running} running, {_waiter.Pending} pending, " +
                    $"{Shown(Stopwatch.GetElapsedTime(_beganAt))} elapsed{problem}"))
        {
            // As long as more may come, a share of the total would be made up.
            PercentComplete = HasAllInput && _added > 0 ? 100 * _ended / _added : -1,
            SecondsRemaining = remaining is { } left ? (int)Math.Ceiling(left.TotalSeconds) : -1,
        };
    }

    private static string Shown(TimeSpan time) =>
        time.ToString(time < TimeSpan.FromHours(1) ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);

    private void LetOut(JobWaitResult end)
    {
        if (_isOver) return;
        _ended++;
        _estimate!.Remove(end.Job);
        if (end.Error is not null)
        {
            WriteFailure(end.Error);
            return;
        }

        if (Any)
        {
            _isOver = true;
            Abandon();
        }

        LumaJob job = end.Job;
        Output(job);
        if (job.HasEndedWithoutVideo) WriteFailure(ServiceErrors.JobFailed(job));
    }

    // The others continue at the service; nobody waits for them here.
    private void Abandon()
    {
        _waiter!.Dispose();
        AbandonWork();
    }
}
