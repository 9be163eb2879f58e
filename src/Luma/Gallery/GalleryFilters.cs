using static Luma.GalleryHtml;

namespace Luma;

/// <summary>The lists to choose from above the videos: those in which there is something to choose.</summary>
internal static class GalleryFilters
{
    /// <summary>The lists for these videos and jobs.</summary>
    public static string Html(IReadOnlyList<GalleryCard> cards, IReadOnlyList<LumaJob> jobs)
    {
        IEnumerable<LumaJob> all = cards.Select(card => card.Video.Job).OfType<LumaJob>().Concat(jobs);
        return List("model", "Model", "All models", all.Select(job => job.Model))
            + List("mode", "Mode", "All modes", all.Select(job => job.Mode))
            + List("folder", "Folder", "All folders", cards.Select(card => card.Folder));
    }

    private static string List(string id, string label, string all, IEnumerable<string?> values)
    {
        string[] distinct = [.. values.Select(value => value ?? "")
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.OrdinalIgnoreCase)];
        if (distinct.Length < 2) return "";
        string none = id == "folder" ? "<option value=\".\">(this folder)</option>" : "";
        string options = string.Concat(distinct.Select(value => value.Length > 0 ? $"<option>{Text(value)}</option>" : none));
        return $"""
            <label><span class="unseen">{label}</span><select id="{id}"><option value="">{all}</option>{options}</select></label>

            """;
    }
}
