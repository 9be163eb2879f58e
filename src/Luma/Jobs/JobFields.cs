namespace Luma;

/// <summary>
/// The service's fields, each in one row. What is sent, compared, merged, written to the journal and kept next to
/// videos is taken from here; tests find a property of a request, or a member of the service's answers, that has no row.
/// </summary>
internal static class JobFields
{
    /// <summary>All of them, in the order in which a request is sent.</summary>
    public static readonly IReadOnlyList<JobField> All =
    [
        Requested(nameof(LumaJob.ParentJobId), "jobId", job => job.ParentJobId, (job, value) => job with { ParentJobId = value }),
        Requested(nameof(LumaJob.Prompt), "userPrompt", job => job.Prompt, (job, value) => job with { Prompt = value })
            with { IsReturned = true },
        Requested(nameof(LumaJob.Model), "modelName", job => job.Model, (job, value) => job with { Model = value }),
        Requested(nameof(LumaJob.AspectRatio), "aspectRatio", job => job.AspectRatio, (job, value) => job with { AspectRatio = value }),
        Requested(nameof(LumaJob.ImageUrl), "imageUrl", job => job.ImageUrl, (job, value) => job with { ImageUrl = value })
            with { IsReturned = true },
        Requested(nameof(LumaJob.EndImageUrl), "imageEndUrl", job => job.EndImageUrl, (job, value) => job with { EndImageUrl = value })
            with { IsReturned = true },
        Requested(nameof(LumaJob.Duration), "duration", job => job.Duration, (job, value) => job with { Duration = value }),
        Requested(nameof(LumaJob.Resolution), "resolution", job => job.Resolution, (job, value) => job with { Resolution = value }),
        new(nameof(LumaJob.Loop), "loop", typeof(bool), job => job.Loop, (job, value) => job with { Loop = (bool?)value })
            { IsRequested = true, MakesTheVideo = true },
        Requested(nameof(LumaJob.Mode), "useMode", job => job.Mode, (job, value) => job with { Mode = value }),
        Requested(nameof(LumaJob.HookUrl), "hookUrl", job => job.HookUrl, (job, value) => job with { HookUrl = value })
            with { IsReturned = true, MakesTheVideo = false, IsPrivate = true },
        new(nameof(LumaJob.VideoUrl), "videoUrl", typeof(string), job => job.VideoUrl,
            (job, value) => job with { VideoUrl = (string?)value })
            { IsReturned = true, IsPrivate = true },
        new(nameof(LumaJob.Width), "width", typeof(int), job => job.Width, (job, value) => job with { Width = (int?)value })
            { IsReturned = true },
        new(nameof(LumaJob.Height), "height", typeof(int), job => job.Height, (job, value) => job with { Height = (int?)value })
            { IsReturned = true },
        new(nameof(LumaJob.Quota), "quota", typeof(decimal), job => job.Quota, (job, value) => job with { Quota = (decimal?)value })
            { IsReturned = true },
    ];

    /// <summary>Those of a request.</summary>
    public static readonly IReadOnlyList<JobField> Requests = [.. All.Where(field => field.IsRequested)];

    /// <summary>Those that describe a video to whoever gets a copy of it.</summary>
    public static readonly IReadOnlyList<JobField> Public = [.. All.Where(field => !field.IsPrivate)];

    /// <summary>A job with what another one knows of the request, where it knows something.</summary>
    public static LumaJob PreferRequest(LumaJob job, LumaJob other) =>
        Requests.Aggregate(job, (merged, field) => field.Prefer(merged, other));

    /// <summary>The one of a request that the journal calls by that name; null: there is none.</summary>
    public static JobField? RequestStoredAs(ReadOnlySpan<char> name)
    {
        foreach (JobField field in Requests)
        {
            if (name.SequenceEqual(field.StoredName)) return field;
        }

        return null;
    }

    private static JobField Requested(string name, string wireName, Func<LumaJob, string?> get, Func<LumaJob, string?, LumaJob> with) =>
        new(name, wireName, typeof(string), get, (job, value) => with(job, (string?)value)) { IsRequested = true, MakesTheVideo = true };
}
