namespace Luma;

/// <summary>What a fetch's answer says about a job. Only an answer that carries the job's id decides that it has ended.</summary>
internal static class JobReply
{
    public static bool IsFailed(ServiceReply reply) => JobStatusInfo.OfWireName(reply.Status) is { HasEnded: true, HasVideo: false };

    /// <exception cref="LumaException">When the answer is not about this job.</exception>
    public static LumaJob Apply(LumaJob job, ServiceReply reply, LumaConnection connection)
    {
        string jobId = job.JobId!;
        if (!reply.IsEnvelope)
        {
            string what = reply.IsHtml ? "an HTML page, from a proxy, a firewall or the service's front end"
                : "an answer that is not the service's";
            throw ServiceErrors.NotAnAnswer(reply, what, jobId);
        }

        if (!reply.IsOk)
        {
            if ((int)reply.StatusCode is >= 400 and < 500)
            {
                throw ServiceErrors.Refused(reply, connection, $"The status request for job {jobId}",
                    "This says nothing about the job; it is safe to try again.", jobId);
            }

            throw ServiceErrors.NotAnAnswer(reply, "an error of the service", jobId);
        }

        bool isThisJob = Is(reply.JobId, jobId);
        if (reply.JobId is not null && !isThisJob) throw ServiceErrors.NotAnAnswer(reply, "an answer about another job", jobId);

        // FAILED without the jobId means that the request was refused, not that the job has failed.
        if (IsFailed(reply) && !isThisJob)
        {
            throw ServiceErrors.Refused(reply, connection, $"The status request for job {jobId}",
                "This says nothing about the job; it is safe to try again.", jobId);
        }

        string? videoUrl = reply.VideoUrl ?? (job.HasVideo ? job.VideoUrl : null);
        JobStatusInfo told = JobStatusInfo.OfWireName(reply.Status);
        bool isMissingVideo = isThisJob && told.HasVideo && videoUrl is null;
        bool hasEnded = isThisJob && told.HasEnded && !isMissingVideo;
        return job with
        {
            // Done without a link to the video has been seen: the service is not finished with it. Nor does an answer that names no job end
            // one.
            Status = told.HasEnded && !hasEnded ? LumaJobStatus.Running : told.Status,
            IsMissingVideo = isMissingVideo,
            Message = connection.Redact(reply.Message),
            Prompt = job.Prompt ?? connection.Redact(reply.Prompt),
            ImageUrl = job.ImageUrl ?? reply.ImageUrl,
            EndImageUrl = job.EndImageUrl ?? reply.EndImageUrl,
            HookUrl = job.HookUrl ?? reply.HookUrl,
            Width = reply.Width ?? job.Width,
            Height = reply.Height ?? job.Height,
            VideoUrl = videoUrl,
            Quota = reply.Quota ?? job.Quota,
            CompletedAt = hasEnded ? job.CompletedAt ?? connection.Time.GetUtcNow().LocalDateTime : null,
            Connection = connection,
            Service = connection.Service,
        };
    }

    private static bool Is(string? value, string known) => string.Equals(value, known, StringComparison.OrdinalIgnoreCase);
}
