using System.Globalization;
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
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private readonly HashSet<string> _knownColumns = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<string[]>? _columns;
    private int _inputs;
    private int _blanks;
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

    /// <summary>The names and aliases of each parameter that takes a column.</summary>
    private protected IReadOnlyList<string[]> Columns => _columns ??=
    [
        .. MyInvocation.MyCommand.Parameters.Values
            .Where(parameter => parameter.ParameterSets.Values.Any(set => set.ValueFromPipelineByPropertyName))
            .Select(parameter => (string[])[parameter.Name, .. parameter.Aliases]),
    ];

    /// <summary>The connection for the current input.</summary>
    private protected virtual LumaConnection ConnectionOfInput() => Connection ?? ProcessConnection.Required();

    private protected sealed override void Accept()
    {
        _inputs++;
        if (Piped is { } row && RowInput.IsBlank(row))
        {
            _blanks++;
            WriteVerbose($"{Place(row)} is empty and is skipped.");
            return;
        }

        WarnOfColumns();
        SubmitRequest request;
        LumaConnection connection;
        try
        {
            if (ThrottleLimit is < 1 or > 64) throw Check.Invalid(nameof(ThrottleLimit), ThrottleLimit.ToString(CultureInfo.InvariantCulture), "It has to be from 1 to 64.");
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

        WarnOf(request, connection);
        if (ShouldProcess(request.Prompt, ActionDescription)) Enqueue(new Submit()).Start(this, request, connection, Journal);
    }

    private protected override ProgressRecord? Progress() =>
        new(_progressId, "Submitting Luma jobs", string.Create(CultureInfo.CurrentCulture, $"{_submitted} submitted, {InFlight} under way"));

    /// <summary>A parameter's value: typed, or a cell that is not empty. What a job in the pipeline brings along is not taken.</summary>
    private protected string? Given(string parameter, string? value) =>
        VisibleText.IsBlank(value) || (!WasTyped(parameter) && Piped is { } piped && (JobInput.IsJob(piped) || RowInput.IsOfFile(piped, parameter))) ? null : value;

    /// <summary>The prompt, which is taken as it is written.</summary>
    private protected string? GivenPrompt(string? value) => Given(nameof(Prompt), value) is null ? null : value;

    private protected override void InputEnded()
    {
        if (_blanks > 0 && _blanks == _inputs) WriteWarning("There was nothing in the input but empty lines or rows, so nothing was submitted.");
    }

    // Which of the input it was.
    private string Place(PSObject row) => $"{(row.BaseObject is string ? "Line" : "Row")} {_inputs.ToString(CultureInfo.InvariantCulture)}";

    // Once for each value and call: a mistake that is paid for has to be seen, and a hundred of the same hide another.
    private void WarnOf(SubmitRequest request, LumaConnection connection)
    {
        string place = Piped is { } row ? $"{Place(row)}: " : "";
        foreach (string warning in request.Warnings(connection))
        {
            if (_said.Add(warning)) WriteWarning(place + warning);
        }

        if (Piped is { } piped && !JobInput.IsJob(piped)) TellOfBeatenCells(piped);
    }

    private void WarnOfColumns()
    {
        if (Piped is not { } piped || JobInput.IsJob(piped)) return;
        foreach (string warning in RowInput.UnusedColumns(piped, Columns, _knownColumns)) WriteWarning(warning);
    }

    // $PSDefaultParameterValues, too, counts as typed.
    private void TellOfBeatenCells(PSObject row)
    {
        if (row.BaseObject is string) return;
        foreach (string[] names in Columns)
        {
            string parameter = names[0];
            if (!WasTyped(parameter) || RowInput.IsOfFile(row, parameter) || RowInput.Cell(row, names) is not { } cell) continue;
            string? typed = LanguagePrimitives.ConvertTo<string>(MyInvocation.BoundParameters[parameter]);
            if (typed == cell || !_said.Add($"{parameter} {cell}")) continue;
            WriteVerbose($"{Place(row)}: its {parameter} '{cell}' gives way to '{typed}', which is from the command line or from $PSDefaultParameterValues.");
        }
    }

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
            var submitter = new Submitter(ClientFor(connection), journal) { Refusal = () => Refusal(request), Waiting = WarnLater };
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
