using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Makes one HTML page of saved videos, to look at them. It needs no network, and neither do its readers.</summary>
[Cmdlet(VerbsData.Export, "LumaGallery", SupportsShouldProcess = true, HelpUri = HelpPages.Address + "Export-LumaGallery.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportLumaGalleryCommand : PSCmdlet
{
    private const string DefaultTitle = "Luma videos";

    private readonly List<string> _paths = [];
    private readonly List<LumaJob> _jobs = [];
    private bool _hasRefused;

    /// <summary>The folder with the videos, taken literally. Without it and without input: the current folder.</summary>
    [Parameter(Position = 0)]
    [Alias("LiteralPath")]
    public string? Path { get; set; }

    /// <summary>Videos, folders with videos, and jobs, in any mixture: files, paths, LumaJobs or jobIds.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>
    /// Where to write, taken literally: an existing folder or one with a slash at its end is a folder, <c>*.html</c> a file,
    /// anything else a folder that is made. Without it: gallery.html among the videos.
    /// </summary>
    [Parameter]
    public string? Destination { get; set; }

    /// <summary>The title of the page. Without it: the name of the videos' folder.</summary>
    [Parameter]
    public string? Title { get; set; }

    /// <summary>Searches the folders in a folder, too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Replaces a file that exists, also where it is no page of this cmdlet or is read-only.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.ContainsKey(nameof(InputObject))) return;
        try
        {
            Accept(InputObject);
        }
        catch (LumaException exception)
        {
            _hasRefused = true;
            WriteError(exception.ToErrorRecord(InputObject?.BaseObject));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        bool hasInput = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject));
        if (_hasRefused && _paths.Count == 0 && _jobs.Count == 0 && string.IsNullOrEmpty(Path)) return; // Each has its error.
        try
        {
            string? folder = !string.IsNullOrEmpty(Path) ? Path : hasInput ? null : ".";
            if (folder is not null) folder = this.FullPath(folder, nameof(Path));
            if (folder is not null && !Directory.Exists(folder))
            {
                throw Invalid($"There is no folder {folder}.", "Specify the folder that the videos were saved to.");
            }

            Write(folder, Source());
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord(Destination ?? Path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string what = $"The folder of the videos could not be read: {exception.Message}";
            WriteError(Invalid(what, "Make sure that the folder can be read.", exception).ToErrorRecord(Path));
        }
    }

    private static LumaException Invalid(string what, string action, Exception? failure = null) =>
        new(LumaErrorId.LumaInvalidValue, $"{what} No page was written.", failure) { RecommendedAction = action };

    private static LumaException NotShown(PSObject? input, string what) => Check.Invalid(
        nameof(InputObject),
        input is null ? null : JobInput.TypeOf(input),
        $"{what} Pipe files or folders, as from Get-ChildItem, or jobs, as from Get-LumaJob.");

    private void Accept(PSObject? input)
    {
        switch (input?.BaseObject)
        {
            case null:
                throw NotShown(null, "The input is $null.");
            case FileSystemInfo file:
                Accept(file.FullName);
                return;
            case string text when Guid.TryParse(text, out _):
                _jobs.Add(JobInput.FromId(text));
                return;
            case string text:
                Accept(this.FullPath(text, nameof(InputObject)));
                return;
        }

        if (JobInput.IsJob(input) || input.Properties[nameof(LumaJob.JobId)] is not null) _jobs.Add(JobInput.AsStored(input));
        else if (input.Properties["FullName"]?.Value is { } path) Accept(path.ToString()!); // A file that came from another session.
        else throw NotShown(input, $"It is neither a file nor a job; it has {JobInput.PropertiesOf(input)}.");
    }

    private void Accept(string path)
    {
        if (Directory.Exists(path)) _paths.Add(path);
        else if (!File.Exists(path)) throw Check.Invalid(nameof(InputObject), path, "There is no such file or folder.");
        else if (GallerySource.IsVideo(path)) _paths.Add(path);
        else WriteVerbose($"{path} is not a video (*.mp4) and is skipped.");
    }

    // The videos are there without the journal too, only with less to say about them.
    private GallerySource Source()
    {
        try
        {
            var journal = Journal.OfUser();
            var source = new GallerySource(journal);
            if (journal.Unreadable is { } unreadable) WriteWarning(unreadable);
            if (journal.SkippedLines is > 0 and int skipped)
            {
                string what = $"{skipped} lines of the journal in {journal.Location} could not be read";
                WriteWarning($"{what}, so videos may be shown without their prompts.");
            }

            return source;
        }
        catch (LumaException exception) when (exception.ErrorId == LumaErrorId.LumaJournalError)
        {
            WriteWarning($"{exception.Message} The page is written without it.");
            return new GallerySource(null);
        }
    }

    private void Write(string? folder, GallerySource source)
    {
        // Before the work where it is known before: the target among the videos of the input is known when they are.
        string? known = folder is not null || !string.IsNullOrEmpty(Destination) ? Target(folder ?? "") : null;
        if (known is not null) GalleryPage.Check(known, Force);
        List<GalleryVideo> found = [];
        if (folder is not null) found.AddRange(VideosIn(folder, source));
        foreach (string path in _paths)
        {
            found.AddRange(Directory.Exists(path) ? VideosIn(path, source) : [source.Of(new FileInfo(path))]);
        }

        List<LumaJob> withoutFile = [];
        foreach (LumaJob job in _jobs.Select(source.Latest))
        {
            if (source.FileOf(job) is { } file) found.Add(new GalleryVideo(file, job));
            else withoutFile.Add(job);
        }

        GalleryVideo[] videos = [.. found.DistinctBy(video => video.File.FullName, GallerySource.PathComparer)];
        string service = ProcessConnection.Current?.Service ?? LumaConnection.ServiceOf(ProcessConnection.DefaultAddress());
        IReadOnlyList<LumaJob> jobs = _jobs.Count > 0
            ? GallerySource.Without(videos, withoutFile)
            : source.Without(videos, service, DateTime.Now);
        string[] folders = [.. videos.Select(video => video.File.DirectoryName!).Distinct(GallerySource.PathComparer)];
        folder ??= folders is [{ } only] ? only : null;
        string target = known ?? Target(folder ?? this.FullPath(".", nameof(Destination)));
        if (known is null) GalleryPage.Check(target, Force);
        string name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(folder ?? ""));
        string title = !string.IsNullOrWhiteSpace(Title) ? Title.Trim() : name.Length > 0 ? name : DefaultTitle;
        string page = GalleryPage.Render(videos, title, System.IO.Path.GetDirectoryName(target)!, jobs);
        WarnOfMissing(folder, videos, jobs, withoutFile);
        if (!ShouldProcess(target, $"Write a gallery of {videos.Length} videos")) return;
        WriteObject(this.AsItem(GalleryPage.Write(target, page, Force)));
    }

    private IReadOnlyList<GalleryVideo> VideosIn(string folder, GallerySource source) => source.In(folder, Recurse, (path, exception) =>
        WriteWarning($"The folder {path} could not be read, so its videos are skipped: {exception.Message}"));

    private void WarnOfMissing(string? folder, GalleryVideo[] videos, IReadOnlyList<LumaJob> jobs, List<LumaJob> withoutFile)
    {
        IEnumerable<string?> jobIds = videos.Select(video => video.JobId).Concat(jobs.Select(job => job.JobId));
        HashSet<string?> shown = new(jobIds, StringComparer.OrdinalIgnoreCase);
        LumaJob[] missing = [.. withoutFile.Where(job => job.SavedPath is not null && !shown.Contains(job.JobId))];
        foreach (LumaJob job in missing) WriteVerbose($"The video of job {job.JobId} is not where it was saved, {job.SavedPath}.");
        if (missing.Length > 0)
        {
            WriteWarning($"{missing.Length} of the videos are not where they were saved and are skipped; -Verbose names them.");
        }

        string where = folder is null ? "in the input" : $"in {folder}";
        if (videos.Length == 0) WriteWarning($"There are no videos (*.mp4) {where}, so the page is empty.");
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
