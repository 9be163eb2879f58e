using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Luma;

/// <summary>Values as the page shows them: the same in every culture, and text that cannot become markup.</summary>
internal static class GalleryHtml
{
    /// <summary>The term that can be copied.</summary>
    public const string JobId = "JobId";

    private const double Kilobyte = 1024;

    // Prompts in any language stay readable in the page's source, and what is invisible is escaped.
    private static readonly HtmlEncoder _encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>A text for the page or one of its attributes.</summary>
    public static string Text(string? value) => _encoder.Encode(value ?? "");

    /// <summary>A drawing of the page's own set, which says nothing to a screen reader.</summary>
    public static string Icon(string name) => $"<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>";

    /// <summary>A button that copies something of the card or row it is in: "prompt", "job" or the "command" in front of it.</summary>
    public static string CopyButton(string what)
    {
        string label = $"Copy {(what == "job" ? "jobId" : what)}";
        return $"<button type=\"button\" class=\"copy\" data-copy=\"{what}\" title=\"{label}\" aria-label=\"{label}\" hidden>"
            + $"{Icon(what == "job" ? "id" : "copy")}{Icon("check")}</button>";
    }

    /// <summary>A command with a button that copies it. It is broken between words only: not after the hyphen of a parameter.</summary>
    public static string Command(string text)
    {
        string words = string.Join(' ', text.Split(' ').Select(word => $"<span>{Text(word)}</span>"));
        return $"<p class=\"command\"><code>{words}</code>{CopyButton("command")}</p>";
    }

    /// <summary>What something cost, in the service's quota and in USD.</summary>
    public static string Cost(decimal quota) => Invariant($"{quota:0.##} quota ({quota / LumaUsage.QuotaPerUsd:0.00##} USD)");

    /// <summary>The size of a file, in the largest unit that leaves something before the point.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => Invariant($"{bytes} bytes"),
        < 1000 * 1024 => Invariant($"{bytes / Kilobyte:0} KB"),
        < 1000L * 1024 * 1024 => Invariant($"{bytes / Kilobyte / Kilobyte:0.0} MB"),
        _ => Invariant($"{bytes / Kilobyte / Kilobyte / Kilobyte:0.0} GB"),
    };

    /// <summary>A time in the time zone of whoever made the page.</summary>
    public static string Time(DateTime time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>How long a video plays, as players show it.</summary>
    public static string PlayingTime(TimeSpan length)
    {
        var seconds = TimeSpan.FromSeconds(Math.Max(1, Math.Round(length.TotalSeconds)));
        return seconds.ToString(seconds.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>How long something took, in words.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 0 } => "",
        { TotalSeconds: < 60 } => Invariant($"{span.TotalSeconds:0} s"),
        { TotalMinutes: < 60 } => Invariant($"{(int)span.TotalMinutes} min {span.Seconds} s"),
        _ => Invariant($"{(int)span.TotalHours} h {span.Minutes} min"),
    };

    /// <summary>What a job was asked to be.</summary>
    public static string Settings(LumaJob job)
    {
        string?[] settings =
        [
            job.Model, job.Mode, job.AspectRatio, job.Resolution, job.Duration,
            job.Loop == true ? "loop" : null, job.Kind == LumaJobKind.Extension ? "extension" : null,
        ];
        return string.Join(" · ", settings.Where(setting => !string.IsNullOrWhiteSpace(setting)));
    }

    /// <summary>A list of terms and what they are; those that are not known are left out.</summary>
    public static string Terms(IEnumerable<(string Name, string? Value)> terms) => string.Concat(terms
        .Where(term => !string.IsNullOrEmpty(term.Value))
        .Select(term => $"<dt>{term.Name}</dt><dd dir=\"auto\"{(term.Name == JobId ? " data-is=\"job\"" : "")}>{Text(term.Value)}</dd>"));

    public static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
