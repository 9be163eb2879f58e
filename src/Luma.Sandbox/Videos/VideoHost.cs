using System.Globalization;
using Luma.Sandbox.Http;

namespace Luma.Sandbox;

/// <summary>The host of the videos, which is not the one of the API.</summary>
internal sealed class VideoHost : SandboxHost
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly Lazy<JobStore> _jobs;

    /// <summary>Opens a free port for the videos.</summary>
    /// <param name="instance">The first segment of the sandbox's own paths.</param>
    /// <param name="options">The sandbox's settings.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="log">What arrived.</param>
    /// <param name="jobs">The jobs, which need this host's address before they can be made.</param>
    public VideoHost(string instance, LumaSandboxOptions options, FaultPlan faults, RequestLog log, Lazy<JobStore> jobs)
        : base(0, instance, options, faults, log) => _jobs = jobs;

    /// <inheritdoc/>
    protected override SandboxTarget? TargetOf(string path) => SandboxTarget.Video;

    /// <inheritdoc/>
    protected override HttpReply Answer(SandboxTarget? target, string path, HttpRequest head, byte[] body, FaultEffects effects)
    {
        if (path.Split('/') is not ["", var jobId, var fileName] || _jobs.Value.Find(jobId) is not { } job)
            return HttpReply.Text(404, PlainText, "Not found");
        effects.OnJob?.Invoke(job);
        int status = job.StatusOfLink(fileName);
        if (status != 200) return HttpReply.Text(status, PlainText, "This link is not valid.");
        return head.Method switch
        {
            "GET" => Serve(job, effects.IgnoreRange ? null : head, effects),
            // The standard gives a range a meaning with GET only.
            "HEAD" => Serve(job, null, effects),
            _ => new HttpReply(405) { Headers = { ("Allow", "GET, HEAD") } },
        };
    }

    private static HttpReply Serve(SandboxJob job, HttpRequest? ranged, FaultEffects effects)
    {
        Stream video = job.OpenVideo();
        long total = video.Length;
        string? etag = effects.NoETag ? null : $"{(effects.WeakETag ? "W/" : "")}\"{job.Clip.Tag}-{total:x}\"";
        string modified = job.VideoWrittenAt.ToString("R", CultureInfo.InvariantCulture);

        HttpReply reply;
        if (ranged?.Header("Range") is { } text
            && ByteRange.TryParse(text, total, out ByteRange range)
            && Permits(ranged.Header("If-Range"), etag, modified))
        {
            if (range.Length <= 0) return new HttpReply(416) { Headers = { ("Content-Range", $"bytes */{total}") } };
            long first = Math.Clamp(range.First + effects.RangeShift, 0, range.Last);
            video.Position = first;
            reply = new HttpReply(206) { Body = video, BodyLength = range.Last - first + 1 };
            reply.Headers.Add(("Content-Range", $"bytes {first}-{range.Last}/{total + effects.TotalShift}"));
        }
        else
        {
            reply = new HttpReply(200) { Body = video, BodyLength = total };
        }
        reply.Headers.AddRange([("Content-Type", "video/mp4"), ("Accept-Ranges", "bytes"), ("Last-Modified", modified)]);
        if (etag is not null) reply.Headers.Add(("ETag", etag));
        return reply;
    }

    /// <summary>Whether a range may be sent: always without a condition, else if the video is still the same.</summary>
    private static bool Permits(string? condition, string? etag, string modified) =>
        condition is null || condition == modified || (condition.StartsWith('"') && condition == etag);
}
