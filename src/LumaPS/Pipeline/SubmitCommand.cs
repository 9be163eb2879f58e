using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;

namespace LumaPS.Pipeline;

/// <summary>What the two cmdlets that submit have in common: each input is checked, then submitted once, and the jobs come out in the order of the input.</summary>
public abstract class SubmitCommand : LumaCommand
{
    private readonly Queue<Submit> _inOrder = new();
    private readonly object _lock = new();
    private readonly int _progressId = ProgressIds.Next();
    private LumaException? _refusedForGood;
    private int _submitted;

    /// <summary>The text the video is made from (the service's <c>userPrompt</c>). English works best, says the service's document.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("UserPrompt")]
    public string? Prompt { get; set; }

    /// <summary>The model (<c>modelName</c>). Documented: ray-v1, ray-v2, ray-v2-flash, ray-v3, ray-v3-reasoning; the service's default is ray-v3.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ModelName")]
    [ArgumentCompleter(typeof(Models))]
    public string? Model { get; set; }

    /// <summary>An http(s) address the service calls when the job has ended (<c>hookUrl</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [LinkText]
    public string? HookUrl { get; set; }

    /// <summary>A name for the job. It makes a script repeatable: the same name with the same request gives the job the journal has, without paying again.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(JobNames))]
    public string? Name { get; set; }

    /// <summary>To submit in any case, also under a name that has a job.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How many jobs are submitted at a time, from 1 to 64, and so at most beyond those that came out.</summary>
    [Parameter]
    public int ThrottleLimit { get; set; } = LumaDefaults.ThrottleLimit;

    /// <summary>The object in the pipeline, as it is.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    private protected override object? PipedObject => Piped?.BaseObject;

    // At least one, so that a value that is refused does not hold the pipeline up.
    private protected override int MostInFlight => Math.Max(1, ThrottleLimit);

    /// <summary>What happens, in the words of <c>-WhatIf</c>.</summary>
    private protected abstract string ActionDescription { get; }

    /// <summary>The object in the pipeline; null where there is none.</summary>
    private protected PSObject? Piped => MyInvocation.ExpectingInput ? InputObject : null;

    /// <summary>Makes the request of the current input.</summary>
    /// <exception cref="LumaException">For an input that cannot be one.</exception>
    private protected abstract SubmitRequest ReadRequest();

    /// <summary>What to say of a request under <c>-Verbose</c>; nulls are nothing.</summary>
    private protected abstract IEnumerable<string?> NotesOn(SubmitRequest request);

    /// <summary>The connection for the current input.</summary>
    private protected virtual LumaConnection ConnectionOfInput() => Connection ?? ProcessConnection.Required();

    private protected sealed override void Accept()
    {
        SubmitRequest request;
        LumaConnection connection;
        try
        {
            if (ThrottleLimit is < 1 or > 64) throw Check.Invalid(nameof(ThrottleLimit), ThrottleLimit.ToString(System.Globalization.CultureInfo.InvariantCulture), "It has to be from 1 to 64.");
            if (MyInvocation.ExpectingInput && InputObject is null) throw Check.Invalid(nameof(Prompt), null, "The object in the pipeline is $null.");
            request = ReadRequest();
            request.Validate();
            connection = ConnectionOfInput();
        }
        catch (LumaException exception)
        {
            // In its place: errors, too, come out in the order of the input.
            Enqueue(new Submit()).Finish(() => WriteFailure(exception, InputObject?.BaseObject ?? Prompt));
            return;
        }

        foreach (string? note in NotesOn(request))
        {
            if (note is not null) WriteVerbose(note);
        }

        if (ShouldProcess(request.Prompt, ActionDescription)) Enqueue(new Submit()).Start(this, request, connection, Journal);
    }

    private protected override ProgressRecord? Progress() =>
        new(_progressId, "Submitting Luma jobs", string.Create(System.Globalization.CultureInfo.CurrentCulture, $"{_submitted} submitted, {InFlight} under way"));

    /// <summary>A parameter's value: typed, or a cell that is not empty. What a job in the pipeline brings along is not taken.</summary>
    private protected string? Given(string parameter, string? value) =>
        string.IsNullOrWhiteSpace(value) || (!WasTyped(parameter) && Piped is { } piped && JobInput.IsJob(piped)) ? null : value.Trim();

    /// <summary>The prompt, which is taken as it is written.</summary>
    private protected string? GivenPrompt(string? value) => Given(nameof(Prompt), value) is null ? null : value;

    private Submit Enqueue(Submit submit)
    {
        CountIn();
        submit.Finished = HandOverInOrder;
        lock (_lock) _inOrder.Enqueue(submit);
        return submit;
    }

    private void HandOverInOrder()
    {
        lock (_lock)
        {
            while (_inOrder.TryPeek(out Submit? first) && first.Emission is { } emission)
            {
                _inOrder.Dequeue();
                HandOver(emission);
            }
        }
    }

    private async Task<Action> SubmitAsync(SubmitRequest request, LumaConnection connection, Journal journal)
    {
        try
        {
            var submitter = new Submitter(ClientFor(connection), journal) { Refusal = () => Refusal(request) };
            SubmitResult submitted = await submitter.SubmitAsync(request, Force, StopToken);
            return () =>
            {
                _submitted++;
                Output(submitted.Job);
                if (submitted.Problem is { } problem) WriteFailure(problem);
            };
        }
        catch (LumaException exception)
        {
            if (exception.IsPermanent) _refusedForGood ??= exception;
            return () => WriteFailure(exception, request.Prompt);
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            return () => { };
        }
    }

    // After one of the input was refused for good, the rest would be, too.
    private LumaException? Refusal(SubmitRequest request) => _refusedForGood is { } refused
        ? new LumaException(refused.ErrorId, $"The request for {ErrorText.Prompt(request.Prompt)} was not sent, so it cost nothing: an earlier one of this input was refused for good. {refused.Message}")
        {
            StatusCode = refused.StatusCode,
            RecommendedAction = refused.RecommendedAction,
        }
        : null;

    /// <summary>One submit and its place in the order.</summary>
    private sealed class Submit
    {
        public Action? Emission { get; private set; }

        public Action Finished { get; set; } = () => { };

        public void Start(SubmitCommand command, SubmitRequest request, LumaConnection connection, Journal journal) => _ = Task.Run(async () =>
        {
            Action emission;
            try
            {
                emission = await command.SubmitAsync(request, connection, journal);
            }
            catch (Exception exception)
            {
                emission = () => throw exception; // A fault of ours; it must not vanish in a task nobody waits for.
            }

            Finish(emission);
        });

        public void Finish(Action emission)
        {
            Emission = emission;
            Finished();
        }
    }
}
