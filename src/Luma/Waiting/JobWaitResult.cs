namespace Luma;

/// <summary>How the wait for a job ended.</summary>
/// <param name="Job">The job as it was last seen.</param>
/// <param name="Error">Null: the job has ended, see its status. Else why the wait ended before the job did.</param>
public sealed record JobWaitResult(LumaJob Job, LumaException? Error);
