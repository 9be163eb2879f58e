using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Removes records from the journal, nothing else: a running job continues and stays charged, a saved video stays.</summary>
[Cmdlet(VerbsCommon.Remove, "LumaJob", DefaultParameterSetName = JobSet, SupportsShouldProcess = true,
    HelpUri = HelpPages.Address + "Remove-LumaJob.md")]
public sealed class RemoveLumaJobCommand : JobCommand
{
    private const string JobSet = "Job";
    private const string JobIdSet = "JobId";
    private const string NameSet = "Name";
    private const string IdSet = "Id";

    private bool _yesToAll;
    private bool _noToAll;

    /// <summary>The jobs.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = JobSet)]
    [ArgumentCompleter(typeof(JobIds))]
    public PSObject[]? Job { get; set; }

    /// <summary>The jobIds: UUIDs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = JobIdSet)]
    [ArgumentCompleter(typeof(JobIds))]
    public string[]? JobId { get; set; }

    /// <summary>The names, with wildcards.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(JobNames))]
    public string[]? Name { get; set; }

    /// <summary>The journal's own ids; an unconfirmed job has no other.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet)]
    [ArgumentCompleter(typeof(RecordIds))]
    public string[]? Id { get; set; }

    private protected override bool AsksService => false;

    private string CurrentService => ServiceInUse.Of(Connection);

    private protected override IReadOnlyList<PSObject?> Inputs => InputsOf(Job, null);

    private protected override void Accept()
    {
        base.Accept();
        try
        {
            string service = CurrentService;
            RemoveEach(nameof(JobId), JobId, typed => RemoveJobId(typed, service));
            RemoveEach(nameof(Id), Id, id =>
                Remove((Journal.Get(service, id) ?? Journal.Get(service, id.ToLowerInvariant())) is { } job ? [job] : [], nameof(Id), id,
                    service, mustExist: true));
            RemoveEach(nameof(Name), Name, name =>
                Remove(NamePattern.Find(Journal, service, name), nameof(Name), name, service,
                    mustExist: !WildcardPattern.ContainsWildcardCharacters(name)));
        }
        catch (LumaException exception)
        {
            WriteFailure(exception);
        }
    }

    private void RemoveEach(string parameter, string[]? values, Action<string> remove)
    {
        foreach (string value in values ?? [])
        {
            try
            {
                CheckNotKey(parameter, value);
                remove(value);
            }
            catch (LumaException exception) when (exception.ErrorId == LumaErrorId.LumaInvalidValue)
            {
                WriteFailure(exception, exception.JobId ?? value); // The others are removed.
            }
        }
    }

    private void RemoveJobId(string typed, string service)
    {
        string jobId = ShortJobId.Complete(typed, () => Journal, service);
        if (Journal.Find(service, jobId) is { } job) Remove(job);
        else WriteFailure(NotFound("JobId", jobId, service), jobId);
    }

    private static LumaException NotFound(string parameter, string value, string service) =>
        new(LumaErrorId.LumaJobNotFound, $"The journal has no job of {service} with {parameter} '{value}'. Nothing was removed.")
        {
            RecommendedAction = "List its jobs: Get-LumaJob",
        };

    private static string? TextOf(PSObject? input, string property)
    {
        try
        {
            return input?.Properties[property]?.Value?.ToString();
        }
        catch (GetValueException exception)
        {
            throw Check.Invalid(nameof(Job), JobInput.TypeOf(input!), $"Its {property} cannot be read: {ErrorText.Reason(exception)}");
        }
    }

    private protected override void Take(PSObject? input)
    {
        string service = CurrentService;

        // An unconfirmed job has no jobId, so its own id counts first. It is a job of the service it came from.
        string? id = TextOf(input, nameof(LumaJob.Id));
        if (Connection is null && TextOf(input, nameof(LumaJob.Service)) is { Length: > 0 } own) service = own;
        if (!string.IsNullOrEmpty(id) && (input?.BaseObject is LumaJob || string.IsNullOrEmpty(TextOf(input, nameof(LumaJob.JobId)))))
        {
            Remove(Journal.Get(service, id) is { } recorded ? [recorded] : [], nameof(Id), id, service, mustExist: true);
            return;
        }

        LumaJob named = JobOf(input);
        if (Journal.Find(service, named.JobId!) is { } job) Remove(job);
        else WriteFailure(NotFound(nameof(JobId), named.JobId!, service), named.JobId);
    }

    private void Remove(IReadOnlyList<LumaJob> found, string parameter, string value, string service, bool mustExist)
    {
        foreach (LumaJob job in found) Remove(job);
        if (found.Count == 0 && mustExist) WriteFailure(NotFound(parameter, value, service), value);
    }

    private bool IsConfirmed(LumaJob job, string what)
    {
        try
        {
            if (!ShouldProcess(what, "Remove from the journal")) return false;
            bool wasConfirmed = MyInvocation.BoundParameters.ContainsKey("Confirm"); // Asked just now, or told not to ask.
            return job.HasEnded || wasConfirmed || ShouldContinue(
                $"{what} has not ended. It may be charged, and without its record it can no longer be found from here. Remove it?",
                "Remove an unfinished job from the journal", ref _yesToAll, ref _noToAll);
        }
        catch (Exception exception) when (exception is not PipelineStoppedException)
        {
            // There is nobody to ask: the host says so by an exception, each one by another.
            WriteFailure(
                new LumaException(LumaErrorId.LumaInvalidValue,
                    $"{what} was not removed: that needs a confirmation, and this session is not interactive.", exception)
                {
                    RecommendedAction = "To remove it without confirmation: Remove-LumaJob -Confirm:$false",
                },
                job.JobId ?? job.Id);
            return false;
        }
    }

    private void Remove(LumaJob job)
    {
        if (job is { JobId: null, Status: LumaJobStatus.Pending })
        {
            WriteFailure(Check.Invalid(nameof(Id), job.Id,
                "It is being submitted right now, and its jobId would be lost. Try again when it has one."), job.Id);
            return;
        }

        string what = $"{job.JobId ?? job.Id} {job.Name} ({job.Status})";
        if (!IsConfirmed(job, what)) return;
        Journal journal = Journal;
        Begin(async () =>
        {
            try
            {
                await journal.RemoveAsync(job.Id!);
                return () => { };
            }
            catch (LumaException exception)
            {
                return () => WriteFailure(exception, what);
            }
        });
    }
}
