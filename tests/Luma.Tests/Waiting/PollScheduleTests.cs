namespace Luma.Tests;

public class PollScheduleTests
{
    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(5, 3, 3)]
    [InlineData(6, 3, 3)]
    [InlineData(10, 5, 5)]
    [InlineData(12, 6, 6)]
    [InlineData(20, 6, 10)]
    [InlineData(30, 6, 15)]
    [InlineData(3600, 6, 15)]
    [InlineData(10_000_000, 6, 15)]
    public void It_is_half_the_age_within_the_bounds_of_the_mode(double age, double fast, double other)
    {
        Assert.Equal(fast, PollSchedule.Next(TimeSpan.FromSeconds(age), true, null, 0.5).TotalSeconds, 6);
        Assert.Equal(other, PollSchedule.Next(TimeSpan.FromSeconds(age), false, null, 0.5).TotalSeconds, 6);
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(0.5, 1)]
    [InlineData(1, 1.1)]
    public void It_varies_by_a_tenth(double random, double factor)
    {
        Assert.Equal(15 * factor, PollSchedule.Next(TimeSpan.FromHours(1), false, null, random).TotalSeconds, 6);
        Assert.Equal(2 * factor, PollSchedule.Next(TimeSpan.FromHours(1), false, TimeSpan.FromSeconds(2), random).TotalSeconds, 6);
    }
}
