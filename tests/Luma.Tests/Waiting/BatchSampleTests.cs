namespace Luma.Tests;

/// <summary>What the first jobs of a wait tell of the others.</summary>
public class BatchSampleTests
{
    private static readonly TimeSpan _eight = TimeSpan.FromSeconds(8);

    [Fact]
    public void It_has_room_for_sixteen()
    {
        var sample = new BatchSample();
        Assert.Equal(Enumerable.Range(0, 16).Select(number => (int?)number), Enumerable.Range(0, 16).Select(_ => sample.Join()));
        Assert.Null(sample.Join());
    }

    [Fact]
    public void Job_is_not_polled_at_an_age_at_which_the_sample_was_still_running()
    {
        BatchSample sample = Full();
        Assert.True(sample.IsTooYoung(_eight));
        Assert.True(sample.IsTooYoung(TimeSpan.FromSeconds(3)));
        Assert.True(sample.IsTooYoung(TimeSpan.FromSeconds(9.9)));
        Assert.False(sample.IsTooYoung(TimeSpan.FromSeconds(10.1)));
    }

    [Fact]
    public void Sample_decides_nothing_until_all_of_it_has_answered()
    {
        var sample = new BatchSample();
        for (int i = 0; i < 15; i++) sample.SeenRunning(sample.Join()!.Value, _eight);
        Assert.False(sample.IsTooYoung(TimeSpan.FromSeconds(3)));
        int last = sample.Join()!.Value;
        Assert.False(sample.IsTooYoung(TimeSpan.FromSeconds(3)));
        sample.SeenRunning(last, _eight);
        Assert.True(sample.IsTooYoung(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void Job_is_polled_from_the_age_at_which_one_of_the_sample_had_ended()
    {
        BatchSample sample = Full();
        sample.SeenEnded(TimeSpan.FromSeconds(6));
        sample.SeenEnded(TimeSpan.FromSeconds(9));
        Assert.True(sample.IsTooYoung(TimeSpan.FromSeconds(5.9)));
        Assert.False(sample.IsTooYoung(TimeSpan.FromSeconds(6)));
    }

    [Fact]
    public void Jobs_older_than_12_s_are_always_polled()
    {
        BatchSample sample = Full(TimeSpan.FromSeconds(100));
        Assert.True(sample.IsTooYoung(TimeSpan.FromSeconds(12)));
        Assert.False(sample.IsTooYoung(TimeSpan.FromSeconds(12.1)));
    }

    private static BatchSample Full(TimeSpan? seenRunningAt = null)
    {
        var sample = new BatchSample();
        for (int i = 0; i < BatchSample.Size; i++) sample.SeenRunning(sample.Join()!.Value, seenRunningAt ?? _eight);
        return sample;
    }
}
