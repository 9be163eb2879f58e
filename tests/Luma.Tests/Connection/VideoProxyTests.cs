using System.Net;

namespace Luma.Tests;

/// <summary>Which way videos come when the service is on this machine and the system has a proxy.</summary>
[Collection(nameof(Alone))] // The system's proxy is that of the whole process.
public sealed class VideoProxyTests : IDisposable
{
    private readonly IWebProxy _before = HttpClient.DefaultProxy;

    public void Dispose() => HttpClient.DefaultProxy = _before;

    [Fact]
    public async Task A_video_elsewhere_comes_through_the_systems_proxy_although_the_service_is_on_this_machine()
    {
        await using Saving saving = await Saving.StartAsync(retries: 0);
        await using var proxy = new VideoServer(saving.Video);
        HttpClient.DefaultProxy = new WebProxy(proxy.Link);
        await saving.AssertSavesAsync(saving.Job with { VideoUrl = "http://videos.example.invalid/a.mp4" });
        Assert.Equal((1, 0, 0), (proxy.Requests, saving.Sandbox.VideoRequestCount, saving.Fetches));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_video_on_this_machine_comes_without_the_systems_proxy(string host)
    {
        await using Saving saving = await Saving.StartAsync(retries: 0);
        await using var proxy = new VideoServer("proxy"u8.ToArray(), 502);
        HttpClient.DefaultProxy = new WebProxy(proxy.Link);
        await saving.AssertSavesAsync(saving.Job with { VideoUrl = new UriBuilder(saving.Job.VideoUrl!) { Host = host }.Uri.AbsoluteUri });
        Assert.Equal((0, 1), (proxy.Requests, saving.Sandbox.VideoRequestCount));
    }
}
