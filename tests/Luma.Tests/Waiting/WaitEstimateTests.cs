namespace Luma.Tests;

/// <summary>How long a wait will still take, by what the journal has seen.</summary>
public class WaitEstimateTests
{
    private static readonly DateTime _now = new(2025, 1, 2, 3, 4, 5, DateTimeKind.Local);

    [Fact]
    public async Task Estimate_is_the_rest_of_the_median_of_the_mode_for_the_longest_job()
    {
        WaitEstimate estimate = await WithHistoryAsync(
            [.. Ended("fast", 50, 100, 900), .. Ended(null, 400, 500, 600)], Waiting("fast", 20), Waiting("fast", 70));
        Assert.Equal(TimeSpan.FromSeconds(80), estimate.Remaining(_now));
        estimate.Add(Waiting("relax", 100));
        Assert.Equal(TimeSpan.FromSeconds(400), estimate.Remaining(_now));
    }

    [Fact]
    public async Task Jobs_that_have_ended_count_no_more()
    {
        LumaJob slow = Waiting("relax", 100);
        WaitEstimate estimate =
            await WithHistoryAsync([.. Ended("fast", 100, 100, 100), .. Ended("relax", 500, 500, 500)], Waiting("fast", 20), slow);
        estimate.Remove(slow);
        Assert.Equal(TimeSpan.FromSeconds(80), estimate.Remaining(_now));
    }

    [Fact]
    public async Task No_estimate_with_too_few_finished_jobs() =>
        Assert.Null((await WithHistoryAsync(Ended("fast", 100, 100), Waiting("fast", 20))).Remaining(_now));

    [Fact]
    public async Task No_estimate_for_a_job_that_takes_longer_than_the_median() =>
        Assert.Null((await WithHistoryAsync(Ended("fast", 100, 100, 100), Waiting("fast", 20), Waiting("fast", 101))).Remaining(_now));

    [Fact]
    public async Task No_estimate_for_a_job_of_unknown_age() =>
        Assert.Null(
            (await WithHistoryAsync(Ended("fast", 100, 100, 100), Waiting("fast", 20), Waiting("fast", 20) with { SubmittedAt = null }))
                .Remaining(_now));

    [Fact]
    public async Task Failed_jobs_and_ends_that_were_seen_the_next_day_do_not_count()
    {
        LumaJob[] failed = [.. Ended("fast", 1, 1, 1).Select(job => job with { Status = LumaJobStatus.Failed })];
        WaitEstimate estimate =
            await WithHistoryAsync([.. failed, .. Ended("fast", 100, 100, 100, 90_000, 90_000, 90_000, 90_000)], Waiting("fast", 20));
        Assert.Equal(TimeSpan.FromSeconds(80), estimate.Remaining(_now));
    }

    [Fact]
    public async Task Unreadable_journal_is_not_an_error()
    {
        var estimate = new WaitEstimate(_ => throw new LumaException(LumaErrorId.LumaJournalError, "no"));
        estimate.Add(Waiting("fast", 20));
        Assert.Null(estimate.Remaining(_now));
        await estimate.ReadAsync();
        Assert.Null(estimate.Remaining(_now));
    }

    private static async Task<WaitEstimate> WithHistoryAsync(IReadOnlyList<LumaJob> history, params LumaJob[] waiting)
    {
        int reads = 0;
        var estimate = new WaitEstimate(service =>
        {
            Assert.Equal(("a", 1), (service, ++reads)); // Once, however often it is asked for.
            return history;
        });
        foreach (LumaJob job in waiting) estimate.Add(job);
        estimate.Remaining(_now);
        await estimate.ReadAsync();
        return estimate;
    }

    private static LumaJob Waiting(string? mode, double age) =>
        new() { JobId = LumaJob.NewId(), Service = "a", Mode = mode, SubmittedAt = _now.AddSeconds(-age) };

    private static LumaJob[] Ended(string? mode, params double[] seconds) =>
        [.. seconds.Select(
            time => Waiting(mode, 100_000) with { Status = LumaJobStatus.Succeeded, CompletedAt = _now.AddSeconds(time - 100_000) })];
}
