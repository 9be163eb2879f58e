namespace Luma;

/// <summary>What became of one attempt to submit.</summary>
internal enum SubmitOutcome
{
    /// <summary>A jobId came back: there is a job.</summary>
    Accepted,

    /// <summary>The service refused it: there is no job.</summary>
    Refused,

    /// <summary>Refused for now, for too many requests: there is no job.</summary>
    RateLimited,

    /// <summary>Refused for now, for a full queue: there is no job.</summary>
    QueueFull,

    /// <summary>It never left: there is no job.</summary>
    Unsent,

    /// <summary>It left and nothing decisive came back: there may be a job.</summary>
    Unconfirmed,
}
