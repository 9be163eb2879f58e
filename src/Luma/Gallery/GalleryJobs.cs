using System.Globalization;
using System.Text;
using static Luma.GalleryHtml;

namespace Luma;

/// <summary>The jobs without a video: counted above the videos, listed on demand.</summary>
internal static class GalleryJobs
{
    private static readonly Group[] _groups =
    [
        new("failed", "Failed", "failed", job => job.HasEndedWithoutVideo,
            "They ended without a video. Change what the reason names, then submit them again."),
        new("unconfirmed", "Unconfirmed", "unconfirmed", job => job.Status == LumaJobStatus.Unconfirmed,
            "Their submit was not answered, so they may or may not exist. Nothing submits them again automatically; ask the provider."),
        new("running", "Open", "open", IsOpen,
            "They had not ended when this page was made. In the folder of the videos:",
            "Get-LumaJob -Status Pending, Running | Wait-LumaJob | Save-LumaVideo -Destination ."),
        new("unsaved", "Not saved", "not saved", job => job.HasVideo,
            "Their videos are done and were never saved. Links expire; in the folder of the videos:",
            "Get-LumaJob -Status Succeeded | Where-Object SavedPath -EQ $null | Save-LumaVideo -Destination ."),
    ];

    /// <summary>The list; nothing where there are no such jobs.</summary>
    public static string Html(IReadOnlyList<LumaJob> jobs)
    {
        if (jobs.Count == 0) return "";
        (Group Group, LumaJob[] Jobs)[] groups = [.. _groups
            .Select(group => (group, jobs.Where(group.Has).ToArray()))
            .Where(one => one.Item2.Length > 0)];
        string counts = string.Join(", ", groups.Select(one => Invariant($"{one.Jobs.Length} {one.Group.Counted}")));
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <details id="jobs"><summary>{jobs.Count} {(jobs.Count == 1 ? "job" : "jobs")} without a video: {counts}</summary>

            """);
        foreach ((Group group, LumaJob[] members) in groups)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <section class="group {group.Class}">
                <h2>{group.Title}</h2>
                <p class="hint">{group.Hint}</p>
                {(group.Command is null ? "" : Command(group.Command))}
                <ul class="rows">
                {string.Concat(members.Select(Row))}</ul>
                </section>

                """);
        }

        return html.Append("</details>\n").ToString();
    }

    private static bool IsOpen(LumaJob job) => !job.HasEnded && job.Status != LumaJobStatus.Unconfirmed;

    private static string Row(LumaJob job)
    {
        bool hasName = !string.IsNullOrWhiteSpace(job.Name), hasPrompt = !string.IsNullOrWhiteSpace(job.Prompt);
        string title = hasName ? job.Name! : hasPrompt ? job.Prompt! : job.JobId ?? job.Id ?? "";
        string reason = string.IsNullOrWhiteSpace(job.Message) ? "The service gave no reason." : job.Message;
        string?[] facts =
        [
            job.FailureKind is LumaFailureKind.Unknown ? null : job.FailureKind,
            IsOpen(job) ? job.Status.ToLowerInvariant() : null,
            Settings(job),
            job.SubmittedAt is { } submitted ? Time(submitted) : null,
            job.Quota is { } quota ? Cost(quota) : null,
        ];
        return $"""
            <li class="row" data-model="{Text(job.Model)}" data-mode="{Text(job.Mode)}">
            <h3 dir="auto"{(!hasName && hasPrompt ? " data-is=\"prompt\"" : "")}>{Text(title)}</h3>
            {(hasName && hasPrompt ? $"<p class=\"prompt\" dir=\"auto\" data-is=\"prompt\">{Text(job.Prompt)}</p>" : "")}
            {(job.HasEndedWithoutVideo ? $"<p class=\"reason\" dir=\"auto\">{Text(reason)}</p>" : "")}
            <p class="facts">{Text(string.Join(" · ", facts.Where(fact => !string.IsNullOrEmpty(fact))))}</p>
            {(job.JobId is null ? "" : $"<p class=\"id\"><code data-is=\"job\">{Text(job.JobId)}</code>{CopyButton("job")}</p>")}
            </li>

            """;
    }

    /// <param name="Class">The class of its section.</param>
    /// <param name="Title">Its heading.</param>
    /// <param name="Counted">What is said after a number.</param>
    /// <param name="Has">Whether a job belongs to it.</param>
    /// <param name="Hint">What it means and what to do.</param>
    /// <param name="Command">The command that does it.</param>
    private sealed record Group(string Class, string Title, string Counted, Func<LumaJob, bool> Has, string Hint, string? Command = null);
}
