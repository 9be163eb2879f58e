namespace Luma.Sandbox;

/// <summary>Which fault meets which request.</summary>
internal sealed class FaultPlan
{
    private readonly object @lock = new();
    private readonly Dictionary<SandboxTarget, Queue<SandboxFault>> coming = [];
    private readonly Dictionary<SandboxTarget, SandboxFault> always = [];
    private long arrived;

    /// <summary>Adds faults for the next requests to a target, one for each.</summary>
    public void Add(SandboxTarget target, IEnumerable<SandboxFault> faults)
    {
        lock (@lock)
        {
            if (!coming.TryGetValue(target, out Queue<SandboxFault>? queue)) coming[target] = queue = new();
            foreach (SandboxFault fault in faults) queue.Enqueue(fault);
        }
    }

    /// <summary>Sets the fault of all requests to a target for which there is no other.</summary>
    public void SetAlways(SandboxTarget target, SandboxFault fault)
    {
        lock (@lock) always[target] = fault;
    }

    /// <summary>Forgets all faults.</summary>
    public void Clear()
    {
        lock (@lock)
        {
            coming.Clear();
            always.Clear();
        }
    }

    /// <summary>The fault of a request that has just arrived, and what it does.</summary>
    /// <param name="target">What it asks for.</param>
    /// <param name="arrival">Its place among all requests, in the order of arrival.</param>
    public FaultEffects Take(SandboxTarget? target, out long arrival)
    {
        SandboxFault? fault;
        lock (@lock)
        {
            arrival = ++arrived;
            if (target is not { } known) return new FaultEffects();
            SandboxTarget wider = known is SandboxTarget.Generations or SandboxTarget.Extend ? SandboxTarget.Submit : known;
            fault = Next(known) ?? Next(wider) ?? always.GetValueOrDefault(known) ?? always.GetValueOrDefault(wider);
        }
        return fault?.Resolve() ?? new FaultEffects();
    }

    private SandboxFault? Next(SandboxTarget target) =>
        coming.TryGetValue(target, out Queue<SandboxFault>? queue) && queue.TryDequeue(out SandboxFault? fault) ? fault : null;
}
