using System.Globalization;

namespace Luma.Tests;

/// <summary>A complete video or none, whatever the connection does.</summary>
public class VideoSaverTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(3_000_000L)]
    public async Task A_saved_file_equals_the_served_bytes(long? size)
    {
        await using Saving saving = await Saving.StartAsync(videoBytes: size);
        await saving.AssertSavesAsync();
        SandboxRequest request = Assert.Single(saving.Sandbox.VideoRequests);
        Assert.Equal(("GET", "identity"), (request.Method, request.Headers["Accept-Encoding"]));
        Assert.False(request.Headers.ContainsKey("Range"));
        Assert.Equal(0, saving.Fetches);
    }

    [Fact]
    public async Task Progress_is_reported()
    {
        await using Saving saving = await Saving.StartAsync(faults: SandboxFault.TruncateBody(100_000));
        var progress = new SaveProgress();
        Assert.Null(progress.Total);
        await saving.Saver.SaveAsync(saving.Job, saving.Target, progress: progress);
        Assert.Equal((300_000L, 300_000L), (progress.Received, progress.Total));
    }

    [Fact]
    public async Task Interrupted_download_resumes_where_it_stopped()
    {
        await using Saving saving =
            await Saving.StartAsync(faults: [SandboxFault.TruncateBody(100_000), SandboxFault.TruncateBody(50_000)]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-", "bytes=150000-"], saving.Ranges);
        Assert.All(saving.Sandbox.VideoRequests.Skip(1), request => Assert.Matches("^\"[^\"]+\"$", request.Headers["If-Range"]));
    }

    [Fact]
    public async Task Download_that_makes_progress_is_resumed_more_often_than_the_retries()
    {
        await using Saving saving =
            await Saving.StartAsync(retries: 0, faults: [.. Enumerable.Repeat(SandboxFault.TruncateBody(20_000), 8)]);
        await saving.AssertSavesAsync();
        Assert.Equal(9, saving.Ranges.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Interrupted_download_restarts_without_a_strong_ETag(bool weak)
    {
        SandboxFault tag = weak ? SandboxFault.WeakETag() : SandboxFault.NoETag();
        await using Saving saving = await Saving.StartAsync(faults: tag.And(SandboxFault.TruncateBody(100_000)));
        await saving.AssertSavesAsync();
        Assert.Equal([null, null], saving.Ranges);
    }

    public static TheoryData<string> WrongParts =>
        ["starts later", "starts earlier", "wrong total", "smaller total", "416", "416 with a page", "206 without a range"];

    [Theory]
    [MemberData(nameof(WrongParts))]
    public async Task Download_restarts_when_the_host_sends_another_part(string kind)
    {
        SandboxFault fault = kind switch
        {
            "starts later" => SandboxFault.WrongRangeStart(7),
            "starts earlier" => SandboxFault.WrongRangeStart(-7),
            "wrong total" => SandboxFault.WrongTotal(1000),
            "smaller total" => SandboxFault.WrongTotal(-1000),
            "416" => SandboxFault.Reply(416, "video/mp4", "", ("Content-Range", "bytes */300000")),
            "416 with a page" => SandboxFault.Html(416),
            _ => SandboxFault.Reply(206, "video/mp4", "0123456789"),
        };
        await using Saving saving = await Saving.StartAsync(faults: [SandboxFault.TruncateBody(100_000), fault]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-", null], saving.Ranges);
    }

    [Fact]
    public async Task Host_that_truncates_every_download_and_supports_no_ranges_is_an_error()
    {
        SandboxFault cut = SandboxFault.TruncateBody(100_000), part = SandboxFault.Html(416);
        await using Saving saving =
            await Saving.StartAsync(retries: 3, faults: [.. Enumerable.Range(0, 30).Select(i => i % 2 == 0 ? cut : part)]);
        await saving.AssertFailsAsync();
        Assert.InRange(saving.Ranges.Count, 4, 8);
    }

    [Fact]
    public async Task A_host_that_ignores_ranges_sends_all_of_it_again()
    {
        await using Saving saving = await Saving.StartAsync(faults: [SandboxFault.TruncateBody(100_000), SandboxFault.IgnoreRange()]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-"], saving.Ranges);
    }

    [Fact]
    public async Task New_content_under_the_same_link_is_not_mixed_with_old_content()
    {
        await using Saving saving = await Saving.StartAsync(faults: [SandboxFault.TruncateBody(100_000), SandboxFault.NewContent()]);
        byte[] old = saving.Video;
        await saving.AssertSavesAsync();
        Assert.NotEqual(old, saving.Video);
        Assert.Equal(2, saving.Ranges.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Video_without_a_length_is_complete_when_its_boxes_are(bool chunked)
    {
        await using Saving saving = await Saving.StartAsync(faults: SandboxFault.NoContentLength(chunked));
        await saving.AssertSavesAsync();
        Assert.Single(saving.Ranges);
    }

    [Theory]
    [InlineData(true, 100_000)]
    [InlineData(false, 100_000)]
    [InlineData(false, 32)] // Right behind the first box.
    [InlineData(false, 1283)] // Right behind the head of the movie.
    [InlineData(false, 1291)] // Right in front of its data.
    [InlineData(false, 5)]
    public async Task Truncated_video_without_a_length_is_detected_and_resumed(bool chunked, int bytes)
    {
        await using Saving saving =
            await Saving.StartAsync(faults: SandboxFault.NoContentLength(chunked).And(SandboxFault.TruncateBody(bytes)));
        await saving.AssertSavesAsync();
        Assert.Equal([null, $"bytes={bytes}-"], saving.Ranges);
    }

    [Fact]
    public async Task Truncated_video_without_a_length_and_an_ETag_is_restarted()
    {
        await using Saving saving = await Saving.StartAsync(
            retries: 2,
            faults: [.. Enumerable.Repeat(
                SandboxFault.NoContentLength(chunked: false).And(SandboxFault.NoETag()).And(SandboxFault.TruncateBody(100_000)), 2)]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, null, null], saving.Ranges);
    }

    [Fact]
    public async Task Video_without_a_length_that_is_always_truncated_is_not_saved()
    {
        await using Saving saving = await Saving.StartAsync(retries: 2);
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Video,
            SandboxFault.NoContentLength(chunked: false).And(SandboxFault.NoETag()).And(SandboxFault.TruncateBody(100_000)));
        await saving.AssertFailsAsync();
        Assert.Equal(3, saving.Ranges.Count);
        Assert.Empty(saving.Folder.Files);
    }

    [Fact]
    public async Task Stalled_download_is_interrupted_and_resumed()
    {
        await using Saving saving = await Saving.StartAsync(stall: TimeSpan.FromSeconds(2), faults: SandboxFault.Stall(100_000));
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-"], saving.Ranges);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_given_up_after_the_retries()
    {
        await using Saving saving = await Saving.StartAsync(retries: 2);
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Video, SandboxFault.CloseWithoutReply());
        LumaException failure = await saving.AssertFailsAsync();
        Assert.Contains("127.0.0.1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("can be saved later", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, saving.Ranges.Count);
        Assert.Empty(saving.Folder.Files);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Other_responses_of_the_host_are_retried_and_then_reported(int code)
    {
        await using Saving saving = await Saving.StartAsync(retries: 1);
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Video, SandboxFault.Html(code, "<p>no", ("Retry-After", "0")));
        Assert.Equal(code, (int)(await saving.AssertFailsAsync()).StatusCode!);
        Assert.Equal((2, 0), (saving.Ranges.Count, saving.Fetches));
        saving.Sandbox.Behave();
        await saving.AssertSavesAsync();
    }

    [Fact]
    public async Task The_host_can_ask_to_wait()
    {
        var time = new ManualTimeProvider();
        await using var lab = new TestService(retries: 1, time);
        using var folder = new TempFolder();
        LumaJob job = await lab.DoneJobAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Video,
            SandboxFault.Status(503, "wait", ("Retry-After", time.GetUtcNow().AddSeconds(70).ToString("R", CultureInfo.InvariantCulture))));
        Task<FileInfo> save = new VideoSaver(lab.Client).SaveAsync(job, folder["a.mp4"]);
        await time.WaitForTimersAsync(1, due => due == TimeSpan.FromSeconds(70));
        time.Advance(TimeSpan.FromSeconds(70));
        Assert.True((await save.WaitAsync(TestService.Patience)).Exists);
    }

    [Fact]
    public async Task Wait_between_retries_is_at_most_half_a_minute()
    {
        var time = new ManualTimeProvider();
        await using var lab = new TestService(retries: 40, time);
        using var folder = new TempFolder();
        LumaJob job = await lab.DoneJobAsync();
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Video, SandboxFault.Html(500));
        Task<FileInfo> save = new VideoSaver(lab.Client).SaveAsync(job, folder["a.mp4"]);
        await time.SkipAsync(Task.WhenAny(save));
        Assert.Equal(LumaErrorId.LumaDownloadFailed, (await TestService.FailureAsync(save)).ErrorId);
        IReadOnlyList<SandboxRequest> requests = lab.Sandbox.VideoRequests;
        Assert.Equal(41, requests.Count);
        Assert.All(requests.Zip(requests.Skip(1)),
            pair => Assert.InRange((pair.Second.ReceivedAt - pair.First.ReceivedAt).TotalSeconds, 0.5, 30.1));
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", "<html>Please log in</html>")]
    [InlineData("TEXT/plain", "not yet")]
    [InlineData("application/json", """{"error":"expired"}""")]
    [InlineData("Application/JSON", """{"error":"expired"}""")]
    [InlineData("application/problem+json", """{"error":"expired"}""")]
    [InlineData("application/xml", "<Error><Code>AccessDenied</Code></Error>")]
    [InlineData("application/xhtml+xml", "<html>Please log in</html>")]
    [InlineData("video/mp4", "")]
    [InlineData("application/octet-stream", "<html>Please log in</html>")]
    [InlineData("application/octet-stream", """{"error":"expired"}""")]
    [InlineData("video/mp4", "\n <?xml version=\"1.0\"?><Error/>")]
    public async Task What_is_not_a_video_is_never_saved(string contentType, string body)
    {
        await using Saving saving = await Saving.StartAsync(retries: 1);
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Video, SandboxFault.Reply(200, contentType, body));
        await saving.AssertFailsAsync();
        Assert.Equal(2, saving.Ranges.Count);
        Assert.Empty(saving.Folder.Files);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity, gzip")]
    public async Task A_compressed_video_is_never_saved(string encoding)
    {
        await using Saving saving = await Saving.StartAsync(retries: 1);
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Video, SandboxFault.Reply(200, "video/mp4", "xxxx", ("Content-Encoding", encoding)));
        Assert.Contains(encoding, (await saving.AssertFailsAsync()).Message, StringComparison.Ordinal);
        Assert.Empty(saving.Folder.Files);
    }

    [Fact]
    public async Task A_redirect_of_the_host_is_followed_without_the_key()
    {
        await using Saving saving = await Saving.StartAsync();
        await using Saving elsewhere = await Saving.StartAsync();
        saving.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.Redirect(302, elsewhere.Job.VideoUrl!));
        await saving.SaveAsync();
        Assert.Equal(elsewhere.Video, await File.ReadAllBytesAsync(saving.Target));
        Assert.DoesNotContain(elsewhere.Sandbox.VideoRequests.Single().HeaderList,
            header => header.Value.Contains(saving.Sandbox.ApiKey, StringComparison.OrdinalIgnoreCase));
    }
}
