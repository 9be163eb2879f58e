using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>Whatever a Retry-After says, the wait is from nothing to two minutes, or the answer does not say.</summary>
public sealed class RetryAfterProperties(ITestOutputHelper output) : PropertyTest(output)
{
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(2);

    [Fact]
    public void Any_header_is_a_wait_within_bounds_or_none() =>
        Holds(from headers in Gen.Frequency((3, Header.Select(one => new[] { one })), (1, Header.ArrayOf())) from now in Now
            select (headers, now), input =>
        {
            using var response = new HttpResponseMessage();
            foreach (string header in input.headers) response.Headers.TryAddWithoutValidation("Retry-After", header);
            if (RetryAfter.From(response.Headers.RetryAfter, input.now) is { } wait) Assert.InRange(wait, TimeSpan.Zero, _longest);
        });

    [Fact]
    public void Seconds_and_dates_are_understood() =>
        Holds(from seconds in Gen.Choose(0, 100_000) from now in Gen.Choose(0, 2_000_000_000) from isDate in Gen.Elements(true, false)
            select (seconds, now: DateTimeOffset.FromUnixTimeSeconds(now), isDate), input =>
        {
            using var response = new HttpResponseMessage();
            string text = input.isDate ? input.now.AddSeconds(input.seconds).ToString("r", CultureInfo.InvariantCulture)
                : input.seconds.ToString(CultureInfo.InvariantCulture);
            Assert.True(response.Headers.TryAddWithoutValidation("Retry-After", text));
            Assert.Equal(TimeSpan.FromSeconds(Math.Min(120, input.seconds)), RetryAfter.From(response.Headers.RetryAfter, input.now));
        });

    private static Gen<string> Header => Gen.OneOf(
        Any.Text,
        Gen.Choose(int.MinValue, int.MaxValue).Select(seconds => seconds.ToString(CultureInfo.InvariantCulture)),
        Any.Time.Select(time => time.ToString("r", CultureInfo.InvariantCulture)),
        Any.Time.Select(time => time.ToString("o", CultureInfo.InvariantCulture)),
        Gen.Elements(
            "99999999999999999999", "1.5", " 3 ", "+3", "0x10", "Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:00 GMT",
            "Sun Nov  6 08:49:37 1994", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"));

    private static Gen<DateTimeOffset> Now => Gen.OneOf(
        Gen.Choose(0, 2_000_000_000).Select(seconds => DateTimeOffset.FromUnixTimeSeconds(seconds)),
        Gen.Elements(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
}
