namespace Luma.Sandbox;

/// <summary>How the callbacks of one job go. As it is made: one, as soon as the job has ended.</summary>
internal sealed class CallbackPlan
{
    /// <summary>How long after the job's end the first one goes out.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How often the outcome is told.</summary>
    public int Times { get; set; } = 1;

    /// <summary>The link that somebody else's callback names while the job still runs; null: there is none.</summary>
    public string? ForgedVideoUrl { get; set; }
}
