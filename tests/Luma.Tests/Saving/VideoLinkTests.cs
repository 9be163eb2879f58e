namespace Luma.Tests;

/// <summary>Links expire; the job gives fresh ones.</summary>
public class VideoLinkTests
{
    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(409)]
    [InlineData(410)]
    [InlineData(451)]
    public async Task Expired_link_is_renewed_by_fetching_the_job(int code)
    {
        await using Saving saving = await Saving.StartAsync();
        saving.Sandbox.ExpireVideoLinks(code);
        await saving.AssertSavesAsync();
        Assert.Equal((2, 1), (saving.Ranges.Count, saving.Fetches));
        Assert.NotEqual(saving.Sandbox.VideoRequests[0].Path, saving.Sandbox.VideoRequests[1].Path);
    }

    // With this clock no wait would ever end.
    [Theory]
    [InlineData("HTTP 400")]
    [InlineData("a page")]
    [InlineData("a text")]
    [InlineData("the name is unknown")]
    [InlineData("nobody listens")]
    [InlineData("a link that is none")]
    public async Task Unusable_link_is_renewed_without_waiting(string kind)
    {
        var time = new ManualTimeProvider();
        await using var lab = new TestService(retries: 3, time);
        using var folder = new TempFolder();
        LumaJob job = await lab.DoneJobAsync();
        string header = kind == "a page" ? "Content-Type: text/html" : "X: y";
        await using var server = new VideoServer("error code: 1015"u8.ToArray(), kind == "HTTP 400" ? 400 : 200, headers: header);
        string dead = kind switch
        {
            "the name is unknown" => "https://luma-tests.invalid/a.mp4",
            "nobody listens" => $"http://127.0.0.1:{RawServer.ClosedPort()}/a.mp4",
            "a link that is none" => "soon",
            _ => server.Link,
        };
        Task<FileInfo> save = new VideoSaver(lab.Client).SaveAsync(job with { VideoUrl = dead }, folder["a.mp4"]);
        FileInfo file = await save.WaitAsync(TestService.Patience);
        Assert.Equal(lab.Sandbox.GetVideoBytes(job.JobId!), await File.ReadAllBytesAsync(file.FullName));
        Assert.Equal(1, lab.Sandbox.VideoRequestCount);
    }

    [Fact]
    public async Task Error_for_a_link_that_stays_expired_says_what_to_do_besides_trying_again()
    {
        await using Saving saving = await Saving.StartAsync(retries: 5);
        await using var server = new VideoServer("gone"u8.ToArray(), 404);
        saving.FetchGives(server.Link);
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = server.Link }));
        Assert.Equal((404, 3), ((int)failure.StatusCode!, server.Requests));
        Assert.Contains("Get-LumaJob", failure.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("ask its support", failure.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(saving.Folder.Files);
    }

    [Fact]
    public async Task Network_error_of_the_video_host_is_not_reported_as_one_of_the_service()
    {
        await using Saving saving = await Saving.StartAsync(retries: 1);
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.CloseWithoutReply());
        string link = $"http://127.0.0.1:{RawServer.ClosedPort()}/a.mp4";
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = link }));
        Assert.Equal((LumaErrorId.LumaDownloadFailed, 2), (failure.ErrorId, saving.Fetches));
        Assert.Contains("the connection to", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_that_requires_authentication_is_an_immediate_error()
    {
        await using Saving saving = await Saving.StartAsync(retries: 3);
        await using var server = new VideoServer([], 407);
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = server.Link }));
        Assert.Contains("-ProxyCredential", failure.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal((1, 0), (server.Requests, saving.Fetches));
    }

    [Fact]
    public async Task Finished_job_without_a_link_is_not_reported_as_running()
    {
        await using Saving saving = await Saving.StartAsync();
        saving.FetchGives(null);
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: new LumaJob { JobId = saving.Job.JobId }));
        Assert.Equal(LumaErrorId.LumaNoVideo, failure.ErrorId);
        Assert.Contains("done, without a link", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LumaJobStatus.Running, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Wait-LumaJob", failure.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_that_expires_during_a_download_is_renewed_and_the_download_restarts_for_another_path()
    {
        await using Saving saving = await Saving.StartAsync(faults: [SandboxFault.TruncateBody(100_000), SandboxFault.ExpireLink()]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-", null], saving.Ranges);
    }

    [Fact]
    public async Task Links_that_stay_expired_are_an_error()
    {
        await using Saving saving = await Saving.StartAsync();
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Video, SandboxFault.ExpireLink(410));
        Assert.Equal(410, (int)(await saving.AssertFailsAsync()).StatusCode!);
        Assert.Equal((3, 2), (saving.Ranges.Count, saving.Fetches));
        Assert.Empty(saving.Folder.Files);
    }

    [Fact]
    public async Task Link_that_cannot_be_renewed_is_the_error_of_the_status_request()
    {
        await using Saving saving = await Saving.StartAsync();
        saving.Sandbox.ExpireVideoLinks();
        saving.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Status(401, "no"));
        await saving.AssertFailsAsync(LumaErrorId.LumaUnauthorized);
    }

    [Fact]
    public async Task Job_without_a_link_is_fetched()
    {
        await using Saving saving = await Saving.StartAsync();
        await saving.AssertSavesAsync(new LumaJob { JobId = saving.Job.JobId });
        Assert.Equal(1, saving.Fetches);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Error_distinguishes_a_job_without_a_video_yet_from_one_that_never_has_one(bool fails)
    {
        await using var lab = new TestService(jobSeconds: fails ? 0 : 1000);
        using var folder = new TempFolder();
        lab.Sandbox.Misbehave(SandboxTarget.Submit, fails ? SandboxFault.FailJob("no faces") : SandboxFault.None);
        LumaJob job = await lab.SubmitAsync();
        LumaException failure = await TestService.FailureAsync(new VideoSaver(lab.Client).SaveAsync(job, folder["a.mp4"]));
        Assert.Equal((LumaErrorId.LumaNoVideo, job.JobId), (failure.ErrorId, failure.JobId));
        Assert.Contains(fails ? "no faces" : "no video yet", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, lab.Sandbox.VideoRequestCount);
    }

    [Theory]
    [InlineData("ftp://example.com/a.mp4")]
    [InlineData("file:///etc/hostname")]
    [InlineData("/a.mp4")]
    [InlineData("soon")]
    public async Task Unusable_link_is_reported_as_such(string link)
    {
        await using Saving saving = await Saving.StartAsync();
        saving.FetchGives(link);
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = link }));
        Assert.Equal((LumaErrorId.LumaDownloadFailed, 0), (failure.ErrorId, saving.Sandbox.VideoRequestCount));
        Assert.Empty(saving.Folder.Files);
    }

    [Fact]
    public async Task Next_call_resumes_a_stopped_download_even_with_another_signature_in_the_link()
    {
        await using Saving saving = await Saving.StartAsync();
        await StopAsync(saving);
        Assert.Equal([Path.GetFileName(saving.Part), Path.GetFileName(saving.Part) + ".json"], saving.Folder.Files);
        Assert.Equal(saving.Video[..100_000], await File.ReadAllBytesAsync(saving.Part));
        await saving.AssertSavesAsync(saving.Job with { VideoUrl = saving.Job.VideoUrl + "?signature=new" });
        Assert.Equal([null, "bytes=100000-"], saving.Ranges);
    }

    [Fact]
    public async Task A_signature_does_not_stay_in_the_folder()
    {
        await using Saving saving = await Saving.StartAsync();
        await StopAsync(saving, saving.Job with { VideoUrl = saving.Job.VideoUrl + "?signature=secret" });
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(saving.Part + ".json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_download_restarts_when_the_link_has_another_path()
    {
        await using Saving saving = await Saving.StartAsync();
        await StopAsync(saving);
        saving.Sandbox.ExpireVideoLinks();
        await saving.AssertSavesAsync(saving.Job with { VideoUrl = saving.Sandbox.VideoUrlFor(saving.Job.JobId!) });
        Assert.Equal([null, null], saving.Ranges);
    }

    [Fact]
    public async Task Stopped_download_restarts_when_the_content_has_changed()
    {
        await using Saving saving = await Saving.StartAsync();
        await StopAsync(saving);
        saving.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.NewContent());
        await saving.AssertSavesAsync();
    }

    [Fact]
    public async Task Stopped_download_that_cannot_be_resumed_leaves_nothing()
    {
        await using Saving saving = await Saving.StartAsync();
        await StopAsync(saving, null, SandboxFault.NoETag());
        Assert.Empty(saving.Folder.Files);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"Link\":1}")]
    [InlineData("{\"Link\":null,\"ETag\":\"x\"}")]
    public async Task Invalid_part_file_is_not_used(string? origin)
    {
        await using Saving saving = await Saving.StartAsync();
        await File.WriteAllBytesAsync(saving.Part, new byte[400_000]);
        if (origin is not null) await File.WriteAllTextAsync(saving.Part + ".json", origin);
        await saving.AssertSavesAsync();
        Assert.Equal([null], saving.Ranges);
    }

    [Fact]
    public async Task Part_file_longer_than_the_video_is_restarted()
    {
        await using Saving saving = await Saving.StartAsync();
        await StopAsync(saving);
        await File.WriteAllBytesAsync(saving.Part, [.. saving.Video, .. new byte[100_000]]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=400000-", null], saving.Ranges);
    }

    /// <summary>Downloads 100,000 bytes and stops.</summary>
    private static async Task StopAsync(Saving saving, LumaJob? job = null, SandboxFault? also = null)
    {
        saving.Sandbox.Misbehave(SandboxTarget.Video, (also ?? SandboxFault.None).And(SandboxFault.Stall(100_000)));
        using var cancel = new CancellationTokenSource();
        var progress = new SaveProgress();
        Task<FileInfo> save = saving.Saver.SaveAsync(job ?? saving.Job, saving.Target, progress: progress, cancellationToken: cancel.Token);
        Assert.True(SpinWait.SpinUntil(() => progress.Received == 100_000, TestService.Patience));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save.WaitAsync(TestService.Patience));
        Assert.False(File.Exists(saving.Target));
    }
}
