using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Continues earlier videos: submits billable jobs and returns them immediately.</summary>
/// <remarks>
/// Of a job in the pipeline it takes the JobId and nothing else: the old prompt, model, name and hook are not the new one's.
/// </remarks>
[Cmdlet(VerbsCommon.Add, "LumaExtension", SupportsShouldProcess = true, HelpUri = HelpPages.Address + "Add-LumaExtension.md")]
[OutputType(typeof(LumaJob))]
public sealed class AddLumaExtensionCommand : SubmitCommand
{
    private LumaJob? _parent;

    /// <summary>The jobId of the video to extend: a UUID.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VideoJobIds))]
    public string? JobId { get; set; }

    private protected override string ActionDescription => $"Submit a billable job that extends the video of job {_parent?.JobId}";

    private protected override string InputParameter => nameof(JobId);

    private protected override SubmitRequest ReadRequest()
    {
        _parent = ReadParent();
        return new ExtensionRequest
        {
            JobId = _parent.JobId,
            Prompt = PromptOrNull(Prompt),
            Name = ValueOrNull(nameof(Name), Name),
            Model = ValueOrNull(nameof(Model), Model),
            HookUrl = ValueOrNull(nameof(HookUrl), HookUrl),
        };
    }

    private protected override LumaConnection ConnectionOfInput() => ConnectionOf.Job(_parent!, Connection);

    private protected override void CheckInput(LumaConnection? connection)
    {
        LumaJob? parent = _parent!.HasEnded ? _parent : Known(_parent.JobId!, connection) is { } recorded ? recorded
            : Piped?.BaseObject as LumaJob;
        if (parent is null) return; // Made elsewhere: nothing is known of it.
        string job = parent.Name is { } name ? $"{parent.JobId} ('{name}')" : parent.JobId!;
        if (parent.HasEndedWithoutVideo && !Force)
        {
            string reason = parent.Message is { } message ? $" The service reports: {ServiceErrors.Sentence(message)}" : "";
            throw new LumaException(LumaErrorId.LumaInvalidValue,
                $"-JobId {job} cannot be used. That job ended without a video, so there is nothing to extend.{reason} Nothing was sent.")
            {
                JobId = parent.JobId,
                RecommendedAction =
                    "Make that video again with New-LumaVideo and extend the new job, or submit the extension anyway with -Force.",
            };
        }

        if (!parent.HasEnded)
        {
            WarnOnce($"The job {job} to extend has not ended, as far as this machine knows (it is {parent.Status}). The service may " +
                "refuse to extend it, or charge for an extension that fails: wait for it first, with Wait-LumaJob.");
        }
    }

    private LumaJob ReadParent()
    {
        // Before any error shows it.
        if ((WasTyped(nameof(JobId)) ? JobId : Piped?.BaseObject as string) is { } text) CheckNotKey(nameof(JobId), text);
        if (WasTyped(nameof(JobId))) return JobInput.FromId(ShortJobId.Complete(JobId ?? "", () => Journal, ServiceInUse.Of(Connection)));
        if (Piped is { } piped) return JobInput.Read(piped, nameof(JobId));
        throw Check.Invalid(nameof(JobId), null, "Specify the jobId of the video to extend, or pipe its job.");
    }
}
