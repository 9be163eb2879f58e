using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;

namespace LumaPS.Pipeline;

/// <summary>
/// What the two cmdlets that submit have in common: each input is checked, then submitted once, and the jobs come out in the order of the
/// input.
/// </summary>
public abstract class SubmitCommand : LumaCommand
{
    private readonly Queue<Submit> _inOrder = new();
    private readonly object _lock = new();
    private readonly int _progressId = ProgressIds.Next();
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private readonly HashSet<string> _knownColumns = new(StringComparer.OrdinalIgnoreCase);
    private readonly InputFailures _inputFailures;
    private readonly Dictionary<string, SubmitForecast> _forecasts = [];
    private readonly Dictionary<string, CostTable> _costs = [];
    private Task _budgeted = Task.CompletedTask;
    private QuotaBudget? _budget;
    private IReadOnlyList<string[]>? _columns;
    private int _inputs;
    private int _blanks;
    private LumaException? _refusedForGood;
    private int _submitted;
    private LumaConnection? _sendingOver;

    private protected SubmitCommand() => _inputFailures = new InputFailures((failure, target) => WriteFailure(failure, target));

    /// <summary>
    /// The text the video is made from (the service's <c>userPrompt</c>). English works best, according to the API documentation.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("UserPrompt")]
    public string? Prompt { get; set; }

    /// <summary>
    /// The model (<c>modelName</c>). Documented: ray-v1, ray-v2, ray-v2-flash, ray-v3, ray-v3-reasoning; the service's default is ray-v3.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ModelName")]
    [ArgumentCompleter(typeof(Models))]
    public string? Model { get; set; }

    /// <summary>An http(s) address the service calls when the job has ended (<c>hookUrl</c>).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [LinkText]
    [ArgumentCompleter(typeof(Links))]
    public string? HookUrl { get; set; }

    /// <summary>
    /// A name for the job. It makes a script repeatable: the same name with the same request gives the job the journal has, without paying
    /// again.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(JobNames))]
    public string? Name { get; set; }

    /// <summary>To submit in any case, also under a name that has a job.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A budget for this call, in quota: what may pass it is not sent.</summary>
    [Parameter]
    [Quota]
    public decimal? MaximumQuota { get; set; }

    /// <summary>How many jobs are submitted at a time, from 1 to 64, and so at most beyond those that came out.</summary>
    [Parameter]
    public int ThrottleLimit { get; set; } = LumaDefaults.ThrottleLimit;

    /// <summary>The object in the pipeline, as it is.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    [ReadableProperties]
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

    /// <summary>Makes the requests of the current input: as many as there are to be jobs.</summary>
    /// <exception cref="LumaException">For an input that cannot be one.</exception>
    private protected virtual IEnumerable<SubmitRequest> ReadRequests() => [ReadRequest()];

    /// <summary>Whether it is only told what would happen, which needs no key.</summary>
    private protected virtual bool IsRehearsal => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? whatIf)
        ? whatIf is SwitchParameter { IsPresent: true }
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    private protected override bool AsksService => !IsRehearsal;

    /// <summary>The connection as far as there is one.</summary>
    private protected LumaConnection? KnownConnection => Connection ?? ProcessConnection.Current;

    /// <summary>What is known of a job here; null: nothing.</summary>
    private protected LumaJob? Known(string jobId, LumaConnection? connection) =>
        connection is null ? Journal.Find(ServiceInUse.Of(null), jobId)
            : Recorded(new LumaJob { JobId = jobId }, connection) is { Id: not null } recorded ? recorded : null;

    /// <summary>What jobs of a service have cost so far.</summary>
    private protected CostTable Costs(string service) =>
        _costs.TryGetValue(service, out CostTable? costs) ? costs : _costs[service] = new CostTable(Journal.Jobs(service));

    /// <summary>What would become of requests to a service.</summary>
    private protected SubmitForecast Forecast(string service) => _forecasts.TryGetValue(service, out SubmitForecast? forecast)
        ? forecast : _forecasts[service] = new SubmitForecast(Journal, service);

    /// <summary>Takes a request that is in order: submits it.</summary>
    private protected virtual void Take(SubmitRequest request, LumaConnection? connection, string place, object? target)
    {
        if (connection is null || IsRehearsal)
        {
            Rehearse(request, connection, target);
            return;
        }

        if (!ShouldProcess(request.Prompt, ActionDescription)) return;
        WaitForRoom();
        if (MaximumQuota is { } maximum) _budget ??= new QuotaBudget(maximum, Costs(connection.Service), Force);
        var after = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(new Submit()).Start(this, request, connection, Journal, place, Subject(request.Name), _budgeted, after);
        if (_budget is not null) _budgeted = after.Task;
    }

    /// <summary>Notes that an input was refused before anything was sent.</summary>
    private protected virtual void Refused()
    {
    }

    // Every field as it would be sent, then what would become of it.
    private void Rehearse(SubmitRequest request, LumaConnection? connection, object? target)
    {
        LumaJob job = request.ToJob();
        string service = ServiceInUse.Of(connection), fields = string.Join(
            ", ", JobFields.Requests.Where(field => field.Get(job) is not null).Select(field => $"{field.WireName} '{field.Text(job)}'"));
        string name = request.Name is { } given ? $"'{given}': " : "";
        try
        {
            string becomes = Forecast(service).Known(request, Force) is { } known
                ? $"The name has job {known.JobId ?? "of an earlier line of this input"}: it would be returned, and nothing submitted."
                : Costs(service).Of(job) is { } cost
                    ? string.Create(CultureInfo.InvariantCulture,
                        $"Cost: about {cost.Median} quota ({cost.Median / LumaUsage.QuotaPerUsd:0.00} USD); " +
                        $"{cost.Jobs} such {(cost.Jobs == 1 ? "job" : "jobs")} cost {cost.Least} to {cost.Most}.")
                    : "Cost: unknown, since the journal has no comparable job.";
            string text = $"{name}{ActionDescription}, with {fields}. {becomes}";
            ShouldProcess(text, text, ActionDescription);
        }
        catch (LumaException exception)
        {
            WriteFailure(About(Subject(request.Name), exception), target);
        }
    }

    /// <summary>The names and aliases of each parameter that takes a column.</summary>
    private protected IReadOnlyList<string[]> Columns => _columns ??=
    [
        .. MyInvocation.MyCommand.Parameters.Values
            .Where(parameter => parameter.ParameterSets.Values.Any(set => set.ValueFromPipelineByPropertyName))
            .Select(parameter => (string[])[parameter.Name, .. parameter.Aliases]),
    ];

    /// <summary>The parameter that an object in the pipeline stands for.</summary>
    private protected abstract string InputParameter { get; }

    /// <summary>Refuses an input, or warns of it, for what is known here of the job it is about.</summary>
    /// <exception cref="LumaException">When it cannot work.</exception>
    private protected virtual void CheckInput(LumaConnection? connection)
    {
    }

    /// <summary>Writes a warning unless this call has written it already.</summary>
    private protected void WarnOnce(string warning)
    {
        if (_said.Add(warning)) WriteWarning(warning);
    }

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
        object? target = Piped is { BaseObject: PSCustomObject } ? InputObject : InputObject?.BaseObject ?? Prompt;
        string place = Place(Piped);
        SubmitRequest[] requests;
        LumaConnection? connection;
        try
        {
            if (FailureOfAllInput() is { } failure)
            {
                Refused();
                Enqueue(new Submit()).Finish(() => _inputFailures.Add(failure.Message, failure, place, target));
                return;
            }

            if (MyInvocation.ExpectingInput && InputObject is null)
            {
                throw Check.Invalid(InputParameter, null, "The object in the pipeline is $null.");
            }

            requests = [.. ReadRequests()];
            foreach (SubmitRequest request in requests) request.Validate();
            connection = IsRehearsal ? KnownConnection : ConnectionOfInput();
            CheckInput(connection);
        }
        catch (LumaException exception)
        {
            // In its place: errors, too, come out in the order of the input.
            LumaException failure = About(Subject(Name), exception);
            Refused();
            Enqueue(new Submit()).Finish(() => Report(failure, place, target));
            return;
        }

        _sendingOver = connection;
        foreach (SubmitRequest request in requests)
        {
            WarnOf(request, connection);
            Take(request, connection, place, target);
        }
    }

    private protected override ProgressRecord? Progress() =>
        new(_progressId, "Submitting Luma jobs", string.Create(CultureInfo.CurrentCulture,
            $"{_submitted} submitted, {InFlight} under way{OutageShown()}"));

    private string OutageShown() => _sendingOver?.SubmitGate.Outage is { } outage ? $"; {_sendingOver.Redact(outage.ToString())}" : "";

    /// <summary>A parameter's value: typed, or a cell that is not empty. What a job in the pipeline brings along is not taken.</summary>
    private protected string? ValueOrNull(string parameter, string? value) =>
        VisibleText.IsBlank(value) || (
            !WasTyped(parameter) && Piped is { } piped && (JobInput.IsJob(piped) || RowInput.IsOfFile(piped, parameter))) ? null : value;

    /// <summary>The prompt, which is taken as it is written.</summary>
    private protected string? PromptOrNull(string? value) => ValueOrNull(nameof(Prompt), value) is null ? null : value;

    private protected override void InputEnded()
    {
        Enqueue(new Submit()).Finish(_inputFailures.WriteRest);
        if (_blanks > 0 && _blanks == _inputs)
        {
            WriteWarning("There was nothing in the input but empty lines or rows, so nothing was submitted.");
        }
    }

    // What is wrong with every item of such an input, and not only with this one.
    private LumaException? FailureOfAllInput()
    {
        if (MaximumQuota < 0)
        {
            return Check.Invalid(
                nameof(MaximumQuota), MaximumQuota.Value.ToString(CultureInfo.InvariantCulture), "It must be 0 or more.");
        }

        if (ThrottleLimit is < 1 or > 64)
        {
            return Check.Invalid(nameof(ThrottleLimit), ThrottleLimit.ToString(CultureInfo.InvariantCulture), "It must be from 1 to 64.");
        }

        if (Piped is not { } row || RowInput.MeantDelimiter(row, Columns) is not { } delimiter) return null;
        string shown = delimiter == '\t' ? "\"`t\"" : $"'{delimiter}'";
        return Check.Invalid(InputParameter, RowInput.Header(row),
            $"That is a complete header in one column. Read the file with its delimiter: Import-Csv -Delimiter {shown}.");
    }

    // Which of the input it was.
    private string Place(PSObject? row) =>
        $"{(row is null ? "Input" : row.BaseObject is string ? "Line" : JobInput.IsJob(row) ? "Job" : "Row")} " +
            $"{_inputs.ToString(CultureInfo.InvariantCulture)}";

    // What an error is about: the row's name, or else its number; nothing where there is no pipeline.
    private string? Subject(string? name)
    {
        if (!MyInvocation.ExpectingInput) return null;
        return WasTyped(nameof(Name)) || ValueOrNull(nameof(Name), name) is not { } known ? Place(Piped) : $"'{VisibleText.Trim(known)}'";
    }

    private static LumaException About(string? subject, LumaException failure) =>
        subject is null || HoldsForAllInput(failure) ? failure : failure.About(subject);

    private static bool HoldsForAllInput(LumaException failure) =>
        failure.IsPermanent || failure.IsOutage || failure.ErrorId is LumaErrorId.LumaKeyMissing or LumaErrorId.LumaInsecureEndpoint;

    private void Report(LumaException failure, string place, object? target)
    {
        if (HoldsForAllInput(failure)) _inputFailures.Add(failure.ErrorId.ToString(), failure, place, target);
        else WriteFailure(failure, target);
    }

    // Once for each value and call: a mistake that is charged has to be seen, and a hundred of the same hide another.
    private void WarnOf(SubmitRequest request, LumaConnection? connection)
    {
        string place = Piped is null ? "" : Place(Piped) + ": ";
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
            WriteVerbose($"{Place(row)}: its {parameter} '{cell}' is overridden by '{typed}', which is from the command line or from " +
                "$PSDefaultParameterValues.");
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

    private async Task<Action> SubmitAsync(SubmitRequest request, LumaConnection connection, Journal journal, string place, string? subject,
        Task turn, TaskCompletionSource after)
    {
        QuotaBudget.Share? share = null;
        SubmitResult? made = null;
        try
        {
            if (_budget is not null)
            {
                await turn.WaitAsync(StopToken); // The budget goes to the first of the input.
                try
                {
                    if (new SubmitForecast(journal, connection.Service).Known(request, Force) is null && Refusal(request) is null)
                    {
                        share = await _budget.ReserveAsync(request.ToJob(), StopToken);
                    }
                }
                finally
                {
                    after.TrySetResult();
                }
            }

            var submitter = new Submitter(ClientFor(connection), journal) { Refusal = () => Refusal(request), Waiting = WarnLater };
            SubmitResult submitted = made = await submitter.SubmitAsync(request, Force, StopToken);
            if (share is { IsAwaited: true }) _ = LearnCostAsync(share, submitted.Job, connection);
            return () =>
            {
                _submitted++;
                Output(submitted.Job);
                if (submitted.Problem is { } problem) WriteFailure(problem);
            };
        }
        catch (LumaException exception)
        {
            if (exception.IsPermanent || exception.IsOutage) _refusedForGood ??= exception;
            if (made is null && exception.ErrorId != LumaErrorId.LumaSubmitUnconfirmed) share?.GiveBack();
            LumaException failure = About(subject, exception);
            return () => Report(failure, place, request.Prompt);
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            return () => { };
        }
    }

    // The first job of all tells what one costs; until then no other leaves. It is waited for as Wait-LumaJob waits, and no longer.
    private async Task LearnCostAsync(QuotaBudget.Share share, LumaJob job, LumaConnection connection)
    {
        var ended = new TaskCompletionSource<JobWaitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var waiter = new JobWaiter(new JobWaiterOptions { Warning = WarnLater }, end => ended.TrySetResult(end));
        waiter.Add(job, ClientFor(connection));
        try
        {
            JobWaitResult end = await ended.Task.WaitAsync(StopToken);
            job = end.Job;
            if (end.Error is { } error)
            {
                WarnLater($"What job {job.JobId} costs is not known, so the next job is submitted in its place to tell what one costs. " +
                    $"{error.Message}");
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped: there is no next job.
        }

        share.Learn(job, Costs(connection.Service));
    }

    // After one of the input was refused permanently, the rest would be, too.
    private LumaException? Refusal(SubmitRequest request) => _refusedForGood is { } refused
        ? new LumaException(refused.ErrorId,
            $"The request for {ErrorText.Prompt(request.Prompt)} was not sent, so it cost nothing: an earlier one of this input " +
            $"{(refused.IsOutage ? "did not reach the service" : "was refused permanently")}. {refused.Message}")
        {
            IsOutage = refused.IsOutage,
            StatusCode = refused.StatusCode,
            RecommendedAction = refused.RecommendedAction,
        }
        : null;

    /// <summary>One submit and its place in the order.</summary>
    private sealed class Submit
    {
        public Action? Emission { get; private set; }

        public Action Finished { get; set; } = () => { };

        public void Start(SubmitCommand command, SubmitRequest request, LumaConnection connection, Journal journal, string place,
            string? subject, Task turn, TaskCompletionSource after) => _ = Task.Run(async () =>
        {
            Action emission;
            try
            {
                emission = await command.SubmitAsync(request, connection, journal, place, subject, turn, after);
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
