namespace Luma.Sandbox;

/// <summary>Which fault meets which request.</summary>
internal sealed class FaultPlan
{
    private readonly object _lock = new();
    private readonly Dictionary<SandboxTarget, Queue<SandboxFault>> _coming = [];
    private readonly Dictionary<SandboxTarget, SandboxFault> _always = [];
    private long _arrived;

    /// <summary>Adds faults for the next requests to a target, one for each.</summary>
    public void Add(SandboxTarget target, IEnumerable<SandboxFault> faults)
    {
        lock (_lock)
        {
            if (!_coming.TryGetValue(target, out Queue<SandboxFault>? queue)) _coming[target] = queue = new();
            foreach (SandboxFault fault in faults) queue.Enqueue(fault);
        }
    }

    /// <summary>Sets the fault of all requests to a target for which there is no other.</summary>
    public void SetAlways(SandboxTarget target, SandboxFault fault)
    {
        lock (_lock) _always[target] = fault;
    }

    /// <summary>Forgets all faults.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _coming.Clear();
            _always.Clear();
        }
    }

    /// <summary>The fault of a request that has just arrived, and what it does.</summary>
    /// <param name="target">What it asks for.</param>
    /// <param name="arrival">Its place among all requests, in the order of arrival.</param>
    public FaultEffects Take(SandboxTarget? target, out long arrival)
    {
        SandboxFault? fault;
        lock (_lock)
        {
            arrival = ++_arrived;
            if (target is not { } known) return new FaultEffects();
            SandboxTarget wider = known is SandboxTarget.Generations or SandboxTarget.Extend ? SandboxTarget.Submit : known;
            fault = Next(known) ?? Next(wider) ?? _always.GetValueOrDefault(known) ?? _always.GetValueOrDefault(wider);
        }
        return fault?.Resolve() ?? new FaultEffects();
    }

    private SandboxFault? Next(SandboxTarget target) =>
        _coming.TryGetValue(target, out Queue<SandboxFault>? queue) && queue.TryDequeue(out SandboxFault? fault) ? fault : null;
}
