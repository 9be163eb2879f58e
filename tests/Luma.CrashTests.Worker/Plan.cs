namespace Luma.CrashTests.Worker;

/// <summary>What a worker is to do; it comes as one line of JSON on its standard input.</summary>
public sealed record Plan
{
    /// <summary>The jobs to make, in their order.</summary>
    public IReadOnlyList<PlanItem> Items { get; init; } = [];

    /// <summary>Where the videos go; null: the jobs are only submitted.</summary>
    public string? Folder { get; init; }

    /// <summary>How many submits or downloads run at a time.</summary>
    public int ThrottleLimit { get; init; } = LumaDefaults.ThrottleLimit;

    /// <summary>Unconfirmed names to settle first, each with the jobId that the provider has for it.</summary>
    public IReadOnlyDictionary<string, string> Adopt { get; init; } = new Dictionary<string, string>();

    /// <summary>Unconfirmed records to remove first, by their own ids: the provider has no job for them.</summary>
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>Whether to wait for a line on the standard input before anything is submitted.</summary>
    public bool WaitForGo { get; init; }
}

/// <summary>One job to make.</summary>
/// <param name="Name">Its name, if it has one.</param>
/// <param name="Prompt">Its prompt.</param>
public sealed record PlanItem(string? Name, string Prompt);
