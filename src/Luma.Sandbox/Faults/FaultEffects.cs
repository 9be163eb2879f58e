using Luma.Sandbox.Http;

namespace Luma.Sandbox;

/// <summary>What the fault of one request does to it, step by step. As it is made, it does nothing.</summary>
internal sealed class FaultEffects
{
    /// <summary>Whether the request's body stays unread.</summary>
    public bool LeaveBody { get; set; }

    /// <summary>The answer instead of the real one; the request is not processed then.</summary>
    public Func<HttpReply>? Instead { get; set; }

    /// <summary>What happens to the job that the request makes, or whose video it asks for.</summary>
    public Action<SandboxJob>? OnJob { get; set; }

    /// <summary>Whether a fetch leaves the link to the video out.</summary>
    public bool NoVideoUrl { get; set; }

    /// <summary>Whether a video's ETag is left out.</summary>
    public bool NoETag { get; set; }

    /// <summary>Whether a video's ETag is a weak one.</summary>
    public bool WeakETag { get; set; }

    /// <summary>Whether the wish for a range is ignored.</summary>
    public bool IgnoreRange { get; set; }

    /// <summary>How many bytes behind the wanted one a range starts.</summary>
    public long RangeShift { get; set; }

    /// <summary>How many bytes the total of a range is wrong by.</summary>
    public long TotalShift { get; set; }

    /// <summary>What the answer waits for once it is made.</summary>
    public List<Func<TimeProvider, CancellationToken, Task>> Holds { get; } = [];

    /// <summary>What happens to the answer and its connection.</summary>
    public Action<HttpReply>? OnReply { get; set; }
}
