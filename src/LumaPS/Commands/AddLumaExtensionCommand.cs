using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Goes on from earlier videos: submits paid jobs and gives them at once.</summary>
/// <remarks>Of a job in the pipeline it takes the JobId and nothing else: the old prompt, model, name and hook are not the new one's.</remarks>
[Cmdlet(VerbsCommon.Add, "LumaExtension", SupportsShouldProcess = true, HelpUri = HelpPages.Address + "Add-LumaExtension.md")]
[OutputType(typeof(LumaJob))]
public sealed class AddLumaExtensionCommand : SubmitCommand
{
    private LumaJob? _parent;

    /// <summary>The jobId of the video to go on from: a UUID.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VideoJobIds))]
    public string? JobId { get; set; }

    private protected override string ActionDescription => $"Submit a paid job that extends the video of job {_parent?.JobId}";

    private protected override SubmitRequest ReadRequest()
    {
        _parent = ReadParent();
        return new ExtensionRequest
        {
            JobId = _parent.JobId,
            Prompt = GivenPrompt(Prompt),
            Name = Given(nameof(Name), Name),
            Model = Given(nameof(Model), Model),
            HookUrl = Given(nameof(HookUrl), HookUrl),
        };
    }

    private protected override LumaConnection ConnectionOfInput() => ConnectionOf.Job(_parent!, Connection);

    private LumaJob ReadParent()
    {
        if (WasTyped(nameof(JobId))) return JobInput.FromId(JobId ?? "");
        if (Piped is { } piped) return JobInput.Read(piped);
        throw Check.Invalid(nameof(JobId), null, "Give the jobId of the video to go on from, or pipe its job in.");
    }
}
