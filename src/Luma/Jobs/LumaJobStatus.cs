namespace Luma;

/// <summary>The states of a job.</summary>
public static class LumaJobStatus
{
    /// <summary>Waiting in the service's queue (<c>PENDING_QUEUE</c>).</summary>
    public const string Pending = "Pending";

    /// <summary>Being made (<c>ON_QUEUE</c>, whatever that name suggests, and every status this client does not know).</summary>
    public const string Running = "Running";

    /// <summary>Done, with a link to the video (<c>SUCCESS</c>).</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>Ended without a video (<c>FAILED</c> in a fetch's answer that carries the jobId).</summary>
    public const string Failed = "Failed";

    /// <summary>The submit has left and no decisive answer came: the job may or may not exist.</summary>
    public const string Unconfirmed = "Unconfirmed";
}
