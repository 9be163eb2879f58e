using System.Text.Json;

namespace Luma.Tests.Support;

/// <summary>A lab with one finished job, and a folder to save its video in.</summary>
internal sealed class Saving : IAsyncDisposable
{
    private Saving(TestService lab, LumaJob job, TimeSpan? stall)
    {
        TestService = lab;
        Job = job;
        Saver = new VideoSaver(lab.Client) { FirstWait = TimeSpan.Zero, StallTimeout = stall ?? TestService.Patience };
    }

    public TestService TestService { get; }

    public LumaSandbox Sandbox => TestService.Sandbox;

    public LumaJob Job { get; }

    public VideoSaver Saver { get; }

    public TempFolder Folder { get; } = new();

    public string Target => Folder["a.mp4"];

    public string Part => Folder[$"{Job.JobId}.mp4.part"];

    /// <summary>What is served.</summary>
    public byte[] Video => Sandbox.GetVideoBytes(Job.JobId!);

    /// <summary>The ranges that were asked for, one for each request.</summary>
    public IReadOnlyList<string?> Ranges => [.. Sandbox.VideoRequests.Select(request => request.Headers.GetValueOrDefault("Range"))];

    public int Fetches => Sandbox.Requests.Count(request => request.Target == SandboxTarget.Fetch);

    public static async Task<Saving> StartAsync(
        int retries = 3, long? videoBytes = 300_000, TimeSpan? stall = null, params SandboxFault[] faults)
    {
        var lab = new TestService(retries, videoBytes: videoBytes);
        LumaJob job = await lab.SubmitAsync();
        job = job with { Status = LumaJobStatus.Succeeded, VideoUrl = lab.Sandbox.VideoUrlFor(job.JobId!) };
        lab.Sandbox.Misbehave(SandboxTarget.Video, faults);
        return new Saving(lab, job, stall);
    }

    public Task<FileInfo> SaveAsync(bool overwrite = false, LumaJob? job = null, CancellationToken cancellationToken = default) =>
        Saver.SaveAsync(job ?? Job, Target, overwrite, cancellationToken: cancellationToken)
            .WaitAsync(TestService.Patience, CancellationToken.None);

    /// <summary>From now on a fetch of the job says that it is done and gives this link.</summary>
    public void FetchGives(string? link)
    {
        var data = new { jobId = Job.JobId, videoUrl = link };
        string json = JsonSerializer.Serialize(new { status = "SUCCESS", message = "", jobId = Job.JobId, data });
        Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Reply(200, "application/json", json));
    }

    /// <summary>Downloads it all, while somebody else puts a file under the target's name.</summary>
    public async Task<LumaException> SaveWhereAFileAppearsAsync()
    {
        var release = new TaskCompletionSource();
        Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.None.AfterRelease(release.Task));
        Task<FileInfo> save = SaveAsync();
        await Sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Video).WaitAsync(TestService.Patience);
        await File.WriteAllTextAsync(Target, "mine");
        release.SetResult();
        return await TestService.FailureAsync(save);
    }

    /// <summary>Saves, and sees that the file is what is served and nothing else is left.</summary>
    public async Task AssertSavesAsync(LumaJob? job = null)
    {
        FileInfo file = await SaveAsync(job: job);
        Assert.Equal(Target, file.FullName);
        Assert.Equal(Video, await File.ReadAllBytesAsync(Target));
        Assert.Equal(["a.mp4"], Folder.Files);
    }

    /// <summary>Fails to save, and sees that nothing has the video's name.</summary>
    public async Task<LumaException> AssertFailsAsync(LumaErrorId expected = LumaErrorId.LumaDownloadFailed)
    {
        LumaException failure = await TestService.FailureAsync(SaveAsync());
        Assert.Equal((expected, Job.JobId), (failure.ErrorId, failure.JobId));
        Assert.False(File.Exists(Target));
        return failure;
    }

    public ValueTask DisposeAsync()
    {
        Folder.Dispose();
        return TestService.DisposeAsync();
    }
}
