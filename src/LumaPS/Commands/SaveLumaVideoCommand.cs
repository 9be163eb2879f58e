using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Saves the videos of jobs that have succeeded. A file appears under its final name only when it is complete.</summary>
[Cmdlet(VerbsData.Save, "LumaVideo", DefaultParameterSetName = JobSet, SupportsShouldProcess = true,
    HelpUri = HelpPages.Address + "Save-LumaVideo.md")]
[OutputType(typeof(FileInfo))]
public sealed class SaveLumaVideoCommand : JobCommand
{
    private const string JobSet = "Job";
    private const string JobIdSet = "JobId";
    private const double MiB = 1024 * 1024;

    private readonly int _progressId = ProgressIds.Next();
    private readonly ConcurrentDictionary<string, Download> _downloads = new();
    private readonly Dictionary<string, string> _targets = new(StringComparer.OrdinalIgnoreCase);
    private long _receivedBefore;
    private int _saved;
    private int _failed;

    /// <summary>The jobs: LumaJobs, jobIds, or anything with a JobId.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = JobSet)]
    [ArgumentCompleter(typeof(VideoJobIds))]
    public PSObject[]? Job { get; set; }

    /// <summary>The jobIds: UUIDs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = JobIdSet)]
    [ArgumentCompleter(typeof(VideoJobIds))]
    public string[]? JobId { get; set; }

    /// <summary>
    /// Where to save, taken literally: an existing folder or one with a slash at its end is a folder, <c>*.mp4</c> a file,
    /// anything else a folder that is made. Without it: the current folder.
    /// </summary>
    [Parameter(Position = 0)]
    public string? Destination { get; set; }

    /// <summary>
    /// A template for the files' names: properties of the job in braces, such as {Name}, {JobId}, {Prompt}, {Model}, {Date}. An
    /// empty one drops its separator.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(FileNameTemplates))]
    public string FileName { get; set; } = FileNameTemplate.Default;

    /// <summary>How many videos are downloaded at a time, from 1 to 64.</summary>
    [Parameter]
    public int ThrottleLimit { get; set; } = LumaDefaults.ThrottleLimit;

    /// <summary>The most bytes a video may have, such as <c>500MB</c>. A larger one is not downloaded.</summary>
    [Parameter]
    public long MaximumSize { get; set; } = VideoSaver.DefaultMaximumSize;

    /// <summary>
    /// Writes what the video is (its prompt, model, jobId and so on) into a JSON file next to it, such as <c>car.mp4.json</c>.
    /// </summary>
    [Parameter]
    public SwitchParameter Metadata { get; set; }

    /// <summary>Outputs a file that exists instead of an error, where the journal knows it as this job's.</summary>
    [Parameter]
    public SwitchParameter SkipExisting { get; set; }

    /// <summary>Replaces a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override IReadOnlyList<PSObject?> Inputs => InputsOf(Job, JobId);

    private protected override int MostInFlight => ThrottleLimit;

    private FileNameTemplate Template { get; set; } = null!;

    private string Folder { get; set; } = "";

    /// <summary>The one file to save to; null: files in <see cref="Folder"/>.</summary>
    private string? File { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            if (ThrottleLimit is < 1 or > 64)
            {
                throw Check.Invalid(
                    nameof(ThrottleLimit), ThrottleLimit.ToString(CultureInfo.InvariantCulture), "It must be from 1 to 64.");
            }

            if (MaximumSize < 1)
            {
                throw Check.Invalid(
                    nameof(MaximumSize), MaximumSize.ToString(CultureInfo.InvariantCulture), "It is a number of bytes, such as 500MB.");
            }

            Template = new FileNameTemplate(FileName);
            ReadDestination();
        }
        catch (LumaException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord());
        }
    }

    private protected override void Take(PSObject? input) => Take(JobOf(input));

    private protected override ProgressRecord? Progress()
    {
        Download[] downloads = [.. _downloads.Values];
        double received = (_receivedBefore + downloads.Sum(download => download.Progress.Received)) / MiB;
        string failed = _failed == 0 ? "" : string.Create(CultureInfo.CurrentCulture, $", {_failed} failed");
        return new ProgressRecord(_progressId, "Saving Luma videos",
            string.Create(CultureInfo.CurrentCulture, $"{_saved} saved{failed}, {downloads.Length} under way, {received:F1} MiB received"));
    }

    private protected override IEnumerable<ProgressRecord> ProgressOfParts() => _downloads.Values
        .OrderBy(download => download.ProgressId)
        .Select(download =>
        {
            (long received, long? total) = (download.Progress.Received, download.Progress.Total);
            string ofTotal = total is null ? "" : string.Create(CultureInfo.CurrentCulture, $" of {total / MiB:F1}");
            return new ProgressRecord(
                download.ProgressId, download.FileName, string.Create(CultureInfo.CurrentCulture, $"{received / MiB:F1}{ofTotal} MiB"))
            {
                ParentActivityId = _progressId,
                PercentComplete = total > 0 ? (int)Math.Clamp(100 * received / total.Value, 0, 100) : -1,
            };
        });

    private void Take(LumaJob job)
    {
        if (job.HasEndedWithoutVideo)
        {
            WriteVerbose($"Job {job.JobId} ended without a video, so there is nothing to save.");
            return;
        }

        (job, LumaConnection connection) = Connected(job);
        string target = File ?? Path.Combine(Folder, Template.NameFor(job));
        if (!_targets.TryAdd(target, job.JobId!))
        {
            if (_targets[target] == job.JobId)
            {
                WriteVerbose($"Job {job.JobId} was in the input twice; it is saved once.");
                return;
            }

            throw new LumaException(LumaErrorId.LumaFileExists,
                $"The video of job {job.JobId} was not saved: {target} is already the file of job {_targets[target]}. The job and its " +
                "cost are not affected.")
            {
                JobId = job.JobId,
                RecommendedAction = "Specify a folder as -Destination, and put {JobId} into -FileName.",
            };
        }

        var saver = new VideoSaver(ClientFor(connection)) { MaximumSize = MaximumSize, WritesMetadata = Metadata };
        if (SkipExisting && !Force && saver.FindSaved(job, target) is { } saved)
        {
            WriteVerbose($"The video of job {job.JobId} is in {target} already.");
            if (Metadata && VideoMetadata.Read(target) is null
                && ShouldProcess(VideoMetadata.PathOf(target), $"Write the metadata of job {job.JobId}"))
            {
                VideoSaver.AddMetadata(job, saved);
            }

            Output(this.AsItem(saved));
            return;
        }

        if (!ShouldProcess(target, $"Save the video of job {job.JobId}")) return;
        var progress = new SaveProgress();
        _downloads[target] = new Download(ProgressIds.Next(), Path.GetFileName(target), progress);
        Begin(() => SaveAsync(saver, job, target, progress));
    }

    private async Task<Action> SaveAsync(VideoSaver saver, LumaJob job, string target, SaveProgress progress)
    {
        try
        {
            using SavingTurn turn = await SavingTurn.TakeAsync(Journal, job, StopToken);
            if (turn.SavedPath is { } elsewhere && !Force)
            {
                return () => WriteVerbose(
                    $"The video of job {job.JobId} was saved in the meantime, by another process that shares the journal: {elsewhere}");
            }

            FileInfo file = await saver.SaveAsync(job, target, Force, progress, StopToken);
            return () =>
            {
                _saved++;
                Output(this.AsItem(file));
            };
        }
        catch (LumaException exception)
        {
            return () =>
            {
                _failed++;
                WriteFailure(exception, target);
            };
        }
        finally
        {
            _downloads.TryRemove(target, out _);
            Interlocked.Add(ref _receivedBefore, progress.Received);
        }
    }

    private void ReadDestination()
    {
        string path = string.IsNullOrEmpty(Destination) ? "." : Destination;
        string full = this.FullPath(path, nameof(Destination));
        bool isFolder = path[^1] is '/' or '\\' || Directory.Exists(full) || !full.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase);
        if (isFolder)
        {
            Folder = full;
            return;
        }

        if (WasTyped(nameof(FileName)))
        {
            throw Check.Invalid(nameof(FileName), FileName,
                $"-Destination '{path}' is an existing file. Specify a folder as -Destination, or omit -FileName.");
        }

        File = full;
    }

    private sealed record Download(int ProgressId, string FileName, SaveProgress Progress);
}
