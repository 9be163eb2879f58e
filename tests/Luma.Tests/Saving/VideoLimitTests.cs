using System.Globalization;

namespace Luma.Tests;

/// <summary>A download ends: in bytes, and in time without progress.</summary>
public class VideoLimitTests
{
    [Fact]
    public async Task Video_with_a_length_above_the_limit_is_not_downloaded()
    {
        await using Saving saving = await Saving.StartAsync(retries: 3);
        VideoSaver saver = new(saving.TestService.Client) { MaximumSize = 299_999 };
        LumaException failure = await TestService.FailureAsync(saver.SaveAsync(saving.Job, saving.Target));
        Assert.Equal((LumaErrorId.LumaDownloadFailed, 1, 0), (failure.ErrorId, saving.Sandbox.VideoRequestCount, saving.Fetches));
        Assert.Contains("300000", failure.Message, StringComparison.Ordinal);
        Assert.Contains("299999", failure.Message, StringComparison.Ordinal);
        Assert.Contains("-MaximumSize", failure.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(saving.Folder.Files);
    }

    [Fact]
    public async Task A_video_of_just_the_size_that_is_allowed_is_saved()
    {
        await using Saving saving = await Saving.StartAsync(faults: SandboxFault.NoContentLength());
        await new VideoSaver(saving.TestService.Client) { MaximumSize = 300_000 }.SaveAsync(saving.Job, saving.Target);
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(saving.Target));
    }

    [Fact]
    public async Task A_stream_without_an_end_is_cut_and_leaves_nothing()
    {
        await using Saving saving = await Saving.StartAsync(retries: 3);
        byte[] video = saving.Video;
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            await RawServer.ReadRequestAsync(stream, stop);
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"a\"\r\n\r\n", stop);
            while (true) await stream.WriteAsync(video, stop);
        });
        VideoSaver saver = new(saving.TestService.Client) { MaximumSize = 2_000_000 };
        LumaJob job = saving.Job with { VideoUrl = new Uri(server.Address(), "a.mp4").AbsoluteUri };
        LumaException failure = await TestService.FailureAsync(saver.SaveAsync(job, saving.Target));
        Assert.Equal((LumaErrorId.LumaDownloadFailed, 1), (failure.ErrorId, server.Connections));
        Assert.Contains("2000000", failure.Message, StringComparison.Ordinal);
        Assert.Empty(saving.Folder.Files);
    }

    // Each byte used to begin the wait again, and each attempt that had brought one counted as progress: it never ended.
    [Fact]
    public async Task A_host_that_sends_a_few_bytes_at_a_time_is_given_up_after_the_retries()
    {
        await using Saving saving = await Saving.StartAsync(retries: 1, stall: TimeSpan.FromSeconds(0.5));
        byte[] video = saving.Video;
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            string request = await RawServer.ReadRequestAsync(stream, stop);
            int from = request.Split("bytes=") is [_, var range] ? int.Parse(range.Split('-')[0], CultureInfo.InvariantCulture) : 0;
            string head = from == 0
                ? "HTTP/1.1 200 OK"
                : $"HTTP/1.1 206 Partial\r\nContent-Range: bytes {from}-{video.Length - 1}/{video.Length}";
            await RawServer.WriteAsync(stream, $"{head}\r\nContent-Length: {video.Length - from}\r\nETag: \"a\"\r\n\r\n", stop);
            for (int at = from; at < video.Length; at += 10)
            {
                await stream.WriteAsync(video.AsMemory(at, Math.Min(10, video.Length - at)), stop);
                await Task.Delay(50, stop);
            }
        });
        LumaJob job = saving.Job with { VideoUrl = new Uri(server.Address(), "a.mp4").AbsoluteUri };
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: job));
        Assert.Equal((LumaErrorId.LumaDownloadFailed, 2), (failure.ErrorId, server.Connections));
        Assert.Contains("arrived in 0.5 s", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(saving.Target));
    }

    [Fact]
    public async Task A_host_that_cuts_after_a_few_bytes_is_given_up_after_the_retries()
    {
        await using Saving saving = await Saving.StartAsync(retries: 3);
        saving.Sandbox.MisbehaveAlways(SandboxTarget.Video, SandboxFault.TruncateBody(100));
        await saving.AssertFailsAsync();
        Assert.Equal([null, "bytes=100-", "bytes=200-", "bytes=300-"], saving.Ranges);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_without_the_ETag_it_was_asked_by_is_not_appended(bool isWeak)
    {
        (string, string)[] tag = isWeak ? [("ETag", "W/\"a\"")] : [];
        SandboxFault untagged = SandboxFault.Reply(
            206, "video/mp4", new string('x', 200_000), [("Content-Range", "bytes 100000-299999/300000"), .. tag]);
        await using Saving saving = await Saving.StartAsync(faults: [SandboxFault.TruncateBody(100_000), untagged]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-", null], saving.Ranges);
    }
}
