using System.Management.Automation;
using Luma;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Makes one HTML page of a folder of saved videos, to look at them. It needs no network, and neither do its readers.</summary>
[Cmdlet(VerbsData.Export, "LumaGallery", SupportsShouldProcess = true, HelpUri = HelpPages.Address + "Export-LumaGallery.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportLumaGalleryCommand : PSCmdlet
{
    /// <summary>The folder with the videos, taken literally. Without it: the current folder.</summary>
    [Parameter(Position = 0)]
    [Alias("LiteralPath")]
    public string? Path { get; set; }

    /// <summary>Where to write, taken literally: an existing folder or one with a slash at its end is a folder, <c>*.html</c> a file, anything else a folder that is made. Without it: gallery.html among the videos.</summary>
    [Parameter]
    public string? Destination { get; set; }

    /// <summary>To replace a file that exists, also where it is no page of this cmdlet.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            string folder = this.FullPath(string.IsNullOrEmpty(Path) ? "." : Path, nameof(Path));
            if (!Directory.Exists(folder)) throw Invalid($"There is no folder {folder}.", "Give the folder that the videos were saved to.");
            string target = Target(folder);
            IReadOnlyList<GalleryVideo> videos = Videos(folder);
            if (videos.Count == 0) WriteWarning($"There are no videos (*.mp4) in {folder}, so the page is empty.");
            string name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(folder));
            string page = GalleryPage.Render(videos, name.Length == 0 ? "Luma videos" : name, System.IO.Path.GetDirectoryName(target)!);
            if (ShouldProcess(target, $"Write a gallery of {videos.Count} videos")) WriteObject(this.AsItem(GalleryPage.Write(target, page, Force)));
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord(Destination ?? Path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            WriteError(Invalid($"The folder of the videos could not be read: {exception.Message}", "See that the folder can be read.", exception).ToErrorRecord(Path));
        }
    }

    private static LumaException Invalid(string what, string wayOut, Exception? failure = null) =>
        new(LumaErrorId.LumaInvalidValue, $"{what} No page was written.", failure) { RecommendedAction = wayOut };

    // The videos are there without the journal too, only with less to say about them.
    private IReadOnlyList<GalleryVideo> Videos(string folder)
    {
        try
        {
            var journal = Journal.OfUser();
            IReadOnlyList<GalleryVideo> videos = GalleryVideo.In(folder, journal);
            if (journal.Unreadable is { } unreadable) WriteWarning(unreadable);
            if (journal.SkippedLines is > 0 and int skipped) WriteWarning($"{skipped} lines of the journal in {journal.Location} could not be read, so videos may be shown without their prompts.");
            return videos;
        }
        catch (LumaException exception) when (exception.ErrorId == LumaErrorId.LumaJournalError)
        {
            WriteWarning($"{exception.Message} The page is made without it.");
            return GalleryVideo.In(folder, null);
        }
    }

    private string Target(string folder)
    {
        if (string.IsNullOrEmpty(Destination)) return System.IO.Path.Combine(folder, GalleryPage.DefaultName);
        string full = this.FullPath(Destination, nameof(Destination));
        bool isPage = System.IO.Path.GetExtension(full).ToUpperInvariant() is ".HTML" or ".HTM";
        bool isFolder = Destination[^1] is '/' or '\\' || Directory.Exists(full) || !isPage;
        return isFolder ? System.IO.Path.Combine(full, GalleryPage.DefaultName) : full;
    }
}
