using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Makes videos from text and pictures: submits billable jobs and returns them immediately.</summary>
[Cmdlet(VerbsCommon.New, "LumaVideo", SupportsShouldProcess = true, HelpUri = HelpPages.Address + "New-LumaVideo.md")]
[OutputType(typeof(LumaJob))]
public sealed class NewLumaVideoCommand : GenerationCommand
{
    private const int MostTakes = 1000;

    /// <summary>How many takes of each request, each a job of its own; with a name they are called x-1, x-2 and so on.</summary>
    [Parameter]
    public int Count { get; set; } = 1;

    /// <summary>
    /// To make the failed jobs in the pipeline again, with all they were asked for and under their names. It is charged again.
    /// </summary>
    [Parameter]
    public SwitchParameter Resubmit { get; set; }

    private protected override string ActionDescription =>
        Resubmit ? "Submit a failed job again, which is charged again" : "Submit a billable job for a new video";

    private protected override IEnumerable<SubmitRequest> ReadRequests()
    {
        if (Count is < 1 or > MostTakes)
        {
            throw Check.Invalid(nameof(Count), Count.ToString(CultureInfo.InvariantCulture), $"It must be from 1 to {MostTakes}.");
        }

        SubmitRequest request = Resubmit && Piped is { } piped && JobInput.IsJob(piped) ? RequestOf(piped) : ReadRequest();
        if (!WasTyped(nameof(Count))) return [request];
        return Enumerable.Range(1, Count).Select(take => request.Name is null
            ? request : request with { Name = $"{request.Name}-{take.ToString(CultureInfo.InvariantCulture)}" });
    }

    private SubmitRequest RequestOf(PSObject piped)
    {
        LumaJob job = piped.BaseObject as LumaJob ?? JobInput.Read(piped, nameof(Prompt));
        if (job.Prompt is null && Journal.Find(ServiceInUse.Of(Connection), job.JobId!) is { } recorded) job = recorded;
        string shown = job.JobId ?? job.Id ?? "";
        if (!JobStatusInfo.Of(job.Status).MayBeTriedAgain)
        {
            throw Check.Invalid(nameof(Resubmit), shown, $"Only failed jobs are submitted again, and this job is {job.Status}.");
        }

        if (job.Prompt is null) throw Check.Invalid(nameof(Resubmit), shown, "The journal does not have its request.");
        WarnOnce("Failed jobs are submitted again, and each is charged again.");
        if (job.Name is null)
        {
            WarnOnce("Failed jobs without a name are submitted again each time this runs: nothing records that they have been.");
        }

        return job.Kind == LumaJobKind.Extension ? ExtensionRequest.Of(job) : GenerationRequest.Of(job);
    }
}
