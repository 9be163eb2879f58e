namespace Luma;

/// <summary>Whether two requests are the same, field by field. The hookUrl does not count: it says who is told, not what is made.</summary>
internal static class RequestDifference
{
    public static IReadOnlyList<(string Name, string? Before, string? Now)> Between(JournalRecord record, LumaJob job)
    {
        JournalLine before = record.Intent!;
        (string Name, string? Before, string? Now)[] fields =
        [
            (nameof(LumaJob.Prompt), before.Prompt, job.Prompt),
            (nameof(LumaJob.ImageUrl), before.ImageUrl, job.ImageUrl),
            (nameof(LumaJob.EndImageUrl), before.EndImageUrl, job.EndImageUrl),
        ];

        // Of a job that was made elsewhere the service tells no more than these.
        if (before.Adopted != true)
        {
            fields =
            [
                .. fields,
                (nameof(LumaJob.Kind), before.Kind, job.Kind),
                (nameof(LumaJob.ParentJobId), before.ParentJobId, job.ParentJobId),
                (nameof(LumaJob.Model), before.Model, job.Model),
                (nameof(LumaJob.AspectRatio), before.AspectRatio, job.AspectRatio),
                (nameof(LumaJob.Duration), before.Duration, job.Duration),
                (nameof(LumaJob.Resolution), before.Resolution, job.Resolution),
                (nameof(LumaJob.Loop), before.Loop?.ToString(), job.Loop?.ToString()),
                (nameof(LumaJob.Mode), before.Mode, job.Mode),
            ];
        }

        return [.. fields.Where(field => JournalJson.AsWritten(field.Before) != JournalJson.AsWritten(field.Now) && (before.Adopted != true || field.Before is not null))];
    }
}
