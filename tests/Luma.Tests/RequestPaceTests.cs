namespace Luma.Tests;

public sealed class RequestPaceTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Half_a_minute_of_questions_may_go_out_at_once_and_then_20_a_second()
    {
        var pace = new RequestPace(20, _time);
        Assert.Equal(600, Take(pace, 1000));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, Take(pace, 1000));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, Take(pace, 1000));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(600, Take(pace, 1000));
    }

    [Fact]
    public void It_says_when_the_next_one_may_go()
    {
        var pace = new RequestPace(20, _time);
        Take(pace, 600);
        Assert.Equal(TimeSpan.FromSeconds(0.05), pace.TryTake() - _time.GetUtcNow());
    }

    [Fact]
    public void A_429_takes_the_savings_halves_the_pace_and_waits_as_long_as_it_is_asked_to()
    {
        var pace = new RequestPace(20, _time);
        pace.SlowDown(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(40), pace.TryTake() - _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(40));
        Take(pace, 1000);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Take(pace, 1000));
    }

    [Fact]
    public void Answers_bring_the_pace_back()
    {
        var pace = new RequestPace(20, _time);
        for (int i = 0; i < 10; i++) pace.SlowDown(null);
        for (int i = 0; i < 200; i++) pace.Recover();
        _time.Advance(TimeSpan.FromHours(1));
        Take(pace, 1000);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, Take(pace, 1000));
    }

    [Fact]
    public void A_clock_that_is_set_back_holds_nothing_up()
    {
        var pace = new RequestPace(20, _time);
        Take(pace, 600);
        _time.SetWallClock(TimeSpan.FromHours(-1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, Take(pace, 1000));
    }

    private static int Take(RequestPace pace, int most)
    {
        int taken = 0;
        while (taken < most && pace.TryTake() is null) taken++;
        return taken;
    }
}
