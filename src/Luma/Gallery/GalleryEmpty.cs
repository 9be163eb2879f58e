using static Luma.GalleryHtml;

namespace Luma;

/// <summary>What a page without videos says: how to get some.</summary>
internal static class GalleryEmpty
{
    /// <summary>The commands, each with a button that copies it.</summary>
    public static string Html() => $"""
        <section id="empty">
        <h2>How to fill this page</h2>
        <p>In this folder, make a video and save it:</p>
        {Command("New-LumaVideo 'a red car driving on a road' | Wait-LumaJob | Save-LumaVideo -Destination .")}
        <p>or save those that are done already:</p>
        {Command("Get-LumaJob -Status Succeeded | Save-LumaVideo -Destination .")}
        <p>Then make this page again:</p>
        {Command("Export-LumaGallery .")}
        <p>Videos in folders below this one are shown with <code>-Recurse</code>.</p>
        </section>

        """;
}
