namespace Luma.Tests;

public sealed class RequestRateLimiterTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Burst_of_half_a_minute_of_polls_is_followed_by_20_per_second()
    {
        var pace = new RequestRateLimiter(20, _time);
        Assert.Equal(600, Take(pace, 1000));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, Take(pace, 1000));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, Take(pace, 1000));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(600, Take(pace, 1000));
    }

    [Fact]
    public void Exhausted_limiter_returns_the_time_of_the_next_ten_requests()
    {
        var pace = new RequestRateLimiter(20, _time);
        Take(pace, 600);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(TimeSpan.FromSeconds(0.5), pace.TryTake() - _time.GetUtcNow());
            _time.Advance(TimeSpan.FromSeconds(0.4));
            Assert.Equal(0, Take(pace, 1000));
            _time.Advance(TimeSpan.FromSeconds(0.1));
            Assert.Equal(10, Take(pace, 1000));
        }
    }

    [Fact]
    public void Low_rate_saves_up_no_burst()
    {
        var pace = new RequestRateLimiter(20, _time);
        for (int i = 0; i < 10; i++) pace.SlowDown(TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromSeconds(2), pace.TryTake() - _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, Take(pace, 1000));
    }

    [Fact]
    public void Request_is_allowed_at_the_returned_time()
    {
        var pace = new RequestRateLimiter(7, _time); // Whose times are no whole ticks.
        Take(pace, 1000);
        for (int i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(1 + i));
            if (pace.TryTake() is not { } then) continue;
            _time.Advance(then - _time.GetUtcNow());
            for (int ticks = 0; pace.TryTake() is { } later; ticks++)
            {
                Assert.True(later > _time.GetUtcNow() && ticks < 2);
                _time.Advance(later - _time.GetUtcNow());
            }
        }
    }

    [Fact]
    public void HTTP_429_removes_the_burst_halves_the_rate_and_waits_for_Retry_After()
    {
        var pace = new RequestRateLimiter(20, _time);
        pace.SlowDown(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(40), pace.TryTake() - _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(40));
        Take(pace, 1000);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Take(pace, 1000));
    }

    [Fact]
    public void Answers_restore_the_rate()
    {
        var pace = new RequestRateLimiter(20, _time);
        for (int i = 0; i < 10; i++) pace.SlowDown(null);
        for (int i = 0; i < 200; i++) pace.Recover();
        _time.Advance(TimeSpan.FromHours(1));
        Take(pace, 1000);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, Take(pace, 1000));
    }

    [Fact]
    public void Clock_that_is_set_back_delays_nothing()
    {
        var pace = new RequestRateLimiter(20, _time);
        Take(pace, 600);
        _time.SetWallClock(TimeSpan.FromHours(-1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, Take(pace, 1000));
    }

    private static int Take(RequestRateLimiter pace, int most)
    {
        int taken = 0;
        while (taken < most && pace.TryTake() is null) taken++;
        return taken;
    }
}
