using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>No job is polled without pause, and none is forgotten.</summary>
public sealed class PollScheduleProperties(ITestOutputHelper output) : PropertyTest(output)
{
    [Fact]
    public void Next_poll_is_within_its_bounds() =>
        Holds(from ticks in Age from isFast in Gen.Elements(true, false) from percent in Gen.Choose(0, 100)
            select (age: new TimeSpan(ticks), isFast, random: percent / 100.0), input =>
        {
            TimeSpan next = PollSchedule.Next(input.age, input.isFast, null, input.random);
            double half = Math.Clamp(input.age.TotalSeconds / 2, 3, input.isFast ? 6 : 15);
            Assert.InRange(next.TotalSeconds, (half * 0.9) - 0.001, (half * 1.1) + 0.001);
        });

    [Fact]
    public void A_chosen_interval_is_kept() =>
        Holds(from age in Age from seconds in Gen.Choose(0, int.MaxValue) from isFast in Gen.Elements(true, false)
            from percent in Gen.Choose(0, 100)
            select (age: new TimeSpan(age), interval: TimeSpan.FromSeconds(seconds), isFast, random: percent / 100.0), input =>
        {
            TimeSpan next = PollSchedule.Next(input.age, input.isFast, input.interval, input.random);
            Assert.InRange(next, input.interval * 0.9, input.interval * 1.1);
        });

    [Fact]
    public void Intervals_between_polls_never_shrink() =>
        Holds(from age in Age from later in Age from isFast in Gen.Elements(true, false)
            select (age: new TimeSpan(Math.Min(age, later)), later: new TimeSpan(Math.Max(age, later)), isFast), input =>
            Assert.True(PollSchedule.Next(input.age, input.isFast, null, 0.5) <= PollSchedule.Next(input.later, input.isFast, null, 0.5)));

    // Of any job: one of tomorrow, by a clock that was set back, and one of all time.
    private static Gen<long> Age => Gen.OneOf(
        Gen.Choose(-10, 100_000).Select(seconds => seconds * TimeSpan.TicksPerSecond),
        Gen.Choose(0, 40_000).Select(milliseconds => milliseconds * TimeSpan.TicksPerMillisecond),
        Gen.Elements(long.MinValue, long.MaxValue, 0, -1, 1));
}
