namespace Luma.Tests;

/// <summary>The slowdown that all submits of a connection share.</summary>
public class SubmitGateTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly SubmitGate _gate;

    public SubmitGateTests() => _gate = new SubmitGate(_time);

    [Fact]
    public async Task It_is_open_to_all_until_one_is_refused()
    {
        for (int i = 0; i < 3; i++) Assert.Equal(0, await EnterAsync());
        _gate.Refused(0, TimeSpan.FromSeconds(10));
        Assert.False(EnterAsync().IsCompleted);
    }

    [Fact]
    public async Task After_the_wait_one_goes_ahead_and_the_others_follow_when_it_is_let_in()
    {
        _gate.Refused(0, TimeSpan.FromSeconds(10));
        Task<int>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => EnterAsync())];
        _time.Advance(TimeSpan.FromSeconds(10));
        Task<int> ahead = await Task.WhenAny(waiting);
        Assert.Equal(1, await ahead);
        _gate.Accepted();
        int[] tickets = await Task.WhenAll(waiting);
        Assert.Equal(4, tickets.Count(ticket => ticket == 0)); // They came through an open gate, not as the one ahead.
    }

    [Fact]
    public async Task When_the_one_ahead_is_refused_all_wait_longer()
    {
        _gate.Refused(0, null);
        await OpensAfterAsync(0.75, 1.25);
        _gate.Refused(1, null);
        await OpensAfterAsync(1.5, 2.5);
        _gate.Refused(2, null);
        await OpensAfterAsync(3, 5);
        for (int ticket = 3; ticket < 12; ticket++)
        {
            _gate.Refused(ticket, null);
            Task<int> next = EnterAsync();
            _time.Advance(TimeSpan.FromSeconds(37.5)); // 30 s and a quarter is the longest.
            Assert.Equal(ticket + 1, await next);
        }
    }

    [Fact]
    public async Task When_the_one_ahead_ends_in_another_way_the_next_goes_ahead()
    {
        _gate.Refused(0, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        int ticket = await EnterAsync();
        Task<int> next = EnterAsync();
        Assert.False(next.IsCompleted);
        _gate.Left(ticket);
        Assert.Equal(1, await next);
    }

    [Fact]
    public async Task Submits_that_were_refused_together_count_as_one_refusal()
    {
        for (int i = 0; i < 4; i++) _gate.Refused(0, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await EnterAsync());
    }

    [Fact]
    public async Task The_longest_wait_that_was_asked_for_counts()
    {
        _gate.Refused(0, TimeSpan.FromSeconds(60));
        _gate.Refused(0, TimeSpan.FromSeconds(5));
        Task<int> waiting = EnterAsync();
        _time.Advance(TimeSpan.FromSeconds(59));
        await _time.WaitForTimersAsync(1, due => due <= TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await waiting;
    }

    [Fact]
    public async Task A_refusal_counts_also_when_an_earlier_submit_was_let_in_meanwhile()
    {
        _gate.Refused(0, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        int ticket = await EnterAsync();
        _gate.Accepted(); // One that had been in progress all the time.
        _gate.Refused(ticket, TimeSpan.FromSeconds(20));
        Assert.False(EnterAsync().IsCompleted);
    }

    [Fact]
    public async Task Stopping_one_that_waits_lets_the_others_be()
    {
        _gate.Refused(0, TimeSpan.FromSeconds(10));
        using var cancel = new CancellationTokenSource();
        Task<int> stopped = _gate.EnterAsync(cancel.Token);
        Task<int> waiting = EnterAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped.WaitAsync(TestService.Patience));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, await waiting);
    }

    [Fact]
    public async Task Clock_that_is_set_back_delays_nothing()
    {
        _gate.Refused(0, TimeSpan.FromSeconds(10));
        _time.SetWallClock(TimeSpan.FromHours(-1));
        Task<int> waiting = EnterAsync();
        await _time.WaitForTimersAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, await waiting);
    }

    [Fact]
    public void Time_without_a_free_slot_is_measured_by_a_monotonic_clock()
    {
        _time.SetWallClock(TimeSpan.FromHours(1));
        _gate.Accepted();
        _time.SetWallClock(TimeSpan.FromHours(-2));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(TimeSpan.FromMinutes(10), _gate.Now - _gate.LastAccepted);
    }

    [Fact]
    public async Task Submits_that_wait_during_an_outage_fail_together()
    {
        var failure = new HttpRequestException("Connection refused");
        DateTimeOffset entered = _gate.Now;
        Assert.False(_gate.IsGivenUp(0, entered, failure, mostTries: 3));
        Assert.False(_gate.IsGivenUp(0, entered, failure, mostTries: 3)); // It left at the same time: the same try.
        Assert.Equal("Connection refused, try 2 of 3", _gate.Outage!.ToString());
        Task<int> probe = EnterAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_gate.IsGivenUp(await probe, _gate.Now, failure, mostTries: 3));
        Task<int>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => EnterAsync())];
        _time.Advance(TimeSpan.FromSeconds(4));
        int last = await await Task.WhenAny(waiting);
        Assert.True(_gate.IsGivenUp(last, _gate.Now, failure, mostTries: 3));
        int[] tickets = await Task.WhenAll(waiting);
        Assert.Equal(4, tickets.Count(ticket => ticket == SubmitGate.GivenUp));
        Assert.Same(failure, _gate.GivenUpFor);
        Assert.Null(_gate.Outage);
    }

    [Fact]
    public async Task Outage_fails_submits_after_half_a_minute_regardless_of_remaining_retries()
    {
        DateTimeOffset entered = _gate.Now;
        _time.Advance(TimeSpan.FromSeconds(15)); // Nobody refuses; the attempt just takes its time.
        Assert.False(_gate.IsGivenUp(0, entered, new TimeoutException(), mostTries: 100));
        Task<int> probe = EnterAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        int ticket = await probe;
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.True(_gate.IsGivenUp(ticket, entered + TimeSpan.FromSeconds(17), new TimeoutException(), mostTries: 100));
    }

    [Fact]
    public async Task After_an_outage_the_next_submit_may_try_immediately()
    {
        DateTimeOffset entered = _gate.Now;
        Assert.True(_gate.IsGivenUp(0, entered, new HttpRequestException(), mostTries: 1));
        Assert.True(_gate.IsGivenUp(0, entered, new HttpRequestException(), mostTries: 9)); // It was on its way with that one.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await EnterAsync());
    }

    private Task<int> EnterAsync() => _gate.EnterAsync(CancellationToken.None).WaitAsync(TestService.Patience);

    private async Task OpensAfterAsync(double least, double most)
    {
        Task<int> waiting = EnterAsync();
        _time.Advance(TimeSpan.FromSeconds(least - 0.001));
        await _time.WaitForTimersAsync(1, due => due <= TimeSpan.FromSeconds(most - least + 0.001));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(most - least + 0.002));
        await waiting;
    }
}
