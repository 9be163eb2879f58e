using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;

namespace LumaPS.Pipeline;

/// <summary>
/// The base of all cmdlets that talk to the service. Their work runs in the background and hands what it has to an
/// outbox, which the pipeline's one thread empties: only that thread may write.
/// </summary>
/// <remarks>
/// A pipeline has one thread, so a cmdlet that just waits for its own work lets nothing through while the one above it
/// works. These therefore cooperate: emitting marks the emitter, and a cmdlet below it keeps the thread, and lets its
/// own results out, until it has nothing in flight or the one above it can use the thread: has something to hand down,
/// has room for more input, or has reached its end. And one that waits while the one right below it has results
/// calls on it with a <see cref="DrainRequest"/>, since PowerShell lets a cmdlet write only while it is called.
/// </remarks>
public abstract class LumaCommand : PSCmdlet, IDisposable
{
    private readonly Outbox _outbox = new();
    private readonly PipelineNeighbors _neighbors;
    private readonly ProgressDisplay _progress;
    private readonly CommandJournal _journal;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<string> _typed = new(StringComparer.OrdinalIgnoreCase);
    private bool _mayDrain;
    private bool _isVerbose;
    private bool _inputEnded;

    private protected LumaCommand()
    {
        _neighbors = new PipelineNeighbors(this);
        _progress = new ProgressDisplay(WriteProgress);
        _journal = new CommandJournal(this);
    }

    /// <summary>
    /// The connection to use, from <c>Connect-Luma -PassThru</c>; else the one the job came from, else that of <c>Connect-Luma</c>, else
    /// that of the environment.
    /// </summary>
    [Parameter]
    [ConnectionOrName]
    [ArgumentCompleter(typeof(ConnectionNames))]
    public LumaConnection? Connection { get; set; }

    /// <summary>Cancelled when the pipeline ends early, however it does.</summary>
    private protected CancellationToken StopToken => _stopping.Token;

    /// <summary>How many pieces of work there may be that have begun and whose result is not emitted.</summary>
    private protected virtual int MostInFlight => int.MaxValue;

    /// <summary>How many there are.</summary>
    private protected int InFlight => _outbox.InFlight;

    /// <summary>What came down the pipeline just now; null where nothing did.</summary>
    private protected abstract object? PipedObject { get; }

    /// <summary>Whether requests are to be expected.</summary>
    private protected virtual bool AsksService => true;

    private bool HasRoom => InFlight < MostInFlight;

    /// <summary>Whether it has results that it could let out if it were called.</summary>
    internal bool HasOwnResults => !_inputEnded && !_stopping.IsCancellationRequested && !_outbox.IsEmpty;

    /// <summary>Takes the current input and begins its work; called on the pipeline's thread.</summary>
    private protected abstract void Accept();

    /// <summary>Called on the pipeline's thread when there is no more input.</summary>
    private protected virtual void InputEnded()
    {
    }

    /// <summary>Called once when the cmdlet is over or stopped, on any thread.</summary>
    private protected virtual void Stopped()
    {
    }

    /// <summary>What to show while the cmdlet holds the pipeline; null: nothing.</summary>
    private protected virtual ProgressRecord? Progress() => null;

    /// <summary>What to show below it: the pieces that are in progress.</summary>
    private protected virtual IEnumerable<ProgressRecord> ProgressOfParts() => [];

    /// <summary>Whether all input is known.</summary>
    private protected bool HasAllInput => _inputEnded;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Later the same dictionary also holds what is bound from the pipeline.
        _typed.UnionWith(MyInvocation.BoundParameters.Keys);
        _outbox.TakeThread();
        _neighbors.Begin();
        _isVerbose = IsVerbose();
        _mayDrain = !_typed.Contains("OutVariable") && !_typed.Contains("PipelineVariable"); // They would see it.
        PrepareJournal();
        if (!AsksService) return;
        if (Connection is null && ProcessConnection.TakeProxyWarning() is { } warning) WriteWarning(warning);
        PrepareConnection();
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        _neighbors.MeetAbove(PipedObject);
        if (PipedObject is not DrainRequest) Accept();
        Pump(() => HasRoom && (InFlight == 0 || PipelineNeighbors.EmitterCanUseThread));
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        _inputEnded = true;
        InputEnded();
        Pump(() => InFlight == 0);
        _progress.End();
    }

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => Stop();

    /// <summary><c>Select-Object -First</c> ends the cmdlets above it with nothing but this.</summary>
    public void Dispose()
    {
        Stop();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether a parameter was given on the command line, not by the pipeline.</summary>
    private protected bool WasTyped(string parameter) => _typed.Contains(parameter);

    /// <summary>Begins a piece of work in the background, once there is room for it.</summary>
    /// <param name="work">The work; what it gives is run on the pipeline's thread.</param>
    private protected void Begin(Func<Task<Action>> work)
    {
        Pump(() => HasRoom);
        CountIn();
        _ = Task.Run(async () =>
        {
            Action emission;
            try
            {
                emission = await work();
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                emission = () => { };
            }
            catch (Exception exception)
            {
                // A fault of ours; it must not vanish in a task that nobody waits for.
                emission = () => throw exception;
            }

            HandOver(emission);
        });
    }

    /// <summary>Lets results out until there is room for one more piece of work.</summary>
    private protected void WaitForRoom() => Pump(() => HasRoom);

    /// <summary>Notes that a piece of work has begun; its result comes by <see cref="HandOver"/>.</summary>
    private protected void CountIn() => _outbox.CountIn();

    /// <summary>Gives the result of a piece of work to the pipeline's thread. May be called from any thread.</summary>
    private protected void HandOver(Action emission) => _outbox.Post(emission, endsWork: true);

    /// <summary>Writes a warning in its turn. May be called from any thread.</summary>
    private protected void PostWarning(string text) => _outbox.Post(() => WriteWarning(text), endsWork: false);

    /// <summary>Forgets the work that is in progress; none of its results will come.</summary>
    private protected void AbandonWork() => _outbox.Abandon();

    /// <summary>A client over a connection, whose requests are told of under <c>-Verbose</c>.</summary>
    private protected LumaClient ClientFor(LumaConnection connection) =>
        new(connection, _isVerbose ? trace => _outbox.Post(() => WriteVerbose(trace.ToString()), endsWork: false) : null, Journal);

    /// <inheritdoc cref="CommandJournal.Journal"/>
    private protected Journal Journal => _journal.Journal;

    /// <inheritdoc cref="CommandJournal.Recorded"/>
    private protected LumaJob Recorded(LumaJob job, LumaConnection connection) => _journal.Recorded(job, connection);

    /// <summary>Refuses the API key where what names a job belongs: an error about it would show it.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/></exception>
    private protected void CheckNotKey(string parameter, string? value) =>
        (Connection ?? ProcessConnection.Current)?.CheckNotKey(parameter, value);

    /// <summary>Hands an object down the pipeline.</summary>
    private protected void Output(object output)
    {
        _neighbors.NoteEmitted(output);
        WriteObject(output);
    }

    /// <summary>Has a warning written on the pipeline's thread. May be called from any thread.</summary>
    private protected void WarnLater(string text) => _outbox.Post(() => WriteWarning(text), endsWork: false);

    /// <summary>Writes a failure as an error record.</summary>
    private protected void WriteFailure(LumaException failure, object? target = null) => WriteError(failure.ToErrorRecord(target));

    // A journal in the wrong place is no journal: nothing may be sent, and no item of the input would fare better than the first.
    private void PrepareJournal()
    {
        try
        {
            _ = Journal.OfUser();
        }
        catch (LumaException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord(null));
        }
    }

    // Preparing the HTTP pipeline takes as long as everything else before the first request, so the two run in parallel.
    private void PrepareConnection()
    {
        try
        {
            (Connection ?? ProcessConnection.Current)?.Prepare();
        }
        catch (LumaException)
        {
            // The first input will meet it.
        }
    }

    private bool IsVerbose()
    {
        if (MyInvocation.BoundParameters.TryGetValue("Verbose", out object? asked)) return asked is SwitchParameter { IsPresent: true };
        return GetVariableValue("VerbosePreference") is { } preference
            && !"SilentlyContinue".Equals(preference.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether this cmdlet, which is emitting further up on this thread, could do something with the thread now.</summary>
    /// <param name="canAbove">The same of the one above it.</param>
    internal bool CanUseThread(Func<bool> canAbove)
    {
        if (_stopping.IsCancellationRequested || !_outbox.IsEmpty || (_inputEnded && InFlight == 0)) return true;
        return !_inputEnded && HasRoom && canAbove(); // It has room, so what is above it decides.
    }

    private void Pump(Func<bool> isEnough)
    {
        while (true)
        {
            if (_stopping.IsCancellationRequested) throw new PipelineStoppedException();
            if (_outbox.TryTake(out Action emission))
            {
                _neighbors.Emit(emission);
                continue;
            }

            if (_mayDrain && _neighbors.BelowHasResults)
            {
                _neighbors.Emit(() => WriteObject(DrainRequest.Instance));
                continue;
            }

            if (InFlight > 0) _progress.Show(() => Progress() is { } whole ? [whole, .. ProgressOfParts()] : []);
            if (isEnough()) return;
            _outbox.Wait(ProgressDisplay.Interval);
        }
    }

    private void Stop()
    {
        lock (_stopping)
        {
            if (_stopping.IsCancellationRequested) return;
            _stopping.Cancel();
        }

        Stopped();
        _outbox.Wake();
    }
}
