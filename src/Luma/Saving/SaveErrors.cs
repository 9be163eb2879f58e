using System.Globalization;
using System.Net;

namespace Luma;

/// <summary>The errors of saving a video. None of them costs anything: the job stays as it is.</summary>
internal static class SaveErrors
{
    /// <summary>The video did not come, or could not be written.</summary>
    public static LumaException Failed(
        LumaJob job,
        string why,
        Exception? failure = null,
        string? action = null,
        HttpStatusCode? status = null,
        TimeSpan? retryAfter = null) =>
        new(
            LumaErrorId.LumaDownloadFailed,
            $"The video of job {job.JobId} was not saved: {why} The job and its cost are not affected; its video can be saved later.",
            failure)
        {
            JobId = job.JobId,
            StatusCode = status,
            RetryAfter = retryAfter,
            RecommendedAction = action ?? $"Try again later: Save-LumaVideo -JobId {job.JobId}",
        };

    /// <summary>The link is dead, and so was every one that the service gave instead: the same command would fail again.</summary>
    public static LumaException LinkRefused(LumaJob job, string why, HttpStatusCode? status = null) =>
        Failed(
            job,
            why,
            status: status,
            action: $"A fresh link was requested. Try again in a few minutes: Get-LumaJob -JobId {job.JobId} | " +
                "Save-LumaVideo. "
                + "If the new link does not work either, the service may no longer keep the video: ask its support, with the jobId.");

    /// <summary>The video has, or claims to have, more bytes than it may.</summary>
    public static LumaException TooLarge(LumaJob job, string what, long maximumSize) =>
        Failed(
            job,
            string.Create(CultureInfo.InvariantCulture, $"{what}, and at most {maximumSize} are allowed."),
            action: "If the video should be that large, allow it with -MaximumSize, such as -MaximumSize 16GB.");

    /// <summary>The file or its folder cannot be written.</summary>
    public static LumaException Unwritable(LumaJob job, string target, Exception exception) =>
        Failed(
            job,
            $"the file {target} could not be written: {ErrorText.Reason(exception)}",
            exception,
            $"{FileOperations.WhatToDo(exception)}, then run the command again: it resumes.");

    /// <summary>The service has no video to give.</summary>
    /// <param name="job">The job as the service has it now.</param>
    public static LumaException NoVideo(LumaJob job)
    {
        (string what, string action) = job switch
        {
            { HasEndedWithoutVideo: true } => (
                $"it ended without one.{(job.Message is { } reason ? $" The service reports: {ServiceErrors.Sentence(reason)}" : "")}",
                "Change what the reason names, then submit it as a new job."),
            { IsMissingVideo: true } => (
                "the service reports it as done, without a link to its video. The link may come later; nothing is lost.",
                $"Try again in a few minutes: Save-LumaVideo -JobId {job.JobId}. "
                    + "If there is still no link, ask the service's support, with the jobId."),
            _ => (
                $"it is {job.Status}. It continues at the service; nothing is lost.",
                $"Wait for it: Wait-LumaJob -JobId {job.JobId} | Save-LumaVideo"),
        };
        string yet = job.HasEndedWithoutVideo ? "" : " yet";
        return new LumaException(LumaErrorId.LumaNoVideo, $"Job {job.JobId} has no video{yet}: {what}")
        {
            JobId = job.JobId,
            RecommendedAction = action,
        };
    }

    /// <summary>The name is taken.</summary>
    /// <param name="job">The job.</param>
    /// <param name="target">The file.</param>
    /// <param name="what">What is there, compared with what was saved: a sentence.</param>
    /// <param name="isSaved">Whether it is the video of this job.</param>
    public static LumaException FileExists(LumaJob job, string target, string what, bool isSaved) =>
        new(
            LumaErrorId.LumaFileExists,
            $"The file {target} exists, so the video of job {job.JobId} was not saved. {what} The job and its cost are not affected.")
        {
            JobId = job.JobId,
            RecommendedAction = isSaved
                ? "Keep it with -SkipExisting, or download it again with -Force."
                : "Move the file away, choose another -Destination or -FileName, or replace the file with -Force.",
        };

    /// <summary>The name of the metadata file is taken by a file of another kind.</summary>
    public static LumaException MetadataNameTaken(LumaJob job, string target) =>
        new(
            LumaErrorId.LumaFileExists,
            $"The file {VideoMetadata.PathOf(target)} exists and was not written by -Metadata, so the video of job {job.JobId} was not " +
                "saved. "
                + "The job and its cost are not affected.")
        {
            JobId = job.JobId,
            RecommendedAction = "Move the file away, omit -Metadata, or replace the file with -Force.",
        };
}
