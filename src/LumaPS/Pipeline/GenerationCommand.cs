using System.Management.Automation;
using Luma;
using LumaPS.Binding;

namespace LumaPS.Pipeline;

/// <summary>What the cmdlets have in common that take what <c>New-LumaVideo</c> takes.</summary>
public abstract class GenerationCommand : SubmitCommand
{
    /// <summary>
    /// The aspect ratio (<c>aspectRatio</c>). Documented: 9:16, 3:4, 1:1, 4:3, 16:9, 21:9; the service's default is 9:16.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AspectRatios))]
    public string? AspectRatio { get; set; }

    /// <summary>An http(s) link to the picture the video starts with (<c>imageUrl</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [LinkText]
    [ArgumentCompleter(typeof(Links))]
    public string? ImageUrl { get; set; }

    /// <summary>An http(s) link to the picture the video ends with (<c>imageEndUrl</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ImageEndUrl")]
    [LinkText]
    [ArgumentCompleter(typeof(Links))]
    public string? EndImageUrl { get; set; }

    /// <summary>
    /// The length (<c>duration</c>): 5s or 10s, with or without the s; the service's default is 5s. 10s videos are only made in 720p.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Durations))]
    public string? Duration { get; set; }

    /// <summary>The resolution (<c>resolution</c>): 720p or 1080p; the service's default is 720p.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Resolutions))]
    public string? Resolution { get; set; }

    /// <summary>
    /// Whether the video loops (<c>loop</c>); the service's default is false. <c>-Loop:$false</c> says so, leaving it out says nothing.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [LoopText]
    public SwitchParameter Loop { get; set; }

    /// <summary>The speed (<c>useMode</c>): relax or fast; the service's default is relax. Different modes use different quotas.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("UseMode")]
    [ArgumentCompleter(typeof(Modes))]
    public string? Mode { get; set; }

    private protected override string InputParameter => nameof(Prompt);

    private protected override SubmitRequest ReadRequest()
    {
        string? prompt = ReadPrompt();
        return new GenerationRequest
        {
            Prompt = prompt,
            Name = ValueOrNull(nameof(Name), Name),
            Model = ValueOrNull(nameof(Model), Model),
            HookUrl = ValueOrNull(nameof(HookUrl), HookUrl),
            AspectRatio = ValueOrNull(nameof(AspectRatio), AspectRatio),
            ImageUrl = ValueOrNull(nameof(ImageUrl), ImageUrl),
            EndImageUrl = ValueOrNull(nameof(EndImageUrl), EndImageUrl),
            Duration = ValueOrNull(nameof(Duration), Duration),
            Resolution = ValueOrNull(nameof(Resolution), Resolution),
            Mode = ValueOrNull(nameof(Mode), Mode),
            Loop = ReadLoop(),
        };
    }

    // Text is a prompt. An object is not made a prompt of its text: it has one, or it is an error.
    private string? ReadPrompt()
    {
        if (Piped is not { } piped) return Prompt;
        if (JobInput.IsJob(piped))
        {
            throw Check.Invalid(nameof(Prompt), piped.ToString(),
                "It is a job, and making its video again would be charged again. Extend it with Add-LumaExtension, pass its prompt with " +
                "New-LumaVideo $job.Prompt, or submit failed jobs again with -Resubmit.");
        }

        if (piped.BaseObject is string text)
        {
            return WasTyped(nameof(Prompt))
                ? throw Check.Invalid(nameof(Prompt), Prompt, $"There is another one in the pipeline: '{text}'. Specify only one of them.")
                : text;
        }

        if (VisibleText.IsBlank(Prompt))
        {
            throw Check.Invalid(nameof(Prompt), Prompt,
                $"The object in the pipeline ({JobInput.TypeOf(piped)}) has no Prompt or userPrompt with text in it, only " +
                $"{JobInput.PropertiesOf(piped)}.");
        }

        return Prompt;
    }

    private bool? ReadLoop()
    {
        if (WasTyped(nameof(Loop))) return Loop;
        string? cell = Piped?.Properties[nameof(Loop)]?.Value?.ToString();
        if (VisibleText.IsBlank(cell)) return null;
        return LoopTextAttribute.TryParse(cell, out bool loop)
            ? loop : throw Check.Invalid(nameof(Loop), cell, "It must be true or false.");
    }
}
