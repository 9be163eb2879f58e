using System.Globalization;

namespace Luma.Tests;

/// <summary>429 and 499: refusals for now, which are waited out.</summary>
public class SubmitWaitTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Rate_limited_submit_is_sent_again_until_it_is_accepted()
    {
        await using var lab = new TestService(retries: 5, time: _time);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "slow down"), SandboxFault.Reply(429, "text/plain", ""),
            SandboxFault.Status(429, "slow down"));
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car);
        await _time.SkipAsync(Task.WhenAny(submit));
        Assert.Equal(Assert.Single(lab.Sandbox.Jobs).JobId, (await submit).JobId);
        Assert.Equal(4, lab.Sandbox.SubmitCount);

        // 1, 2 and 4 s, a quarter more or less.
        double[] gaps = Gaps(lab);
        Assert.InRange(gaps[0], 0.74, 1.26);
        Assert.InRange(gaps[1], 1.49, 2.51);
        Assert.InRange(gaps[2], 2.99, 5.01);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Rate_limited_submit_is_retried_as_often_as_configured(int retries)
    {
        await using var lab = new TestService(retries, _time);
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(429, "slow down"));
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car);
        await _time.SkipAsync(Task.WhenAny(submit));
        LumaException failure = await TestService.FailureAsync(submit);
        Assert.Equal((LumaErrorId.LumaRateLimited, 429), (failure.ErrorId, (int)failure.StatusCode!));
        Assert.Equal(retries + 1, lab.Sandbox.SubmitCount);
    }

    [Theory]
    [InlineData(429, 7)]
    [InlineData(499, 45)]
    public async Task Submit_waits_for_the_seconds_of_Retry_After(int code, int seconds)
    {
        await using var lab = new TestService(retries: 1, time: _time);
        lab.Sandbox.Misbehave(
            SandboxTarget.Submit, SandboxFault.Status(code, "wait", ("Retry-After", seconds.ToString(CultureInfo.InvariantCulture))));
        await ReleasedAtAsync(lab, TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Submit_waits_for_the_date_of_Retry_After()
    {
        await using var lab = new TestService(retries: 1, time: _time);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(
            429, "wait", ("Retry-After", _time.GetUtcNow().AddSeconds(90).ToString("R", CultureInfo.InvariantCulture))));
        await ReleasedAtAsync(lab, TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Retry_After_is_limited_to_two_minutes()
    {
        await using var lab = new TestService(retries: 1, time: _time);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "wait", ("Retry-After", "86400")));
        await ReleasedAtAsync(lab, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Submit_waits_while_the_queue_is_full()
    {
        await using var lab = new TestService(retries: 0, time: _time);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, [.. Enumerable.Repeat(SandboxFault.Status(499, "full"), 8)]);
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car);
        await _time.SkipAsync(Task.WhenAny(submit));
        Assert.NotNull((await submit).JobId);
        Assert.Equal(9, lab.Sandbox.SubmitCount);
        Assert.Single(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task Queue_that_is_full_for_half_an_hour_is_an_error()
    {
        await using var lab = new TestService(retries: 0, time: _time);
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(499, "full"));
        DateTimeOffset start = _time.GetUtcNow();
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car);
        await _time.SkipAsync(Task.WhenAny(submit));
        LumaException failure = await TestService.FailureAsync(submit);
        Assert.Equal((LumaErrorId.LumaQueueFull, 499), (failure.ErrorId, (int)failure.StatusCode!));
        Assert.InRange((_time.GetUtcNow() - start).TotalMinutes, 30, 31);
        Assert.Empty(lab.Sandbox.Jobs);
    }

    [Fact]
    public async Task Setting_the_clock_does_not_change_the_time_limit()
    {
        await using var lab = new TestService(retries: 0, time: _time);
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(499, "full"));
        long start = _time.GetTimestamp();
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car);
        await _time.SkipAsync(Task.Delay(TimeSpan.FromMinutes(10), _time), 2);
        _time.SetWallClock(TimeSpan.FromHours(1));
        await _time.SkipAsync(Task.Delay(TimeSpan.FromMinutes(10), _time), 2);
        Assert.False(submit.IsCompleted);
        _time.SetWallClock(TimeSpan.FromHours(-2));
        await _time.SkipAsync(Task.WhenAny(submit));
        Assert.Equal(LumaErrorId.LumaQueueFull, (await TestService.FailureAsync(submit)).ErrorId);
        Assert.InRange(_time.GetElapsedTime(start).TotalMinutes, 30, 31);
    }

    [Fact]
    public async Task A_submit_that_cannot_be_counted_as_in_flight_does_not_hold_the_others_up()
    {
        await using var lab = new TestService(retries: 0, time: _time);
        lab.Connection.SubmitGate.Refused(0, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        var failing = new LumaClient(lab.Connection) { EnterInFlight = () => throw new IOException("No signal can be registered.") };
        await Assert.ThrowsAsync<IOException>(() => failing.SubmitAsync(TestService.Car));
        Assert.NotNull((await lab.Client.SubmitAsync(TestService.Car).WaitAsync(TestService.Patience)).JobId);
    }

    [Fact]
    public async Task Wait_for_a_full_queue_is_extended_while_other_jobs_are_accepted()
    {
        await using var lab = new TestService(retries: 0, time: _time);
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(499, "full"));
        DateTimeOffset start = _time.GetUtcNow();
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car);
        await _time.SkipAsync(Task.Delay(TimeSpan.FromMinutes(20), _time), 2);

        // A slot came free, and another's job got it.
        lab.Connection.SubmitGate.Accepted();
        await _time.SkipAsync(Task.WhenAny(submit));
        Assert.Equal(LumaErrorId.LumaQueueFull, (await TestService.FailureAsync(submit)).ErrorId);
        Assert.InRange((_time.GetUtcNow() - start).TotalMinutes, 50, 51);
    }

    [Fact]
    public async Task A_refusal_slows_all_submits_of_a_connection_and_one_goes_ahead()
    {
        await using var lab = new TestService(retries: 5, time: _time);
        var release = new TaskCompletionSource();
        SandboxFault refused = SandboxFault.Status(429, "slow down", ("Retry-After", "10"));
        lab.Sandbox.Misbehave(SandboxTarget.Submit, refused, SandboxFault.None.AfterRelease(release.Task));
        Task<LumaJob> first = lab.Client.SubmitAsync(TestService.Car);
        await _time.WaitForTimersAsync(1, due => due.TotalSeconds > 5);

        Task<LumaJob>[] others = [.. Enumerable.Range(0, 4).Select(_ => new LumaClient(lab.Connection).SubmitAsync(TestService.Car))];
        await _time.WaitForTimersAsync(5, due => due.TotalSeconds > 5);
        Assert.Equal(1, lab.Sandbox.SubmitCount);

        _time.Advance(TimeSpan.FromSeconds(10));
        await lab.Sandbox.WaitForRequestAsync(request => request.ReceivedAt == _time.GetUtcNow()).WaitAsync(TestService.Patience);
        _time.Advance(TimeSpan.FromSeconds(60)); // The one ahead has no answer yet.
        DateTimeOffset released = _time.GetUtcNow();
        release.SetResult();
        await Task.WhenAll([first, .. others]).WaitAsync(TestService.Patience);
        Assert.Equal(6, lab.Sandbox.SubmitCount);
        Assert.Equal(4, lab.Sandbox.Requests.Count(request => request.ReceivedAt >= released));
    }

    [Fact]
    public async Task Stopping_a_submit_that_waits_sends_nothing_more()
    {
        await using var lab = new TestService(retries: 5, time: _time);
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(429, "slow down"));
        using var cancel = new CancellationTokenSource();
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car, cancel.Token);
        await _time.WaitForTimersAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => submit.WaitAsync(TestService.Patience));
        Assert.Equal(1, lab.Sandbox.SubmitCount);
    }

    [Fact]
    public async Task Stopping_the_one_that_goes_ahead_does_not_hold_up_the_others()
    {
        await using var lab = new TestService(retries: 5, time: _time);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "slow down", ("Retry-After", "10")));
        using var cancel = new CancellationTokenSource();
        Task<LumaJob> ahead = lab.Client.SubmitAsync(TestService.Car, cancel.Token);
        await _time.WaitForTimersAsync(1, due => due.TotalSeconds > 5);
        var held = new TaskCompletionSource();
        lab.BeforeSending = async stop =>
        {
            held.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
        };
        _time.Advance(TimeSpan.FromSeconds(10));
        await held.Task.WaitAsync(TestService.Patience);
        lab.BeforeSending = null;
        Task<LumaJob> other = new LumaClient(lab.Connection).SubmitAsync(TestService.Car);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ahead.WaitAsync(TestService.Patience));
        Assert.NotNull((await other.WaitAsync(TestService.Patience)).JobId);
        Assert.Equal(2, lab.Sandbox.SubmitCount);
    }

    private async Task ReleasedAtAsync(TestService lab, TimeSpan wait)
    {
        Task<LumaJob> submit = lab.Client.SubmitAsync(TestService.Car);
        await _time.WaitForTimersAsync(1, due => due > wait / 2);
        DateTimeOffset refused = _time.GetUtcNow();
        _time.Advance(wait - TimeSpan.FromSeconds(0.1));
        await _time.WaitForTimersAsync(1, due => due <= TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, lab.Sandbox.SubmitCount);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await submit.WaitAsync(TestService.Patience);
        Assert.Equal(wait, lab.Sandbox.Requests[1].ReceivedAt - refused);
    }

    private static double[] Gaps(TestService lab) =>
        [.. lab.Sandbox.Requests.Zip(lab.Sandbox.Requests.Skip(1), (a, b) => (b.ReceivedAt - a.ReceivedAt).TotalSeconds)];
}
