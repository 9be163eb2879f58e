using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Luma.Sandbox.Tests;

/// <summary>The videos and the host they lie on.</summary>
public class VideoTests
{
    [Theory]
    [InlineData("9:16", 360, 640)]
    [InlineData("3:4", 480, 640)]
    [InlineData("1:1", 512, 512)]
    [InlineData("4:3", 640, 480)]
    [InlineData("16:9", 640, 360)]
    [InlineData("21:9", 840, 360)]
    [InlineData("2:1", 360, 640)]
    [InlineData(null, 360, 640)]
    public async Task Each_ratio_has_its_clip(string? ratio, int width, int height)
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync(JsonSerializer.Serialize(new { userPrompt = "a", aspectRatio = ratio }));
        JsonElement data = (await f.FetchAsync(id)).GetProperty("data");
        Assert.Equal(($"{width}", $"{height}"), (data.GetProperty("width").GetString(), data.GetProperty("height").GetString()));

        byte[] video = await f.Plain.GetByteArrayAsync(data.GetProperty("videoUrl").GetString());
        Assert.Equal(f.Sandbox.GetVideoBytes(id), video);
        // The track header ends with the size in 16.16 fixed point.
        int track = video.AsSpan().IndexOf("tkhd"u8) - 4;
        int end = track + BinaryPrimitives.ReadInt32BigEndian(video.AsSpan(track));
        Assert.Equal(width, BinaryPrimitives.ReadInt32BigEndian(video.AsSpan(end - 8)) >> 16);
        Assert.Equal(height, BinaryPrimitives.ReadInt32BigEndian(video.AsSpan(end - 4)) >> 16);
        using var stream = new MemoryStream(video);
        Assert.Equal(["ftyp", "moov", "free", "mdat"], Boxes(stream));
    }

    [Fact]
    public async Task Complete_video_has_all_its_headers()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        using HttpResponseMessage get = await f.VideoAsync(id);
        using HttpResponseMessage head = await f.VideoAsync(id, "bytes=0-1", method: HttpMethod.Head);
        byte[] video = f.Sandbox.GetVideoBytes(id);
        Assert.Equal(video, await get.Content.ReadAsByteArrayAsync());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        foreach (HttpResponseMessage answer in new[] { get, head })
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(video.Length, answer.Content.Headers.ContentLength);
            Assert.Equal("video/mp4", answer.Content.Headers.ContentType!.ToString());
            Assert.Equal("bytes", answer.Headers.AcceptRanges.Single());
            Assert.False(answer.Headers.ETag!.IsWeak);
            Assert.True(answer.Content.Headers.LastModified <= answer.Headers.Date);
        }
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 0)]
    [InlineData("bytes=100-199", 100, 199)]
    [InlineData("bytes=1000-", 1000, -1)]
    [InlineData("bytes=1000-999999999999", 1000, -1)]
    [InlineData("bytes=-500", -500, -1)]
    [InlineData("bytes=-999999999", 0, -1)]
    public async Task A_range_is_served(string range, int first, int last)
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        byte[] video = f.Sandbox.GetVideoBytes(id);
        if (first < 0) first += video.Length;
        if (last < 0) last += video.Length;
        using HttpResponseMessage answer = await f.VideoAsync(id, range);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal($"bytes {first}-{last}/{video.Length}", answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal(video[first..(last + 1)], await answer.Content.ReadAsByteArrayAsync());
        Assert.NotNull(answer.Headers.ETag);
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("bytes=5-1")]
    [InlineData("pages=1-2")]
    [InlineData("nonsense")]
    public async Task Other_ranges_are_ignored(string range)
    {
        await using var f = new Fixture();
        using HttpResponseMessage answer = await f.VideoAsync(await f.SubmitAsync(), range);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_range_behind_the_end_is_416()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        int total = f.Sandbox.GetVideoBytes(id).Length;
        using HttpResponseMessage answer = await f.VideoAsync(id, $"bytes={total}-");
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
        Assert.Equal($"bytes */{total}", answer.Content.Headers.ContentRange!.ToString());
    }

    [Fact]
    public async Task If_Range_decides_between_a_part_and_the_complete_video()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        using HttpResponseMessage first = await f.VideoAsync(id);
        string etag = first.Headers.ETag!.ToString();
        DateTimeOffset modified = first.Content.Headers.LastModified!.Value;
        async Task<int> With(string condition)
        {
            using HttpResponseMessage answer = await f.VideoAsync(id, "bytes=5-", condition);
            return (int)answer.StatusCode;
        }
        Assert.Equal(206, await With(etag));
        Assert.Equal(206, await With(modified.ToString("R")));
        Assert.Equal(200, await With("W/" + etag));
        Assert.Equal(200, await With("\"other\""));
        Assert.Equal(200, await With(modified.AddSeconds(1).ToString("R")));
    }

    [Fact]
    public async Task Videos_are_on_a_separate_host()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        var link = new Uri(f.Sandbox.VideoUrlFor(id)!);
        Assert.StartsWith(f.Sandbox.VideoBaseUri.AbsoluteUri, link.AbsoluteUri, StringComparison.Ordinal);
        Assert.NotEqual(f.Sandbox.Port, link.Port);
        using HttpResponseMessage wrongHost = await f.Plain.GetAsync(new Uri(f.Sandbox.BaseUri, link.PathAndQuery));
        using HttpResponseMessage wrongJob = await f.Plain.GetAsync(new Uri(f.Sandbox.VideoBaseUri, "luma/v1/fetch"));
        using HttpResponseMessage wrongLink =
            await f.Plain.GetAsync(link.AbsoluteUri.Replace("video1", "video2", StringComparison.Ordinal));
        using HttpResponseMessage wrongMethod = await f.Plain.PostAsync(link, null);
        Assert.Equal([404, 404, 404, 405], new[] { wrongHost, wrongJob, wrongLink, wrongMethod }.Select(answer => (int)answer.StatusCode));
    }

    [Fact]
    public async Task There_is_no_video_before_the_job_is_done()
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 5);
        string id = await f.SubmitAsync();
        using HttpResponseMessage early = await f.VideoAsync(id);
        time.Advance(TimeSpan.FromSeconds(5));
        using HttpResponseMessage late = await f.VideoAsync(id);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (early.StatusCode, late.StatusCode));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(410)]
    public async Task Links_can_die_and_a_fetch_gives_fresh_ones(int code)
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        string old = f.Sandbox.VideoUrlFor(id)!;
        f.Sandbox.ExpireVideoLinks(code);
        using HttpResponseMessage dead = await f.Plain.GetAsync(old);
        Assert.Equal(code, (int)dead.StatusCode);
        string fresh = (await f.FetchAsync(id)).GetProperty("data").GetProperty("videoUrl").GetString()!;
        Assert.NotEqual(old, fresh);
        Assert.Equal(f.Sandbox.GetVideoBytes(id), await f.Plain.GetByteArrayAsync(fresh));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(6L * 1024 * 1024 * 1024)]
    public async Task A_padded_video_has_its_size_and_is_still_an_mp4(long size)
    {
        await using var f = new Fixture();
        f.Sandbox.VideoBytes = size;
        string id = await f.SubmitAsync();
        using Stream video = f.Sandbox.OpenVideo(id);
        Assert.Equal(size, video.Length);
        Assert.Equal(["ftyp", "moov", "free", "mdat", "free"], Boxes(video));

        using HttpResponseMessage whole = await f.VideoAsync(id, method: HttpMethod.Head);
        Assert.Equal(size, whole.Content.Headers.ContentLength);
        byte[] tail = new byte[200_000];
        video.Position = size - tail.Length;
        video.ReadExactly(tail);
        using HttpResponseMessage part = await f.VideoAsync(id, $"bytes={size - tail.Length}-");
        Assert.Equal(tail, await part.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Video_is_complete_through_many_buffers()
    {
        await using var f = new Fixture();
        f.Sandbox.VideoBytes = 3_000_001;
        string id = await f.SubmitAsync();
        using HttpResponseMessage answer = await f.VideoAsync(id);
        Assert.Equal(f.Sandbox.GetVideoBytes(id), await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public void The_smallest_padding_is_an_empty_box()
    {
        Assert.Equal(8, LumaSandboxOptions.MinVideoBytes - LargestClip());
        using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { VideoBytes = LumaSandboxOptions.MinVideoBytes });
        Assert.Throws<ArgumentOutOfRangeException>(() => sandbox.VideoBytes = LumaSandboxOptions.MinVideoBytes - 1);
        sandbox.VideoBytes = null;
        Assert.Null(sandbox.VideoBytes);
    }

    private static long LargestClip() => typeof(LumaSandbox).Assembly.GetManifestResourceNames().Max(name =>
    {
        using Stream clip = typeof(LumaSandbox).Assembly.GetManifestResourceStream(name)!;
        return clip.Length;
    });

    /// <summary>The types of a file's boxes, which have to fill it to its last byte.</summary>
    private static List<string> Boxes(Stream file)
    {
        var types = new List<string>();
        byte[] head = new byte[16];
        long position = 0;
        while (position < file.Length)
        {
            file.Position = position;
            file.ReadAtLeast(head, 8);
            long size = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (size == 1) size = BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(8));
            Assert.InRange(size, 8, file.Length - position);
            types.Add(Encoding.ASCII.GetString(head, 4, 4));
            position += size;
        }
        Assert.Equal(file.Length, position);
        return types;
    }
}
