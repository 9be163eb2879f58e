namespace Luma.Sandbox;

/// <summary>
/// What a sandbox in a process of its own is told: how to start, what to change, or to stop. What is null stays as it is.
/// </summary>
internal sealed record SandboxSettings
{
    /// <summary>The port; for the start only.</summary>
    public int? Port { get; init; }

    /// <summary>The path of its address; for the start only.</summary>
    public string? Instance { get; init; }

    /// <summary>Its key; for the start only.</summary>
    public string? ApiKey { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.JobSeconds"/>
    public double? JobSeconds { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.FailPercent"/>
    public int? FailPercent { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.LatencyMilliseconds"/>
    public int? LatencyMilliseconds { get; init; }

    /// <inheritdoc cref="LumaSandboxOptions.Strict"/>
    public bool? Strict { get; init; }

    /// <summary>What the links given out so far are to answer from now on.</summary>
    public int? ExpireVideoLinks { get; init; }

    /// <summary>Whether it is to stop.</summary>
    public bool? Stop { get; init; }
}
