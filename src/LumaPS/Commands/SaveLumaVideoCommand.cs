using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;
using Microsoft.PowerShell.Commands;

namespace LumaPS.Commands;

/// <summary>Saves the videos of jobs that have succeeded. A file under its name is whole.</summary>
[Cmdlet(VerbsData.Save, "LumaVideo", DefaultParameterSetName = JobSet, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class SaveLumaVideoCommand : LumaCommand
{
    private const string JobSet = "Job";
    private const string JobIdSet = "JobId";
    private const double MiB = 1024 * 1024;

    private readonly int _progressId = ProgressIds.Next();
    private readonly ConcurrentDictionary<string, SaveProgress> _downloads = new();
    private readonly Dictionary<string, string> _targets = new(StringComparer.OrdinalIgnoreCase);
    private int _begun;
    private int _saved;

    /// <summary>The jobs: LumaJobs, jobIds, or anything with a JobId.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = JobSet)]
    public PSObject[]? Job { get; set; }

    /// <summary>The jobIds: UUIDs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = JobIdSet)]
    public string[]? JobId { get; set; }

    /// <summary>Where to save, taken literally: an existing folder or one with a slash at its end is a folder, <c>*.mp4</c> a file, anything else a folder that is made. Without it: the current folder.</summary>
    [Parameter(Position = 0)]
    public string? Destination { get; set; }

    /// <summary>A template for the files' names: properties of the job in braces, such as {Name}, {JobId}, {Prompt}, {Model}, {Date}. An empty one drops its separator.</summary>
    [Parameter]
    public string FileName { get; set; } = FileNameTemplate.Default;

    /// <summary>How many videos are downloaded at a time, from 1 to 64.</summary>
    [Parameter]
    public int ThrottleLimit { get; set; } = LumaDefaults.ThrottleLimit;

    /// <summary>To give a file that exists instead of an error, where the journal knows it as this job's.</summary>
    [Parameter]
    public SwitchParameter SkipExisting { get; set; }

    /// <summary>To replace a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? PipedObject => MyInvocation.ExpectingInput && Job is [{ } piped] ? piped.BaseObject : null;

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
            if (ThrottleLimit is < 1 or > 64) throw Check.Invalid(nameof(ThrottleLimit), ThrottleLimit.ToString(CultureInfo.InvariantCulture), "It has to be from 1 to 64.");
            Template = new FileNameTemplate(FileName);
            ReadDestination();
        }
        catch (LumaException failure)
        {
            ThrowTerminatingError(failure.ToErrorRecord());
        }
    }

    private protected override void Accept()
    {
        foreach (PSObject? input in Job ?? JobId?.Select(id => new PSObject(id)).ToArray() ?? [])
        {
            try
            {
                Accept(JobInput.Read(input));
            }
            catch (LumaException failure)
            {
                WriteFailure(failure, input?.BaseObject);
            }
        }
    }

    private protected override ProgressRecord? Progress()
    {
        SaveProgress[] downloads = [.. _downloads.Values];
        long received = downloads.Sum(download => download.Received);
        long total = downloads.Sum(download => download.Total ?? 0);
        return new ProgressRecord(_progressId, "Saving Luma videos", string.Create(CultureInfo.CurrentCulture, $"{_saved} of {_begun} saved, {received / MiB:F1} MiB of those under way"))
        {
            PercentComplete = total > 0 && downloads.All(download => download.Total is not null) ? (int)Math.Clamp(100 * received / total, 0, 100) : -1,
        };
    }

    private void Accept(LumaJob job)
    {
        if (job.Status == LumaJobStatus.Failed)
        {
            WriteVerbose($"Job {job.JobId} failed, so there is no video to save.");
            return;
        }

        LumaConnection connection = ConnectionOf.Job(job, Connection);
        job = Recorded(job, connection);
        string target = File ?? Path.Combine(Folder, Template.NameFor(job));
        if (!_targets.TryAdd(target, job.JobId!))
        {
            if (_targets[target] == job.JobId)
            {
                WriteVerbose($"Job {job.JobId} came twice; it is saved once.");
                return;
            }

            throw new LumaException(LumaErrorId.LumaFileExists, $"The video of job {job.JobId} was not saved: {target} is already the file of job {_targets[target]}. The job is paid and stays as it is.")
            {
                JobId = job.JobId,
                RecommendedAction = "Give a folder as -Destination, and put {JobId} into -FileName.",
            };
        }

        var saver = new VideoSaver(ClientFor(connection));
        if (SkipExisting && !Force && saver.FindSaved(job, target) is { } saved)
        {
            WriteVerbose($"The video of job {job.JobId} is in {target} already.");
            Output(AsItem(saved));
            return;
        }

        if (!ShouldProcess(target, $"Save the video of job {job.JobId}")) return;
        var progress = new SaveProgress();
        _downloads[target] = progress;
        _begun++;
        Begin(() => SaveAsync(saver, job, target, progress));
    }

    private async Task<Action> SaveAsync(VideoSaver saver, LumaJob job, string target, SaveProgress progress)
    {
        try
        {
            FileInfo file = await saver.SaveAsync(job, target, Force, progress, StopToken);
            return () =>
            {
                _saved++;
                Output(AsItem(file));
            };
        }
        catch (LumaException failure)
        {
            return () => WriteFailure(failure, target);
        }
        finally
        {
            _downloads.TryRemove(target, out _);
        }
    }

    // As Get-Item gives it, so that it looks as files do here.
    private object AsItem(FileInfo file)
    {
        try
        {
            return InvokeProvider.Item.Get([file.FullName], force: true, literalPath: true) is [{ } item] ? item : file;
        }
        catch (Exception failure) when (failure is RuntimeException or ItemNotFoundException)
        {
            return file;
        }
    }

    private void ReadDestination()
    {
        string path = string.IsNullOrEmpty(Destination) ? "." : Destination;
        string full = GetUnresolvedFilePath(path);
        bool isFolder = path[^1] is '/' or '\\' || Directory.Exists(full) || !full.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase);
        if (isFolder)
        {
            Folder = full;
            return;
        }

        if (WasTyped(nameof(FileName)))
        {
            throw Check.Invalid(nameof(FileName), FileName, $"-Destination '{path}' is a file already. Give a folder as -Destination, or leave -FileName out.");
        }

        File = full;
    }

    // Unresolved: brackets and stars in it are letters. PowerShell's drives and its own current folder count.
    private string GetUnresolvedFilePath(string path)
    {
        try
        {
            string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            if (provider.ImplementingType == typeof(FileSystemProvider)) return Path.GetFullPath(full);
            throw Check.Invalid(nameof(Destination), path, $"It is on a drive of {provider.Name}, which holds no files.");
        }
        catch (Exception failure) when (failure is ProviderNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderInvocationException or NotSupportedException or ArgumentException)
        {
            throw Check.Invalid(nameof(Destination), path, $"{failure.Message.TrimEnd('.')}. Give a folder or an .mp4 file.");
        }
    }
}
