namespace Luma;

/// <summary>
/// Makes a video that extends an earlier one: <c>POST /luma/v1/extend</c>, all four fields of the API documentation.
/// </summary>
public sealed record ExtensionRequest : SubmitRequest
{
    /// <summary>The jobId of the video to extend. Required.</summary>
    public string? JobId { get; init; }

    internal override string Path => "luma/v1/extend";

    /// <inheritdoc/>
    public override void Validate()
    {
        Check.JobId(JobId);
        base.Validate();
    }

    /// <summary>The request that a job was made from, to be submitted once more.</summary>
    internal static ExtensionRequest Of(LumaJob job) =>
        new() { JobId = job.ParentJobId, Name = job.Name, Prompt = job.Prompt, Model = job.Model, HookUrl = job.HookUrl };

    internal override LumaJob ToJob() => new()
    {
        Kind = LumaJobKind.Extension,
        ParentJobId = JobId,
        Name = Name,
        Prompt = Prompt,
        Model = Model,
        HookUrl = HookUrl,
    };
}
