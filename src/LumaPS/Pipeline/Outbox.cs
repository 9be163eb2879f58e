using System.Collections.Concurrent;

namespace LumaPS.Pipeline;

/// <summary>What the work of a cmdlet has for the pipeline, in the order in which it came, and how much work is in flight.</summary>
internal sealed class Outbox
{
    private readonly ConcurrentQueue<(Action Emission, bool EndsWork)> _emissions = new();
    private AutoResetEvent _signal = PipelineSignal.OfThisThread;
    private bool _isAbandoned;
    private int _inFlight;

    /// <summary>How many pieces of work have begun whose result is not emitted.</summary>
    public int InFlight => _isAbandoned ? 0 : Volatile.Read(ref _inFlight);

    public bool IsEmpty => _emissions.IsEmpty;

    /// <summary>Says that it is the calling thread that empties this.</summary>
    public void TakeThread() => _signal = PipelineSignal.OfThisThread;

    /// <summary>Notes that a piece of work has begun.</summary>
    public void CountIn() => Interlocked.Increment(ref _inFlight);

    /// <summary>Adds something to do on the pipeline's thread. May be called from any thread.</summary>
    /// <param name="emission">What to do.</param>
    /// <param name="endsWork">Whether it is the result of a piece of work.</param>
    public void Post(Action emission, bool endsWork)
    {
        _emissions.Enqueue((emission, endsWork));
        _signal.Set();
    }

    /// <summary>Takes the next one out; its work is then no longer in flight.</summary>
    public bool TryTake(out Action emission)
    {
        bool taken = _emissions.TryDequeue(out (Action Emission, bool EndsWork) next);
        emission = next.Emission;
        if (taken && next.EndsWork) Interlocked.Decrement(ref _inFlight);
        return taken;
    }

    /// <summary>Forgets the work that is in flight; none of its results will come.</summary>
    public void Abandon() => _isAbandoned = true;

    /// <summary>Waits until something may have come, or the time is up.</summary>
    public void Wait(TimeSpan longest) => _signal.WaitOne(longest);

    /// <summary>Ends a wait.</summary>
    public void Wake() => _signal.Set();
}
