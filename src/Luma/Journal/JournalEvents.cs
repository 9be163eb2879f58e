namespace Luma;

/// <summary>What a line of the journal tells.</summary>
internal static class JournalEvents
{
    /// <summary>A submit is about to leave.</summary>
    public const string Intent = "intent";

    /// <summary>The service has given it a jobId.</summary>
    public const string Accepted = "accepted";

    /// <summary>The service has refused it: there is no job.</summary>
    public const string Refused = "refused";

    /// <summary>It did not leave: there is no job.</summary>
    public const string Unsent = "unsent";

    /// <summary>Something became known of the job.</summary>
    public const string Status = "status";

    /// <summary>Its video was saved.</summary>
    public const string Saved = "saved";

    /// <summary>All of the above of a job that has ended, in one line; a compaction writes it.</summary>
    public const string Job = "job";

    /// <summary>The user has removed it from the journal.</summary>
    public const string Removed = "removed";
}
