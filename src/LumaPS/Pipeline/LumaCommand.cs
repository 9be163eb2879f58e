using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using Luma;
using LumaPS.Connections;

namespace LumaPS.Pipeline;

/// <summary>
/// The base of all cmdlets that talk to the service. Their work runs beside the pipeline and hands what it has to an
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
    private static readonly TimeSpan _progressInterval = TimeSpan.FromSeconds(1);

    [ThreadStatic]
    private static LumaCommand? _emitting;

    private static int _warnedOfCI;

    private readonly ConcurrentQueue<(Action Emission, bool EndsWork)> _outbox = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<string> _typed = new(StringComparer.OrdinalIgnoreCase);
    private AutoResetEvent _signal = PipelineSignal.OfThisThread;
    private LumaCommand? _above;
    private LumaCommand? _below;
    private object? _emitted;
    private bool _mayKnock;
    private Journal? _journal;
    private bool _warnedOfJournal;
    private bool _isVerbose;
    private bool _isAbandoned;
    private bool _inputEnded;
    private int _inFlight;
    private readonly Dictionary<int, ProgressRecord> _shownProgress = [];
    private long _nextProgress;

    /// <summary>The connection to use, from <c>Connect-Luma -PassThru</c>; else the one the job came from, else that of <c>Connect-Luma</c>, else that of the environment.</summary>
    [Parameter]
    public LumaConnection? Connection { get; set; }

    /// <summary>Cancelled when the pipeline ends early, however it does.</summary>
    private protected CancellationToken StopToken => _stopping.Token;

    /// <summary>How many pieces of work there may be that have begun and whose result is not emitted.</summary>
    private protected virtual int MostInFlight => int.MaxValue;

    /// <summary>How many there are.</summary>
    private protected int InFlight => _isAbandoned ? 0 : Volatile.Read(ref _inFlight);

    /// <summary>What came down the pipeline just now; null where nothing did.</summary>
    private protected abstract object? PipedObject { get; }

    /// <summary>Whether requests are to be expected.</summary>
    private protected virtual bool AsksService => true;

    private bool HasRoom => InFlight < MostInFlight;

    private bool HasResults => !_inputEnded && !_stopping.IsCancellationRequested && (!_outbox.IsEmpty || _below?.HasResults == true);

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

    /// <summary>What to show below it: the pieces that are under way.</summary>
    private protected virtual IEnumerable<ProgressRecord> ProgressOfParts() => [];

    /// <summary>Whether all input is known.</summary>
    private protected bool HasAllInput => _inputEnded;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Later the same dictionary also holds what is bound from the pipeline.
        _typed.UnionWith(MyInvocation.BoundParameters.Keys);
        _signal = PipelineSignal.OfThisThread;
        _isVerbose = IsVerbose();
        _mayKnock = !_typed.Contains("OutVariable") && !_typed.Contains("PipelineVariable"); // They would see it.
        _nextProgress = Stopwatch.GetTimestamp() + (long)(_progressInterval.TotalSeconds * Stopwatch.Frequency);
        if (AsksService) PrepareConnection();
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        MeetAbove();
        if (PipedObject is not DrainRequest) Accept();
        Pump(() => HasRoom && (InFlight == 0 || _emitting is null || _emitting.CanUseThread()));
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        _inputEnded = true;
        InputEnded();
        Pump(() => InFlight == 0);
        EndProgress();
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

    /// <summary>Begins a piece of work beside the pipeline, once there is room for it.</summary>
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

    /// <summary>Notes that a piece of work has begun; its result comes by <see cref="HandOver"/>.</summary>
    private protected void CountIn() => Interlocked.Increment(ref _inFlight);

    /// <summary>Gives the result of a piece of work to the pipeline's thread. May be called from any thread.</summary>
    private protected void HandOver(Action emission) => Post(emission, endsWork: true);

    /// <summary>Forgets the work that is under way; none of its results will come.</summary>
    private protected void AbandonWork() => _isAbandoned = true;

    /// <summary>A client over a connection, whose requests are told of under <c>-Verbose</c>.</summary>
    private protected LumaClient ClientFor(LumaConnection connection) =>
        new(connection, _isVerbose ? trace => Post(() => WriteVerbose(trace.ToString()), endsWork: false) : null, Journal);

    /// <summary>The user's journal.</summary>
    private protected Journal Journal => _journal ??= OpenJournal();

    /// <summary>A job as the journal has it, where it was given by its jobId alone. A journal that cannot be read keeps nobody from waiting or saving.</summary>
    private protected LumaJob Recorded(LumaJob job, LumaConnection connection)
    {
        try
        {
            return job.Id is null && Journal.Find(connection.Service, job.JobId!) is { } recorded ? recorded with { Connection = connection } : job;
        }
        catch (LumaException exception) when (exception.ErrorId == LumaErrorId.LumaJournalError)
        {
            if (!_warnedOfJournal) WriteWarning(exception.Message);
            _warnedOfJournal = true;
            return job;
        }
    }

    /// <summary>Hands an object down the pipeline.</summary>
    private protected void Output(object output)
    {
        _emitted = output is PSObject wrapped ? wrapped.BaseObject : output;
        WriteObject(output);
    }

    /// <summary>Writes a failure as an error record.</summary>
    private protected void WriteFailure(LumaException failure, object? target = null) => WriteError(failure.ToErrorRecord(target));

    // The first request's way out takes as long to get ready as all else before it; so the two go side by side.
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

    private Journal OpenJournal()
    {
        if (!Journal.IsChosen && !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")) && Interlocked.Exchange(ref _warnedOfCI, 1) == 0)
        {
            WriteWarning("The journal of paid jobs is in the user's folder, which on a CI machine ends with the run. Set LUMAPS_HOME to a folder that is kept, to be able to go on after a failed run.");
        }

        return Journal.OfUser();
    }

    private void Post(Action emission, bool endsWork)
    {
        _outbox.Enqueue((emission, endsWork));
        _signal.Set();
    }

    private bool IsVerbose()
    {
        if (MyInvocation.BoundParameters.TryGetValue("Verbose", out object? asked)) return asked is SwitchParameter { IsPresent: true };
        return GetVariableValue("VerbosePreference") is { } preference && !"SilentlyContinue".Equals(preference.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether this cmdlet, which is emitting further up on this thread, could do something with the thread now.</summary>
    private bool CanUseThread()
    {
        if (_stopping.IsCancellationRequested || !_outbox.IsEmpty || (_inputEnded && InFlight == 0)) return true;
        if (_inputEnded || !HasRoom) return false;
        return _above is null || _above.CanUseThread(); // It has room, so what is above it decides.
    }

    // Right below another one of these is who gets the very object that one is emitting, one place further on.
    private void MeetAbove()
    {
        if (_emitting is { } above
            && PipedObject is { } piped
            && ReferenceEquals(above._emitted, piped)
            && above.MyInvocation.PipelineLength == MyInvocation.PipelineLength
            && above.MyInvocation.PipelinePosition + 1 == MyInvocation.PipelinePosition)
        {
            above._below = this;
        }
    }

    private void Pump(Func<bool> isEnough)
    {
        while (true)
        {
            if (_stopping.IsCancellationRequested) throw new PipelineStoppedException();
            if (_outbox.TryDequeue(out (Action Emission, bool EndsWork) next))
            {
                if (next.EndsWork) Interlocked.Decrement(ref _inFlight);
                Emit(next.Emission);
                continue;
            }

            if (_mayKnock && _below?.HasResults == true)
            {
                Emit(() => WriteObject(DrainRequest.Instance));
                continue;
            }

            ShowProgress();
            if (isEnough()) return;
            _signal.WaitOne(_progressInterval);
        }
    }

    private void Emit(Action emission)
    {
        LumaCommand? above = _emitting;
        _above = above;
        _emitting = this;
        try
        {
            emission();
        }
        finally
        {
            _emitting = above;
        }
    }

    // Nothing in the first second, and then once a second: a bar that flickers helps nobody, and each record costs.
    private void ShowProgress()
    {
        long now = Stopwatch.GetTimestamp();
        if (now < _nextProgress || InFlight == 0) return;
        _nextProgress = now + (long)(_progressInterval.TotalSeconds * Stopwatch.Frequency);
        ProgressRecord[] records = Progress() is { } whole ? [whole, .. ProgressOfParts()] : [];
        foreach (int gone in _shownProgress.Keys.Except(records.Select(record => record.ActivityId)).ToArray()) TakeAway(gone);
        foreach (ProgressRecord record in records)
        {
            _shownProgress[record.ActivityId] = record;
            WriteProgress(record);
        }
    }

    private void EndProgress()
    {
        // Parts have higher ids than the whole, and go before it.
        foreach (int shown in _shownProgress.Keys.OrderDescending().ToArray()) TakeAway(shown);
    }

    private void TakeAway(int progressId)
    {
        if (!_shownProgress.Remove(progressId, out ProgressRecord? record)) return;
        record.RecordType = ProgressRecordType.Completed;
        WriteProgress(record);
    }

    private void Stop()
    {
        lock (_stopping)
        {
            if (_stopping.IsCancellationRequested) return;
            _stopping.Cancel();
        }

        Stopped();
        _signal.Set();
    }
}
