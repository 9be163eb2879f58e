namespace Luma;

/// <summary>The errors of a wait that ends before its job does. None of them says anything about the job.</summary>
internal static class WaitErrors
{
    public static LumaException TimeUp(JobWatch watch, TimeSpan waited)
    {
        LumaJob job = watch.Job;
        return new LumaException(
            LumaErrorId.LumaWaitTimeout,
            $"Job {job.JobId} has not ended after {Describe(waited)} ({LastKnown(watch)}). It continues at the service and may be " +
                "charged either way; nothing is lost.")
        {
            JobId = job.JobId,
            RecommendedAction = $"Keep waiting: Get-LumaJob -JobId {job.JobId} | Wait-LumaJob",
        };
    }

    public static LumaException NoVideo(LumaJob job, TimeSpan missing) => new(
        LumaErrorId.LumaNoVideo,
        $"The service has reported job {job.JobId} as done for {missing.TotalMinutes:0} minutes, without a link to its video. The " +
            "job may have been charged; nothing is lost.")
    {
        JobId = job.JobId,
        RecommendedAction =
            $"Try again later: Get-LumaJob -JobId {job.JobId} | Wait-LumaJob. If this persists, report the jobId to the " +
                "provider's support.",
    };

    /// <summary>A fault of ours or of the host.</summary>
    public static LumaException Broken(LumaJob job, Exception exception) => new(
        LumaErrorId.LumaServiceError,
        $"Waiting for job {job.JobId} failed: {ErrorText.Reason(exception)} This says nothing about the job; it continues at the service.",
        exception)
    {
        JobId = job.JobId,
        RecommendedAction = $"Keep waiting: Get-LumaJob -JobId {job.JobId} | Wait-LumaJob",
    };

    /// <summary>A length of time, in words.</summary>
    public static string Describe(TimeSpan time) => time < TimeSpan.FromMinutes(2)
        ? FormattableString.Invariant($"{time.TotalSeconds:0.###} s")
        : FormattableString.Invariant($"{time.TotalMinutes:0.#} minutes");

    private static string LastKnown(JobWatch watch)
    {
        string? problem = watch.Problem is { } last ? $"the last poll got {last}" : null;
        if (watch.HasState) return problem is null ? $"last seen {watch.Job.Status}" : $"last seen {watch.Job.Status}; {problem}";
        return problem ?? (watch.WasPolled ? "the service did not answer in time" : "it was not polled: the service limits requests");
    }
}
