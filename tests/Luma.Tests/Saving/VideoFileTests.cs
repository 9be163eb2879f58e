using System.Runtime.Versioning;

namespace Luma.Tests;

/// <summary>What happens in the folder.</summary>
public class VideoFileTests
{
    [Fact]
    public async Task The_folder_is_made()
    {
        await using Saving saving = await Saving.StartAsync();
        string target = saving.Folder[Path.Combine("a", "b [1] ü", "c.mp4")];
        await saving.Saver.SaveAsync(saving.Job, target);
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(target));
    }

    [Fact]
    public async Task An_existing_file_stays_and_nothing_is_downloaded()
    {
        await using Saving saving = await Saving.StartAsync();
        await File.WriteAllTextAsync(saving.Target, "mine");
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync());
        Assert.Equal((LumaErrorId.LumaFileExists, saving.Job.JobId), (failure.ErrorId, failure.JobId));
        Assert.Equal("mine", await File.ReadAllTextAsync(saving.Target));
        Assert.Equal(["a.mp4"], saving.Folder.Files);
        Assert.Equal(0, saving.Sandbox.VideoRequestCount);
    }

    [Fact]
    public async Task A_file_that_appears_during_the_download_stays()
    {
        await using Saving saving = await Saving.StartAsync();
        Assert.Equal(LumaErrorId.LumaFileExists, (await saving.SaveWhereAFileAppearsAsync()).ErrorId);
        Assert.Equal("mine", await File.ReadAllTextAsync(saving.Target));

        // What was downloaded is complete; replacing the file later goes well.
        await saving.SaveAsync(overwrite: true);
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(saving.Target));
        Assert.Equal(["a.mp4"], saving.Folder.Files);
    }

    [Fact]
    public async Task An_existing_file_is_replaced_when_asked_for_and_stays_until_then()
    {
        await using Saving saving = await Saving.StartAsync();
        await File.WriteAllTextAsync(saving.Target, "mine");
        var release = new TaskCompletionSource();
        saving.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.TruncateBody(100_000), SandboxFault.None.AfterRelease(release.Task));
        Task<FileInfo> save = saving.SaveAsync(overwrite: true);
        await saving.Sandbox.WaitForRequestAsync(request => request.Headers.ContainsKey("Range")).WaitAsync(TestService.Patience);
        Assert.Equal("mine", await File.ReadAllTextAsync(saving.Target));
        release.SetResult();
        await save;
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(saving.Target));
    }

    [Fact]
    public async Task File_does_not_exist_under_its_name_before_the_video_is_complete()
    {
        await using Saving saving = await Saving.StartAsync();
        var release = new TaskCompletionSource();
        saving.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.TruncateBody(299_999), SandboxFault.None.AfterRelease(release.Task));
        Task<FileInfo> save = saving.SaveAsync();
        await saving.Sandbox.WaitForRequestAsync(request => request.Headers.ContainsKey("Range")).WaitAsync(TestService.Patience);
        Assert.False(File.Exists(saving.Target));
        Assert.Equal(299_999, new FileInfo(saving.Part).Length);
        release.SetResult();
        await save;
        Assert.Equal(["a.mp4"], saving.Folder.Files);
    }

    [Fact]
    public async Task One_job_is_saved_by_one_at_a_time()
    {
        await using Saving saving = await Saving.StartAsync();
        var release = new TaskCompletionSource();
        saving.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.None.AfterRelease(release.Task));
        Task<FileInfo> first = saving.SaveAsync();
        await saving.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Video).WaitAsync(TestService.Patience);
        LumaException second = await TestService.FailureAsync(saving.Saver.SaveAsync(saving.Job, saving.Folder["b.mp4"]));
        Assert.Equal(LumaErrorId.LumaDownloadFailed, second.ErrorId);
        release.SetResult();
        await first;
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(saving.Target));
        Assert.Equal(["a.mp4"], saving.Folder.Files);
        Assert.Equal(1, saving.Sandbox.VideoRequestCount);
    }

    [Fact]
    public async Task Several_jobs_are_saved_into_one_folder_at_a_time()
    {
        await using var lab = new TestService();
        using var folder = new TempFolder();
        LumaJob[] jobs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => lab.DoneJobAsync()));
        await Task.WhenAll(jobs.Select(job => new VideoSaver(lab.Client).SaveAsync(job, folder[$"{job.JobId}.mp4"])));
        Assert.Equal(jobs.Select(job => $"{job.JobId}.mp4").Order(StringComparer.Ordinal), folder.Files);
    }

    [Fact]
    public async Task Folder_that_is_a_file_is_an_error()
    {
        await using Saving saving = await Saving.StartAsync();
        await File.WriteAllTextAsync(saving.Folder["file"], "mine");
        await UnusableAsync(saving, Path.Combine(saving.Folder["file"], "a.mp4"));
        Assert.Equal("mine", await File.ReadAllTextAsync(saving.Folder["file"]));
    }

    [Fact]
    public async Task File_name_that_is_a_folder_is_an_error()
    {
        await using Saving saving = await Saving.StartAsync();
        Directory.CreateDirectory(saving.Target);
        await UnusableAsync(saving, saving.Target);
        Assert.True(Directory.Exists(saving.Target));
    }

    [Fact]
    public async Task Path_that_is_too_long_is_an_error()
    {
        await using Saving saving = await Saving.StartAsync();
        await UnusableAsync(saving, Path.Combine([saving.Folder.Path, .. Enumerable.Repeat(new string('y', 250), 140), "a.mp4"]));
    }

    [Fact]
    public async Task Invalid_file_name_is_an_error_before_the_download()
    {
        await using Saving saving = await Saving.StartAsync();
        await UnusableAsync(saving, saving.Folder[new string('x', 300) + ".mp4"]);
        Directory.CreateDirectory(saving.Target);
        await UnusableAsync(saving, saving.Target);
        if (OperatingSystem.IsWindows()) await UnusableAsync(saving, saving.Folder["q?.mp4"]);
        if (OperatingSystem.IsWindows()) await UnusableAsync(saving, saving.Folder["a:b.mp4"]);
        Assert.Equal(0, saving.Sandbox.VideoRequestCount);
        Assert.Empty(saving.Folder.Files);
    }

    [WindowsFact]
    public async Task A_name_that_Windows_keeps_for_a_device_is_said_to_be_one_before_the_download()
    {
        await using Saving saving = await Saving.StartAsync();
        foreach (string target in new[] { @"\\.\nul", @"\\.\CON\a.mp4" }) // Windows before 11 makes the first of C:\videos\nul.mp4.
        {
            LumaException failure = await TestService.FailureAsync(saving.Saver.SaveAsync(saving.Job, target, overwrite: true));
            Assert.Equal(LumaErrorId.LumaDownloadFailed, failure.ErrorId);
            Assert.Contains("for a device", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, saving.Sandbox.VideoRequestCount);
    }

    [Fact]
    public async Task File_that_was_saved_meanwhile_is_not_downloaded_again()
    {
        await using Saving saving = await Saving.StartAsync();
        var answer = new TaskCompletionSource();
        saving.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.None.AfterRelease(answer.Task));
        Task asked = saving.Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Fetch);
        Task<FileInfo> saved = saving.Saver.SaveAsync(saving.Job with { VideoUrl = null }, saving.Target);
        await asked.WaitAsync(TestService.Patience);
        await File.WriteAllTextAsync(saving.Target, "by another process");
        answer.SetResult();
        Assert.Equal(LumaErrorId.LumaFileExists, (await TestService.FailureAsync(saved)).ErrorId);
        Assert.Equal(0, saving.Sandbox.VideoRequestCount);
        Assert.Equal(["a.mp4"], saving.Folder.Files);
    }

    [WindowsFact]
    public async Task File_that_a_player_has_open_is_an_error_before_the_download()
    {
        await using Saving saving = await Saving.StartAsync();
        await File.WriteAllTextAsync(saving.Target, "mine");
        await using (new FileStream(saving.Target, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            LumaException failure = await TestService.FailureAsync(saving.SaveAsync(overwrite: true));
            Assert.Equal(LumaErrorId.LumaDownloadFailed, failure.ErrorId);
            Assert.Contains("Close the program that has the file open", failure.RecommendedAction, StringComparison.Ordinal);
        }

        Assert.Equal("mine", await File.ReadAllTextAsync(saving.Target));
        Assert.Equal(0, saving.Sandbox.VideoRequestCount);
        Assert.Equal(["a.mp4"], saving.Folder.Files);
    }

    [Fact]
    public async Task A_read_only_file_is_replaced_when_asked_for()
    {
        await using Saving saving = await Saving.StartAsync();
        await File.WriteAllTextAsync(saving.Target, "mine");
        File.SetAttributes(saving.Target, FileAttributes.ReadOnly);
        await saving.SaveAsync(overwrite: true);
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(saving.Target));
        Assert.False(File.GetAttributes(saving.Target).HasFlag(FileAttributes.ReadOnly));
    }

    [WindowsFact]
    public async Task Virus_scanner_that_opens_each_new_file_does_not_break_a_save()
    {
        await using Saving saving = await Saving.StartAsync();
        using var stop = new CancellationTokenSource();
        Task scanning = Task.Run(async () =>
        {
            var seen = new HashSet<string>();
            while (!stop.IsCancellationRequested)
            {
                foreach (string path in Directory.GetFiles(saving.Folder.Path).Where(seen.Add))
                {
                    try
                    {
                        await using var open = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                        await Task.Delay(40, CancellationToken.None);
                    }
                    catch (IOException)
                    {
                        seen.Remove(path); // The part file is locked while it is written; it is scanned as soon as that is over.
                    }
                    catch (UnauthorizedAccessException)
                    {
                        seen.Remove(path);
                    }
                }
            }
        });

        for (int i = 0; i < 25; i++) await saving.Saver.SaveAsync(saving.Job, saving.Folder[$"{i}.mp4"]);
        await stop.CancelAsync();
        await scanning;
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i}.mp4").Order(StringComparer.Ordinal), saving.Folder.Files);
    }

    [Fact]
    public async Task Invalid_path_is_an_error()
    {
        await using Saving saving = await Saving.StartAsync();
        await UnusableAsync(saving, saving.Folder["a\0.mp4"]);
        await UnusableAsync(saving, saving.Folder["a\0"] + Path.DirectorySeparatorChar + "b.mp4");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Folder_without_permission_is_an_error()
    {
        await using Saving saving = await Saving.StartAsync();
        if (Environment.IsPrivilegedProcess)
        {
            await UnusableAsync(saving, "/proc/luma-tests/a.mp4"); // Permissions mean nothing to root, and nobody makes a folder there.
            return;
        }

        string locked = saving.Folder["locked"];
        Directory.CreateDirectory(locked, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await UnusableAsync(saving, Path.Combine(locked, "a.mp4"));
    }

    private static async Task UnusableAsync(Saving saving, string target)
    {
        LumaException failure = await TestService.FailureAsync(saving.Saver.SaveAsync(saving.Job, target));
        Assert.Equal((LumaErrorId.LumaDownloadFailed, saving.Job.JobId), (failure.ErrorId, failure.JobId));
        Assert.False(File.Exists(target));
    }
}
