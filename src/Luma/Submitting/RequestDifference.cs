namespace Luma;

/// <summary>Whether two requests are the same, field by field. The hookUrl does not count: it says who is told, not what is made.</summary>
internal static class RequestDifference
{
    public static IReadOnlyList<(string Name, string? Before, string? Now)> Between(JournalRecord record, LumaJob job)
    {
        LumaJob before = record.ToJob();
        bool isAdopted = record.Intent!.Adopted == true; // Of a job that was made elsewhere the service tells not all of its request.
        IEnumerable<(string Name, string? Before, string? Now)> fields = JobFields.Requests
            .Where(field => field.MakesTheVideo && (!isAdopted || (field.IsReturned && field.Get(before) is not null)))
            .Select(field => (field.Name, field.Text(before), field.Text(job)));
        if (!isAdopted) fields = fields.Append((nameof(LumaJob.Kind), before.Kind, job.Kind));
        return [.. fields.Where(
            field => !IsSame(field.Name, field.Before, field.Now) && !(isAdopted && AsTold(field.Before) == AsTold(field.Now)))];
    }

    /// <summary>A text as the service tells it: it comes back as it is recorded, and without what moves a terminal.</summary>
    public static string? AsTold(string? text) => JournalJson.AsWritten(text) is { } written ? VisibleText.Printable(written) : null;

    // A record may be older than the rule by which a value is sent in the documented spelling, and without what nobody sees.
    private static bool IsSame(string field, string? before, string? now) =>
        JournalJson.AsWritten(before) == JournalJson.AsWritten(now)
        || (before is not null && JournalJson.AsWritten(AsSent(field, before)) == JournalJson.AsWritten(now));

    private static string? AsSent(string field, string value) =>
        DocumentedValues.Normalize(field, field == nameof(LumaJob.Prompt) ? VisibleText.TrimInvisible(value) : VisibleText.Trim(value));
}
