namespace Luma.Tests;

/// <summary>Whether a submit has left, when no answer tells.</summary>
public class SubmitCertaintyTests
{
    [Fact]
    public async Task A_cut_before_the_body_was_read_is_open()
    {
        await using var lab = new TestService(retries: 3);
        await UnconfirmedAsync(lab, SandboxFault.CloseBeforeReading());
        Assert.Empty(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task A_cut_after_the_job_was_made_is_open()
    {
        await using var lab = new TestService(retries: 3);
        await UnconfirmedAsync(lab, SandboxFault.CloseWithoutReply());
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task A_cut_within_the_head_of_the_answer_is_open()
    {
        await using var lab = new TestService(retries: 3);
        await UnconfirmedAsync(lab, SandboxFault.TruncateHead());
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cut_within_the_body_of_the_answer_is_open(bool withoutLength)
    {
        await using var lab = new TestService(retries: 3);
        SandboxFault cut = SandboxFault.TruncateBody(40);
        await UnconfirmedAsync(lab, withoutLength ? SandboxFault.NoContentLength(chunked: false).And(cut) : cut);
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_open()
    {
        await using var lab = new TestService(retries: 3, timeout: TimeSpan.FromSeconds(1.5));
        LumaException failure = await UnconfirmedAsync(lab, SandboxFault.Hang());
        Assert.Contains("1.5 s", failure.Message, StringComparison.Ordinal);
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task An_answer_that_stops_on_its_way_is_open()
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
    public async Task A_pooled_connection_that_breaks_under_the_submit_leaves_it_open()
    {
        await using var lab = new TestService(retries: 3);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.ResetOnNextRequest());
        await lab.SubmitAsync();
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, (await TestService.FailureAsync(lab.Client.SubmitAsync(TestService.Car))).ErrorId);

        // What breaks the connection is not recorded; anything sent again would be.
        Assert.Equal(1, lab.Sandbox.SubmitCount);
    }

    [Fact]
    public async Task A_refused_connection_means_that_nothing_left()
    {
        await using var lab = new TestService();
        LumaConnection nowhere = lab.Connect(new Uri($"http://127.0.0.1:{RawServer.ClosedPort()}/"));
        LumaException failure = await TestService.FailureAsync(new LumaClient(nowhere).SubmitAsync(TestService.Car));
        Assert.Equal(LumaErrorId.LumaNetworkError, failure.ErrorId);
        Assert.Contains("nothing was charged", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_TLS_handshake_that_hangs_means_that_nothing_left()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var lab = new TestService();
        LumaConnection secure = lab.Connect(server.Address("https"), timeout: TimeSpan.FromSeconds(0.3));
        Assert.Equal(
            LumaErrorId.LumaNetworkError, (await TestService.FailureAsync(new LumaClient(secure).SubmitAsync(TestService.Car))).ErrorId);
    }

    [Fact]
    public async Task What_never_left_is_tried_again_as_often_as_asked_for()
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
    public async Task A_submit_that_was_stopped_before_it_began_sends_nothing()
    {
        await using var lab = new TestService();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lab.Client.SubmitAsync(TestService.Car, new CancellationToken(true)));
        Assert.Equal(0, lab.Sandbox.RequestCount);
    }

    [Fact]
    public async Task A_submit_that_was_stopped_before_it_left_sends_nothing()
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
    public async Task A_submit_that_was_stopped_just_before_it_left_sends_nothing()
    {
        await using var lab = new TestService(retries: 5);
        using var cancel = new CancellationTokenSource();
        lab.BeforeSending = async _ => await cancel.CancelAsync(); // It goes on all the same.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => lab.Client.SubmitAsync(TestService.Car, cancel.Token).WaitAsync(TestService.Patience));
        Assert.Empty(lab.Sandbox.Jobs);
        Assert.DoesNotContain(lab.Sandbox.Requests, request => request.Body.Length > 0);
    }

    [Fact]
    public async Task A_submit_that_has_left_is_not_cut_and_gives_its_job()
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
    public async Task A_submit_that_has_left_and_is_refused_for_now_is_not_sent_again_once_stopped()
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
    public async Task Too_many_submits_with_a_job_in_the_answer_is_open_and_not_sent_again()
    {
        await using var lab = new TestService(retries: 3);
        LumaException failure = await UnconfirmedAsync(lab, SandboxFault.Reply(429, "application/json",
            """{"status":"FAILED","message":"slow down","jobId":"6eb34b44-64c8-4629-a0a1-608737de9583"}""", ("Retry-After", "0")));
        Assert.Contains("6eb34b44-64c8-4629-a0a1-608737de9583", failure.Message + failure.JobId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_means_that_nothing_left()
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
