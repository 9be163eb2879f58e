namespace Luma.Tests;

/// <summary>A batch leaves questions out to which its first jobs have given the answer.</summary>
public class JobWaiterBatchTests
{
    private const int Others = 24;
    private static readonly TimeSpan _older = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Jobs_are_not_polled_at_an_age_at_which_the_first_ones_were_still_running()
    {
        await using var waiting = new Waiting(jobSeconds: 5);
        await AddSampleAsync(waiting);
        LumaJob[] others = await AddOthersAsync(waiting);
        JobWaitResult[] ends = await waiting.RunAsync(BatchSample.Size + Others);
        Assert.All(ends, end => Assert.Equal((LumaJobStatus.Succeeded, null), (end.Job.Status, end.Error)));
        // As late as with it.
        Assert.All(others,
            job => Assert.InRange(Assert.Single(TimesOf(waiting, job)), waiting.Start.AddSeconds(5.5), waiting.Start.AddSeconds(6.8)));
    }

    [Fact]
    public async Task No_two_polls_in_a_row_are_skipped()
    {
        await using var waiting = new Waiting(jobSeconds: 40);
        await AddSampleAsync(waiting, "fast");
        LumaJob[] others = await AddOthersAsync(waiting, "fast");
        await waiting.RunAsync(BatchSample.Size + Others);
        foreach (LumaJob job in others)
        {
            DateTimeOffset[] times = [waiting.Start, .. TimesOf(waiting, job)];
            Assert.InRange((times[1] - times[0]).TotalSeconds, 5.5, 6.8); // Not at 3 s.
            // At 9 s hardly, then every 6 s.
            Assert.All(times.Zip(times.Skip(1)), gap => Assert.InRange((gap.Second - gap.First).TotalSeconds, 0, 10.5));
        }
    }

    [Fact]
    public async Task Exceptional_job_is_noticed_one_poll_later()
    {
        int submitted = 0;
        await using var waiting = new Waiting(secondsFor: _ => ++submitted == BatchSample.Size + 1 ? 1 : 60);
        await AddSampleAsync(waiting);
        LumaJob[] others = await AddOthersAsync(waiting);
        JobWaitResult end = Assert.Single(await waiting.RunAsync());
        Assert.Equal(others[0].JobId, end.Job.JobId);
        Assert.InRange(waiting.Passed.TotalSeconds, 5.5, 6.8);
    }

    [Fact]
    public async Task All_jobs_are_polled_from_the_age_at_which_one_had_finished()
    {
        int submitted = 0;
        await using var waiting = new Waiting(secondsFor: _ => ++submitted == 1 ? 1 : 5);
        await AssertOthersAreAskedTwiceAsync(waiting);
    }

    [Fact]
    public async Task The_users_interval_is_kept()
    {
        await using var waiting = new Waiting(interval: TimeSpan.FromSeconds(3), jobSeconds: 5);
        await AssertOthersAreAskedTwiceAsync(waiting);
    }

    [Fact]
    public async Task Last_poll_before_the_timeout_is_sent()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(5.5), jobSeconds: 60);
        await AddSampleAsync(waiting);
        LumaJob[] others = await AddOthersAsync(waiting);
        await waiting.RunAsync(BatchSample.Size + Others);
        Assert.All(others, job => Assert.InRange(TimesOf(waiting, job)[0], waiting.Start.AddSeconds(3), waiting.Start.AddSeconds(3.5)));
    }

    [Fact]
    public async Task Old_jobs_are_polled_immediately()
    {
        await using var waiting = new Waiting(jobSeconds: 600);
        await AddSampleAsync(waiting);
        await waiting.TestService.RunAsync(waiting.Time, Task.Delay(TimeSpan.FromSeconds(30), waiting.Time), TimeSpan.FromSeconds(0.25));
        LumaJob late = await waiting.AddAsync(TimeSpan.FromSeconds(10));
        await waiting.Sandbox.WaitForRequestAsync(request => IsAbout(request, late)).WaitAsync(TestService.Patience); // No time passes.
    }

    private static async Task AssertOthersAreAskedTwiceAsync(Waiting waiting)
    {
        await AddSampleAsync(waiting);
        LumaJob[] others = await AddOthersAsync(waiting);
        await waiting.RunAsync(BatchSample.Size + Others);
        Assert.All(others, job => Assert.Equal(2, TimesOf(waiting, job).Length));
    }

    // A second older than the others, so that their answers are there in time.
    private static async Task AddSampleAsync(Waiting waiting, string? mode = null)
    {
        for (int i = 0; i < BatchSample.Size; i++) await waiting.AddAsync(_older, mode);
    }

    private static async Task<LumaJob[]> AddOthersAsync(Waiting waiting, string? mode = null)
    {
        var jobs = new List<LumaJob>();
        for (int i = 0; i < Others; i++) jobs.Add(await waiting.AddAsync(mode: mode));
        return [.. jobs];
    }

    private static DateTimeOffset[] TimesOf(Waiting waiting, LumaJob job) =>
        [.. waiting.Fetches.Where(fetch => IsAbout(fetch, job)).Select(fetch => fetch.ReceivedAt)];

    private static bool IsAbout(SandboxRequest request, LumaJob job) =>
        request.Target == SandboxTarget.Fetch && request.Query.Contains(job.JobId!, StringComparison.OrdinalIgnoreCase);
}
