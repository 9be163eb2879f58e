using System.Text;

namespace Luma.Tests;

/// <summary>The bytes tell whether it is a video, whatever the headers say.</summary>
public class VideoBytesTests
{
    public static TheoryData<string, string, byte[]> WhatIsNoVideo => new()
    {
        { "a text of a gateway", "text/plain", "error code: 1015"u8.ToArray() },
        { "a text that says it is a video", "video/mp4", "error code: 1015"u8.ToArray() },
        { "a PNG", "image/png", [0x89, .. "PNG\r\n"u8, 0x1A, .. "\n\0\0\0\rIHDR"u8] },
        { "a PNG that says it is a video", "video/mp4", [0x89, .. "PNG\r\n"u8, 0x1A, .. "\n\0\0\0\rIHDR"u8] },
        { "a playlist", "application/vnd.apple.mpegurl", "#EXTM3U\n#EXT-X-VERSION:3\n"u8.ToArray() },
        { "a page", "text/html", "<!doctype html><title>Log in</title>"u8.ToArray() },
        { "a page behind a mark", "video/mp4", "\uFEFF\n<html>Log in"u8.ToArray() },
        { "a message", "application/json", """{"error":"expired"}"""u8.ToArray() },
        { "another container", "video/webm", [0x1A, 0x45, 0xDF, 0xA3, .. new byte[60]] },
        { "an AVIF picture", "image/avif", [0, 0, 0, 28, .. "ftypavif\0\0\0\0avifmif1miaf"u8, .. new byte[60]] },
        { "a HEIC picture that says it is a video", "video/mp4", [0, 0, 0, 24, .. "ftypheic\0\0\0\0mif1heic"u8, .. new byte[60]] },
        { "sound alone", "audio/mp4", [0, 0, 0, 24, .. "ftypM4A \0\0\0\0M4A isom"u8, .. new byte[60]] },
        { "zeros", "video/mp4", new byte[4096] },
        { "seven bytes", "video/mp4", [0, 0, 0, 24, .. "fty"u8] },
        { "nothing", "video/mp4", [] },
    };

    [Theory]
    [MemberData(nameof(WhatIsNoVideo))]
    public async Task What_does_not_begin_as_a_video_is_never_saved(string kind, string contentType, byte[] body)
    {
        foreach (bool tellsLength in new[] { true, false })
        {
            await using Saving saving = await Saving.StartAsync(retries: 1);
            await using var server = new VideoServer(body, tellsLength: tellsLength, headers: $"Content-Type: {contentType}");
            saving.FetchGives(server.Link);
            LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = server.Link }));
            Assert.Equal((kind, LumaErrorId.LumaDownloadFailed), (kind, failure.ErrorId));
            Assert.DoesNotContain("a.mp4", saving.Folder.Files);
        }
    }

    [Fact]
    public async Task Error_shows_what_was_received_instead_of_the_video()
    {
        await using Saving saving = await Saving.StartAsync(retries: 0);
        byte[] text = Encoding.ASCII.GetBytes("error code: 1015\u001b[31m\nmore");
        await using var server = new VideoServer(text, headers: "Content-Type: text/plain");
        saving.FetchGives(server.Link);
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = server.Link }));
        Assert.Contains("127.0.0.1 sent text/plain", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Theory]
    [InlineData("Content-Type: text/plain")]
    [InlineData("Content-Type: text/html; charset=utf-8")]
    [InlineData("Content-Type: application/json")]
    [InlineData("Content-Type: application/xml")]
    [InlineData("Content-Type: nonsense")]
    [InlineData("Content-Encoding: aws-chunked")]
    [InlineData("Content-Encoding: identity")]
    [InlineData("Content-Encoding: utf-8")]
    [InlineData("Content-Encoding: none, aws-chunked")]
    public async Task A_video_under_odd_headers_is_saved(string header)
    {
        foreach (bool tellsLength in new[] { true, false })
        {
            await using Saving saving = await Saving.StartAsync(retries: 0);
            await using var server = new VideoServer(saving.Video, tellsLength: tellsLength, headers: header);
            await saving.AssertSavesAsync(saving.Job with { VideoUrl = server.Link });
            Assert.Equal((1, 0), (server.Requests, saving.Fetches));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("X-Gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("aws-chunked, gzip")]
    public async Task A_coding_that_changes_bytes_is_refused_although_the_bytes_look_like_a_video(string coding)
    {
        await using Saving saving = await Saving.StartAsync(retries: 0);
        await using var server = new VideoServer(saving.Video, headers: $"Content-Encoding: {coding}");
        saving.FetchGives(server.Link);
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = server.Link }));
        Assert.Contains(coding, failure.Message, StringComparison.Ordinal);
        Assert.Empty(saving.Folder.Files);
    }

    [Fact]
    public async Task HTML_page_during_a_download_loses_no_received_bytes()
    {
        await using Saving saving = await Saving.StartAsync(
            faults: [SandboxFault.TruncateBody(100_000), SandboxFault.Reply(200, "text/html", "<html>Please log in</html>")]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-", "bytes=100000-"], saving.Ranges);
    }

    [Fact]
    public async Task Part_file_that_is_not_a_video_is_restarted()
    {
        await using Saving saving = await Saving.StartAsync();
        await saving.SaveWhereAFileAppearsAsync();
        await File.WriteAllTextAsync(saving.Part, new string('x', 1000)); // As an earlier version kept a page that was cut.
        await saving.SaveAsync(overwrite: true);
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(saving.Target));
        Assert.Equal([null, null], saving.Ranges);
    }
}
