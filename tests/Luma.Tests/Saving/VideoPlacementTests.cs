using System.Security.Cryptography;

namespace Luma.Tests;

/// <summary>A video gets its name with its metadata and is recorded; what lies under the name already is told.</summary>
public sealed class VideoPlacementTests : IDisposable
{
    private readonly JournalFolder _folder = new();
    private readonly Journal _journal;

    public VideoPlacementTests() => _journal = _folder.Open();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_metadata_are_there_with_the_video_and_say_what_it_is()
    {
        await using Saving saving = await Saving.StartAsync();
        FileInfo file = await Saver(saving).SaveAsync(saving.Job with { Name = "shot 1" }, saving.Target);
        Assert.Equal(["a.mp4", "a.mp4.json"], saving.Folder.Files);
        VideoMetadata metadata = VideoMetadata.Read(file.FullName)!;
        Assert.Equal((saving.Job.JobId, "shot 1", saving.Job.Prompt), (metadata.Job.JobId, metadata.Job.Name, metadata.Job.Prompt));
        Assert.Equal((file.Length, Convert.ToHexString(SHA256.HashData(saving.Video))), (metadata.Length, metadata.Sha256));
        string text = await File.ReadAllTextAsync(VideoMetadata.PathOf(file.FullName));
        Assert.DoesNotContain(saving.Sandbox.ApiKey, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(saving.Job.VideoUrl!, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_contain_the_fetched_fields_if_only_the_jobId_was_known()
    {
        await using Saving saving = await Saving.StartAsync();
        await Saver(saving).SaveAsync(new LumaJob { JobId = saving.Job.JobId }, saving.Target);
        Assert.Equal(TestService.Car.Prompt, VideoMetadata.Read(saving.Target)!.Job.Prompt);
    }

    // A process that is killed between the two leaves metadata without a video, and never a video without its metadata.
    [UnixFact]
    public async Task No_video_gets_its_name_before_its_metadata_are_there()
    {
        await using Saving saving = await Saving.StartAsync();
        var seen = new List<bool>();
        using var watcher = new FileSystemWatcher(saving.Folder.Path) { EnableRaisingEvents = true };
        watcher.Renamed += (_, change) =>
        {
            lock (seen) seen.Add(change.Name == "a.mp4.json");
        };
        await Saver(saving).SaveAsync(saving.Job, saving.Target);
        await Until.True(() => { lock (seen) return seen.Count == 2; }, "both renames are seen");
        Assert.Equal([true, false], seen);
    }

    [Fact]
    public async Task Metadata_are_written_only_on_request()
    {
        await using Saving saving = await Saving.StartAsync();
        await saving.AssertSavesAsync();
    }

    [Fact]
    public async Task Unrecognized_file_under_the_metadata_name_is_kept_and_nothing_is_downloaded()
    {
        await using Saving saving = await Saving.StartAsync();
        string json = VideoMetadata.PathOf(saving.Target);
        await File.WriteAllTextAsync(json, "mine");
        LumaException failure = await TestService.FailureAsync(Saver(saving).SaveAsync(saving.Job, saving.Target));
        Assert.Equal((LumaErrorId.LumaFileExists, saving.Job.JobId), (failure.ErrorId, failure.JobId));
        Assert.Contains(json, failure.Message, StringComparison.Ordinal);
        Assert.Equal(("mine", 0), (await File.ReadAllTextAsync(json), saving.Sandbox.VideoRequestCount));

        await Saver(saving).SaveAsync(saving.Job, saving.Target, overwrite: true);
        Assert.Equal(saving.Job.JobId, VideoMetadata.Read(saving.Target)!.Job.JobId);
    }

    [Fact]
    public async Task Metadata_that_cannot_be_written_keep_the_video_from_its_name_until_they_can()
    {
        await using Saving saving = await Saving.StartAsync();
        string json = VideoMetadata.PathOf(saving.Target);
        Directory.CreateDirectory(json);
        LumaException failure = await TestService.FailureAsync(Saver(saving).SaveAsync(saving.Job, saving.Target, overwrite: true));
        Assert.Equal(LumaErrorId.LumaDownloadFailed, failure.ErrorId);
        Assert.False(File.Exists(saving.Target));
        Directory.Delete(json);
        await Saver(saving).SaveAsync(saving.Job, saving.Target);
        Assert.Equal(["a.mp4", "a.mp4.json"], saving.Folder.Files);
    }

    [Fact]
    public async Task Metadata_file_is_removed_if_the_video_cannot_be_placed()
    {
        await using Saving saving = await Saving.StartAsync();
        var release = new TaskCompletionSource();
        saving.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.None.AfterRelease(release.Task));
        Task<FileInfo> save = Saver(saving).SaveAsync(saving.Job, saving.Target);
        await saving.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Video).WaitAsync(TestService.Patience);
        await File.WriteAllTextAsync(saving.Target, "mine");
        release.SetResult();
        Assert.Equal(LumaErrorId.LumaFileExists, (await TestService.FailureAsync(save)).ErrorId);
        Assert.DoesNotContain("a.mp4.json", saving.Folder.Files);
    }

    [Fact]
    public async Task Error_for_a_different_file_contains_both_lengths()
    {
        await using Saving saving = await Saving.StartAsync();
        LumaJob job = await SavedAsync(saving);
        await File.AppendAllTextAsync(saving.Target, "more");
        LumaException failure = await TestService.FailureAsync(Saver(saving).SaveAsync(job, saving.Target));
        Assert.Equal(LumaErrorId.LumaFileExists, failure.ErrorId);
        Assert.Contains("it has 300004 bytes, the video had 300000", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("-SkipExisting", failure.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("-Force", failure.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_for_a_file_of_the_same_length_says_that_its_content_differs_and_where_the_video_was_saved()
    {
        await using Saving saving = await Saving.StartAsync();
        LumaJob job = await SavedAsync(saving);
        string other = saving.Folder["b.mp4"];
        await File.WriteAllBytesAsync(other, new byte[300_000]);
        LumaException failure = await TestService.FailureAsync(Saver(saving).SaveAsync(job, other));
        Assert.Contains(
            $"saved for this job to {saving.Target}: it has as many bytes (300000), but others", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("-SkipExisting", failure.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_for_this_jobs_own_video_says_that_it_can_be_kept()
    {
        await using Saving saving = await Saving.StartAsync();
        LumaJob job = await SavedAsync(saving);
        LumaException failure = await TestService.FailureAsync(Saver(saving).SaveAsync(job, saving.Target));
        Assert.Contains("this job's video", failure.Message, StringComparison.Ordinal);
        Assert.Contains("-SkipExisting", failure.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_for_an_unknown_file_says_that_it_is_unknown()
    {
        await using Saving saving = await Saving.StartAsync();
        await File.WriteAllTextAsync(saving.Target, "mine");
        LumaException failure = await TestService.FailureAsync(Saver(saving).SaveAsync(saving.Job, saving.Target));
        Assert.Contains("journal does not know that file", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("-SkipExisting", failure.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_are_added_to_a_video_that_was_saved_without_them()
    {
        await using Saving saving = await Saving.StartAsync();
        LumaJob job = await SavedAsync(saving);
        VideoSaver.AddMetadata(job, new FileInfo(saving.Target));
        Assert.Equal(job.JobId, VideoMetadata.Read(saving.Target)!.Job.JobId);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(saving.Video)), VideoMetadata.Read(saving.Target)!.Sha256);
    }

    [Fact]
    public async Task The_job_of_a_video_is_the_journals_by_its_path_and_by_its_bytes()
    {
        await using Saving saving = await Saving.StartAsync();
        LumaJob job = await SavedAsync(saving);
        var file = new FileInfo(saving.Target);
        Assert.Equal(job.Id, SavedVideo.JobOf(_journal, file)!.Id);
        file.MoveTo(saving.Folder["moved.mp4"]);
        LumaJob moved = SavedVideo.JobOf(_journal, new FileInfo(file.FullName))!;
        Assert.Equal((job.Id, file.FullName), (moved.Id, moved.SavedPath));

        await File.AppendAllTextAsync(file.FullName, "more");
        Assert.Null(SavedVideo.JobOf(_journal, new FileInfo(file.FullName)));
    }

    [Fact]
    public async Task The_job_of_a_video_from_another_machine_is_the_metadatas()
    {
        await using Saving saving = await Saving.StartAsync();
        await Saver(saving).SaveAsync(saving.Job, saving.Target);
        LumaJob? job = SavedVideo.JobOf(_journal, new FileInfo(saving.Target));
        Assert.Equal((null, saving.Job.JobId, saving.Job.Prompt, saving.Target), (job!.Id, job.JobId, job.Prompt, job.SavedPath));
        Assert.Equal(job.JobId, SavedVideo.JobOf(null, new FileInfo(saving.Target))!.JobId);
    }

    [Fact]
    public async Task The_job_of_a_video_with_metadata_that_the_journal_knows_is_the_journals()
    {
        await using Saving saving = await Saving.StartAsync();
        await Saver(saving).SaveAsync(saving.Job, saving.Target);
        await _journal.AdoptedAsync(saving.Job with { Name = "from the journal" });
        Assert.Equal("from the journal", SavedVideo.JobOf(_journal, new FileInfo(saving.Target))!.Name);
    }

    private VideoSaver Saver(Saving saving) =>
        new(new LumaClient(saving.TestService.Connection, journal: _journal)) { WritesMetadata = true, FirstWait = TimeSpan.Zero };

    // A job that the journal has, and its video, without metadata.
    private async Task<LumaJob> SavedAsync(Saving saving)
    {
        await _journal.AdoptedAsync(saving.Job);
        await new VideoSaver(new LumaClient(saving.TestService.Connection, journal: _journal)).SaveAsync(saving.Job, saving.Target);
        return saving.Job;
    }
}
