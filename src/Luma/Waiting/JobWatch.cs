namespace Luma;

/// <summary>A job that is waited for, and what its polls have told so far.</summary>
/// <param name="job">The job, with its <see cref="LumaJob.JobId"/>.</param>
/// <param name="client">Whom to poll it with.</param>
/// <param name="addedAt">When the wait for it began.</param>
internal sealed class JobWatch(LumaJob job, LumaClient client, DateTimeOffset addedAt)
{
    public LumaClient Client { get; } = client;

    public DateTimeOffset AddedAt { get; } = addedAt;

    /// <summary>When it was submitted; null for a job from elsewhere. A clock that was ahead does not count.</summary>
    public DateTimeOffset? SubmittedAt { get; } = job.SubmittedAt is { } at ? (at < addedAt ? at : addedAt) : null;

    /// <summary>The job as the last answer has it.</summary>
    public LumaJob Job { get; private set; } = job;

    /// <summary>Whether a poll has gone out.</summary>
    public bool WasPolled { get; set; }

    /// <summary>Whether an answer has told its state; limits count from the first one.</summary>
    public bool HasState { get; private set; }

    /// <summary>Since when it has been in this state, as far as seen from here.</summary>
    public DateTimeOffset StateSince { get; private set; } = addedAt;

    /// <summary>Since when the service has called it done without a link to the video.</summary>
    public DateTimeOffset? MissingVideoSince { get; private set; }

    /// <summary>What came instead of an answer to the last poll; null where that was answered.</summary>
    public string? Problem { get; private set; }

    /// <summary>Since when each answer has been that the poll is not valid (HTTP 400).</summary>
    public DateTimeOffset? InvalidSince { get; private set; }

    /// <summary>Whether its result is out.</summary>
    public bool IsOver { get; set; }

    /// <summary>
    /// When it is to be polled; null while it is not in the queue, as while it is polled. Kept by <see cref="WatchQueue"/>.
    /// </summary>
    public DateTimeOffset? Due { get; set; }

    /// <summary>Whether it is to be polled immediately when it comes back to the queue. Kept by <see cref="WatchQueue"/>.</summary>
    public bool IsWoken { get; set; }

    /// <summary>Whether its callback comes to the listener. Kept by <see cref="CallbackRoster"/>.</summary>
    public bool HasCallback { get; set; }

    /// <summary>Whether a callback for it has come. Kept by <see cref="CallbackRoster"/>.</summary>
    public bool WasCalledBack { get; set; }

    /// <summary>
    /// The batch it is one of; null where it says nothing about others, nor they about it. Kept by <see cref="PollPlan"/>.
    /// </summary>
    public BatchSample? Sample { get; set; }

    /// <summary>Its number in the sample; null: it is one of the others. Kept by <see cref="PollPlan"/>.</summary>
    public int? SampleNumber { get; set; }

    /// <summary>Whether its last poll was left out. Kept by <see cref="PollPlan"/>.</summary>
    public bool WasLeftOut { get; set; }

    /// <summary>How old it is; of a job from elsewhere, how long it has been waited for.</summary>
    public TimeSpan AgeAt(DateTimeOffset now) => now - (SubmittedAt ?? AddedAt);

    /// <summary>A poll was answered.</summary>
    public void Answered(LumaJob job, DateTimeOffset now)
    {
        if (!HasState || Job.Status != job.Status) StateSince = now;
        MissingVideoSince = job.IsMissingVideo ? MissingVideoSince ?? now : null;
        HasState = true;
        Problem = null;
        InvalidSince = null;
        Job = job;
    }

    /// <summary>A poll was not answered, or not about this job.</summary>
    public void NotAnswered(LumaException failure, DateTimeOffset now)
    {
        Problem = failure.Answer ?? failure.Message;
        InvalidSince = failure is { ErrorId: LumaErrorId.LumaBadRequest, StatusCode: System.Net.HttpStatusCode.BadRequest }
            ? InvalidSince ?? now : null;
    }
}
