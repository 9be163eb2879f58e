namespace Luma.Tests;

/// <summary>Whether a submit has left, when no answer tells.</summary>
public class SubmitCertaintyTests
{
    [Fact]
    public async Task Connection_lost_before_the_body_was_read_leaves_the_submit_unconfirmed()
    {
        await using var lab = new TestService(retries: 3);
        await UnconfirmedAsync(lab, SandboxFault.CloseBeforeReading());
        Assert.Empty(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task Connection_lost_after_the_job_was_created_leaves_the_submit_unconfirmed()
    {
        await using var lab = new TestService(retries: 3);
        await UnconfirmedAsync(lab, SandboxFault.CloseWithoutReply());
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task Answer_truncated_in_its_head_leaves_the_submit_unconfirmed()
    {
        await using var lab = new TestService(retries: 3);
        await UnconfirmedAsync(lab, SandboxFault.TruncateHead());
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_truncated_in_its_body_leaves_the_submit_unconfirmed(bool withoutLength)
    {
        await using var lab = new TestService(retries: 3);
        SandboxFault cut = SandboxFault.TruncateBody(40);
        await UnconfirmedAsync(lab, withoutLength ? SandboxFault.NoContentLength(chunked: false).And(cut) : cut);
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task Answer_after_the_timeout_leaves_the_submit_unconfirmed()
    {
        await using var lab = new TestService(retries: 3, timeout: TimeSpan.FromSeconds(1.5));
        LumaException failure = await UnconfirmedAsync(lab, SandboxFault.Hang());
        Assert.Contains("1.5 s", failure.Message, StringComparison.Ordinal);
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task Answer_that_stalls_leaves_the_submit_unconfirmed()
    {
        await using var lab = new TestService(retries: 3, timeout: TimeSpan.FromSeconds(1.5));
        await UnconfirmedAsync(lab, SandboxFault.Stall(30));
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task A_pooled_connection_that_was_closed_is_not_used()
    {
        await using var lab = new TestService();
        SandboxFault close = SandboxFault.CloseAfterReply();
        lab.Sandbox.Misbehave(SandboxTarget.Submit, close);
        await lab.SubmitAsync();
        await close.Applied.WaitAsync(TestService.Patience);
        Assert.NotNull((await lab.SubmitAsync()).JobId);
        Assert.Equal(2, lab.Sandbox.Jobs.Count);
        Assert.Equal(2, lab.Sandbox.Requests.Select(request => request.ConnectionId).Distinct().Count());
    }

    [Fact]
    public async Task Pooled_connection_that_breaks_during_the_submit_leaves_it_unconfirmed()
    {
        await using var lab = new TestService(retries: 3);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.ResetOnNextRequest());
        await lab.SubmitAsync();
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, (await TestService.FailureAsync(lab.Client.SubmitAsync(TestService.Car))).ErrorId);

        // What breaks the connection is not recorded; anything sent again would be.
        Assert.Equal(1, lab.Sandbox.SubmitCount);
    }

    [Fact]
    public async Task Refused_connection_means_that_nothing_was_sent()
    {
        await using var lab = new TestService();
        LumaConnection nowhere = lab.Connect(new Uri($"http://127.0.0.1:{RawServer.ClosedPort()}/"));
        LumaException failure = await TestService.FailureAsync(new LumaClient(nowhere).SubmitAsync(TestService.Car));
        Assert.Equal(LumaErrorId.LumaNetworkError, failure.ErrorId);
        Assert.Contains("nothing was charged", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_handshake_that_hangs_means_that_nothing_was_sent()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var lab = new TestService();
        LumaConnection secure = lab.Connect(server.Address("https"), timeout: TimeSpan.FromSeconds(0.3));
        Assert.Equal(
            LumaErrorId.LumaNetworkError, (await TestService.FailureAsync(new LumaClient(secure).SubmitAsync(TestService.Car))).ErrorId);
    }

    [Fact]
    public async Task Unsent_submit_is_retried_as_often_as_configured()
    {
        var time = new ManualTimeProvider();
        await using var server = new RawServer((_, _, _) => Task.CompletedTask);
        await using var lab = new TestService();
        LumaConnection secure = lab.Connect(server.Address("https"), retries: 2, time: time);
        Task<LumaJob> submit = new LumaClient(secure).SubmitAsync(TestService.Car);
        await time.SkipAsync(Task.WhenAny(submit));
        Assert.Equal(LumaErrorId.LumaNetworkError, (await TestService.FailureAsync(submit)).ErrorId);
        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task Submit_stopped_before_it_began_sends_nothing()
    {
        await using var lab = new TestService();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lab.Client.SubmitAsync(TestService.Car, new CancellationToken(true)));
        Assert.Equal(0, lab.Sandbox.RequestCount);
    }

    [Fact]
    public async Task Submit_stopped_before_it_is_sent_sends_nothing()
    {
        var connected = new TaskCompletionSource();
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            await stream.ReadAtLeastAsync(new byte[1], 1, true, stop); // The start of the handshake, and no answer.
            connected.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var lab = new TestService(retries: 5);
        using var cancel = new CancellationTokenSource();
        LumaConnection secure = lab.Connect(server.Address("https"), retries: 5);
        Task<LumaJob> submit = new LumaClient(secure).SubmitAsync(TestService.Car, cancel.Token);
        await connected.Task.WaitAsync(TestService.Patience);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => submit.WaitAsync(TestService.Patience));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Submit_stopped_just_before_it_is_sent_sends_nothing()
    {
        await using var lab = new TestService(retries: 5);
        using var cancel = new CancellationTokenSource();
        lab.BeforeSending = async _ => await cancel.CancelAsync(); // It continues all the same.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => lab.Client.SubmitAsync(TestService.Car, cancel.Token).WaitAsync(TestService.Patience));
        Assert.Empty(lab.Sandbox.Jobs);
        Assert.DoesNotContain(lab.Sandbox.Requests, request => request.Body.Length > 0);
    }

    [Fact]
    public async Task Sent_submit_is_not_interrupted_and_returns_its_job()
    {
        await using var lab = new TestService();
        var release = new TaskCompletionSource();
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(release.Task));
        using var cancel = new CancellationTokenSource();
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car, cancel.Token);
        await lab.Sandbox.WaitForRequestAsync(_ => true).WaitAsync(TestService.Patience);
        await cancel.CancelAsync();
        Assert.False(submit.IsCompleted);
        release.SetResult();
        LumaJob job = await submit.WaitAsync(TestService.Patience);
        Assert.Equal(Assert.Single(lab.Sandbox.Jobs).JobId, job.JobId);
    }

    [Fact]
    public async Task Sent_submit_that_is_refused_temporarily_is_not_sent_again_after_a_stop()
    {
        await using var lab = new TestService(retries: 5);
        var release = new TaskCompletionSource();
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "slow down", ("Retry-After", "0")).AfterRelease(release.Task));
        using var cancel = new CancellationTokenSource();
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car, cancel.Token);
        await lab.Sandbox.WaitForRequestAsync(_ => true).WaitAsync(TestService.Patience);
        await cancel.CancelAsync();
        release.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => submit.WaitAsync(TestService.Patience));
        Assert.Equal(1, lab.Sandbox.SubmitCount);
    }

    [Fact]
    public async Task HTTP_429_that_names_a_job_is_unconfirmed_and_not_sent_again()
    {
        await using var lab = new TestService(retries: 3);
        LumaException failure = await UnconfirmedAsync(lab, SandboxFault.Reply(429, "application/json",
            """{"status":"FAILED","message":"slow down","jobId":"6eb34b44-64c8-4629-a0a1-608737de9583"}""", ("Retry-After", "0")));
        Assert.Contains("6eb34b44-64c8-4629-a0a1-608737de9583", failure.Message + failure.JobId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_timeout_means_that_nothing_was_sent()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var lab = new TestService();
        var client = new LumaClient(lab.Connect(server.Address("https"), connectTimeout: TimeSpan.FromSeconds(0.3)));
        LumaException failure = await TestService.FailureAsync(client.SubmitAsync(TestService.Car));
        Assert.Equal(LumaErrorId.LumaNetworkError, failure.ErrorId);
        Assert.Contains("nothing was charged", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<LumaException> UnconfirmedAsync(TestService lab, SandboxFault fault)
    {
        lab.Sandbox.Misbehave(SandboxTarget.Submit, fault);
        LumaException failure = await TestService.FailureAsync(lab.Client.SubmitAsync(TestService.Car));
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, failure.ErrorId);
        Assert.Equal(1, lab.Sandbox.SubmitCount);
        return failure;
    }
}
