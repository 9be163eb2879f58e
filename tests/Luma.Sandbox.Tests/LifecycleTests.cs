using System.Net.Sockets;

namespace Luma.Sandbox.Tests;

/// <summary>Starting, stopping, settings and waiting.</summary>
public class LifecycleTests
{
    [Fact]
    public void A_sandbox_is_a_service_of_its_own()
    {
        using LumaSandbox one = LumaSandbox.Start(), two = LumaSandbox.Start();
        Assert.Matches($"^http://127\\.0\\.0\\.1:{one.Port}/[0-9a-f]{{8}}/$", one.BaseUri.AbsoluteUri);
        Assert.Equal("127.0.0.1", one.VideoBaseUri.Host);
        Assert.True(Guid.TryParse(one.ApiKey, out _));
        Assert.NotEqual(one.ApiKey, two.ApiKey);
        Assert.NotEqual(one.BaseUri.AbsolutePath, two.BaseUri.AbsolutePath);
        Assert.Equal(
            (5, 0, 0, null, false), (one.JobSeconds, one.FailPercent, one.LatencyMilliseconds, one.VideoBytes, one.RecordRequests));
        Assert.True(one.IsRunning);
    }

    [Fact]
    public void A_port_in_use_is_named()
    {
        using LumaSandbox sandbox = LumaSandbox.Start();
        IOException e = Assert.Throws<IOException>(() => LumaSandbox.Start(new LumaSandboxOptions { Port = sandbox.Port }));
        Assert.Contains($"{sandbox.Port}", e.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(e.InnerException);
    }

    [Fact]
    public async Task A_stopped_sandbox_closes_everything_and_frees_its_port()
    {
        await using var f = new Fixture();
        using RawClient idle = await f.ConnectAsync();
        await idle.SendAsync(f.Raw("GET /luma/v1/fetch HTTP/1.1"));
        await idle.ReadAnswerAsync();
        await f.Sandbox.DisposeAsync();
        Assert.False(f.Sandbox.IsRunning);
        Assert.Equal("", (await idle.ReadToEndAsync()).Text);
        await Assert.ThrowsAsync<SocketException>(f.ConnectAsync);

        using LumaSandbox next = LumaSandbox.Start(new LumaSandboxOptions { Port = f.Sandbox.Port });
        Assert.Equal(f.Sandbox.Port, next.Port);
        Assert.NotEqual(f.Sandbox.BaseUri, next.BaseUri);
        next.Dispose();
        next.Dispose();
        await next.DisposeAsync();
        await next.DisposeAsync();
    }

    [Fact]
    public void Settings_are_checked_and_the_sandboxs_own()
    {
        var options = new LumaSandboxOptions { JobSeconds = 2 };
        using LumaSandbox sandbox = LumaSandbox.Start(options);
        sandbox.JobSeconds = 3;
        Assert.Equal(2, options.JobSeconds);
        foreach (double wrong in new[] { -1, double.NaN, double.PositiveInfinity })
            Assert.Throws<ArgumentOutOfRangeException>(() => sandbox.JobSeconds = wrong);
        Assert.Throws<ArgumentOutOfRangeException>(() => sandbox.FailPercent = 101);
        Assert.Throws<ArgumentOutOfRangeException>(() => sandbox.LatencyMilliseconds = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => SandboxFault.Stall(-1));
        Assert.Throws<ArgumentException>(() => sandbox.OpenVideo("unknown"));
    }

    [Fact]
    public async Task Waiting_finds_what_came_and_what_comes_and_shows_each_once()
    {
        await using var f = new Fixture();
        await f.SubmitAsync();
        SandboxRequest came = await f.Sandbox.WaitForRequestAsync(r => r.Target == SandboxTarget.Generations);
        Assert.Same(f.Sandbox.Requests[0], came);

        int seen = 0;
        Task<SandboxRequest> third = f.Sandbox.WaitForRequestAsync(_ => ++seen == 3);
        string id = f.Sandbox.Jobs[0].JobId;
        await f.FetchAsync(id);
        Assert.False(third.IsCompleted);
        using HttpResponseMessage video = await f.VideoAsync(id);
        Assert.Equal(SandboxTarget.Video, (await third.WaitAsync(TimeSpan.FromSeconds(30))).Target);
        Assert.Equal((2, 1), (f.Sandbox.Requests.Count, f.Sandbox.VideoRequests.Count));
        Assert.Equal((2, 1), (f.Sandbox.RequestCount, f.Sandbox.VideoRequestCount));
    }

    [Fact]
    public async Task Waiting_works_without_keeping_and_can_be_given_up()
    {
        await using var f = new Fixture(new LumaSandboxOptions());
        Task<SandboxRequest> coming = f.Sandbox.WaitForRequestAsync(_ => true);
        using var cancel = new CancellationTokenSource();
        Task<SandboxRequest> never = f.Sandbox.WaitForRequestAsync(_ => false, cancel.Token);
        Task<SandboxRequest> stopped = f.Sandbox.WaitForRequestAsync(_ => false);
        Task<SandboxRequest> wrong = f.Sandbox.WaitForRequestAsync(_ => throw new InvalidOperationException("mine"));
        await f.SubmitAsync();
        Assert.Equal("/luma/v1/generations", (await coming).Path);
        await Assert.ThrowsAsync<InvalidOperationException>(() => wrong);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
        f.Sandbox.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => f.Sandbox.WaitForRequestAsync(_ => false));
        Assert.Empty(f.Sandbox.Requests);
    }
}
