using System.Text.Json;

namespace Luma.Sandbox;

/// <summary>The side of a sandbox in a process of its own that answers other processes.</summary>
/// <param name="stop">Called once it is told to stop and has said so.</param>
internal sealed class SandboxControl(Action stop)
{
    /// <summary>Where it is asked; only with its key.</summary>
    public const string Path = "/sandbox";

    private readonly DateTime _startedAt = DateTime.UtcNow;

    /// <summary>Does what a request wants, and says how the sandbox is then.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="body">Settings; empty: nothing is to change.</param>
    public (byte[] Answer, Action? Sent) Answer(LumaSandbox sandbox, byte[] body)
    {
        SandboxSettings change = body.Length == 0 ? new SandboxSettings() : SandboxJson.ReadSettings(body);
        Apply(sandbox, change);
        var state = new SandboxState
        {
            ProcessId = Environment.ProcessId,
            StartedAt = _startedAt,
            JobSeconds = sandbox.JobSeconds,
            FailPercent = sandbox.FailPercent,
            LatencyMilliseconds = sandbox.LatencyMilliseconds,
            Strict = sandbox.Strict,
            SubmitCount = sandbox.SubmitCount,
        };
        return (JsonSerializer.SerializeToUtf8Bytes(state, SandboxJson.Default.SandboxState), change.Stop == true ? stop : null);
    }

    private static void Apply(LumaSandbox sandbox, SandboxSettings change)
    {
        if (change.JobSeconds is { } jobSeconds) sandbox.JobSeconds = jobSeconds;
        if (change.FailPercent is { } failPercent) sandbox.FailPercent = failPercent;
        if (change.LatencyMilliseconds is { } latency) sandbox.LatencyMilliseconds = latency;
        if (change.Strict is { } strict) sandbox.Strict = strict;
        if (change.ExpireVideoLinks is { } code) sandbox.ExpireVideoLinks(code);
    }
}
