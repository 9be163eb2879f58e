namespace Luma.Sandbox;

/// <summary>What a sandbox in a process of its own says of itself.</summary>
internal sealed record SandboxState
{
    /// <summary>The id of its process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>When it began, in UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.JobSeconds"/>
    public required double JobSeconds { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.FailPercent"/>
    public required int FailPercent { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.LatencyMilliseconds"/>
    public required int LatencyMilliseconds { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.Strict"/>
    public required bool Strict { get; init; }

    /// <inheritdoc cref="LumaSandbox.SubmitCount"/>
    public required int SubmitCount { get; init; }
}
