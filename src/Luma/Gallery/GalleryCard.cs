using System.Globalization;
using static Luma.GalleryHtml;

namespace Luma;

/// <summary>A video on the page.</summary>
internal sealed class GalleryCard
{
    private readonly int _number;
    private readonly string _folder;
    private readonly VideoFormat? _format;

    /// <summary>Looks into the file for its size.</summary>
    /// <param name="video">The video.</param>
    /// <param name="number">Its number on the page.</param>
    /// <param name="folder">The folder the page will lie in.</param>
    public GalleryCard(GalleryVideo video, int number, string folder)
    {
        Video = video;
        _number = number;
        _folder = folder;
        _format = VideoFormat.Read(video.File.FullName);
        Ratio = Size() is { } size
            ? GalleryLayout.Ratio(size.Width, size.Height)
            : AskedRatio(video.Job?.AspectRatio) ?? GalleryLayout.Usual;
        Folder = Path.GetRelativePath(folder, video.File.DirectoryName!).Replace('\\', '/') is var path && path == "." ? "" : path;
    }

    public GalleryVideo Video { get; }

    /// <summary>Width by height.</summary>
    public double Ratio { get; }

    /// <summary>The video's folder as the page leads to it; empty: the page's own.</summary>
    public string Folder { get; }

    public string Html()
    {
        LumaJob? job = Video.Job;
        bool hasName = !string.IsNullOrWhiteSpace(job?.Name), hasPrompt = !string.IsNullOrWhiteSpace(job?.Prompt);
        string title = hasName ? job!.Name! : hasPrompt ? job!.Prompt! : Video.File.Name;
        string link = Text(GalleryPage.RelativeLink(_folder, Video.File.FullName));
        string id = Invariant($"t{_number}");
        string cost = job?.Quota is { } quota ? $"<span>{Cost(quota)}</span>" : "";
        string settings = job is null ? "" : Settings(job);
        return Invariant($"""
            <li class="card {GalleryLayout.Class(Ratio)}" data-src="{link}" data-time="{Video.Time.ToUniversalTime():O}"
             data-quota="{job?.Quota}" data-model="{Text(job?.Model)}" data-mode="{Text(job?.Mode)}" data-folder="{Text(Folder)}">
            <div class="frame">
            <noscript><video src="{link}" preload="metadata" controls loop playsinline aria-labelledby="{id}"></video></noscript>
            <button type="button" class="open" aria-haspopup="dialog" aria-labelledby="p {id}" hidden>{Icon("play")}</button>
            {(_format?.Length is { } length ? $"<span class=\"length\">{PlayingTime(length)}</span>" : "")}
            </div>
            <div class="text">
            <h2 id="{id}" dir="auto" data-is="{(hasName ? "name" : hasPrompt ? "prompt" : "file")}">{Text(title)}</h2>
            {(hasName && hasPrompt ? $"<p class=\"prompt\" dir=\"auto\" data-is=\"prompt\">{Text(job!.Prompt)}</p>" : "")}
            {(job is null ? "<p class=\"unknown\">Not in the journal</p>" : "")}
            {(settings.Length > 0 ? $"<p class=\"settings\">{Text(settings)}</p>" : "")}
            <p class="facts"><time datetime="{Video.Time:yyyy-MM-ddTHH:mm:sszzz}">{Time(Video.Time)}</time>{cost}</p>
            <details><summary>Details</summary><dl>{Terms(Details())}</dl><p><a href="{link}">Open the file</a></p></details>
            <p class="tools" hidden>
            <button type="button" class="more" aria-haspopup="dialog" aria-describedby="{id}">Details</button>
            {(hasPrompt ? CopyButton("prompt") : "")}{(Video.JobId is null ? "" : CopyButton("job"))}
            </p>
            </div>
            </li>

            """);
    }

    private static double? AskedRatio(string? text)
    {
        static double Number(string digits) =>
            double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : 0;

        return text?.Split(':') is [{ } width, { } height] && Number(width) > 0 && Number(height) > 0
            ? GalleryLayout.Ratio(Number(width), Number(height))
            : null;
    }

    // The file itself knows best; the service's size is the next best.
    private (int Width, int Height)? Size() => _format is not null ? (_format.Width, _format.Height)
        : Video.Job is { Width: > 0 and { } width, Height: > 0 and { } height } ? (width, height) : null;

    private IEnumerable<(string Name, string? Value)> Details()
    {
        LumaJob? job = Video.Job;
        yield return (JobId, Video.JobId);
        yield return ("Extends", job?.ParentJobId);
        yield return ("First image", job?.ImageUrl);
        yield return ("Last image", job?.EndImageUrl);
        yield return ("Settings", job is null ? null : Settings(job));
        yield return ("Size", Size() is { } size ? Invariant($"{size.Width} × {size.Height}") : null);
        yield return ("Cost", job?.Quota is { } quota ? Cost(quota) : null);
        yield return ("Submitted", job?.SubmittedAt is { } submitted ? Time(submitted) : null);
        yield return ("Finished", job?.CompletedAt is { } completed ? Time(completed) : null);
        yield return ("Took", job is { SubmittedAt: { } from, CompletedAt: { } to } ? Span(to - from) : null);
        yield return ("Service", job?.Service);
        yield return ("File", $"{(Folder.Length > 0 ? $"{Folder}/" : "")}{Video.File.Name}, {GalleryHtml.Size(Video.File.Length)}");
    }
}
