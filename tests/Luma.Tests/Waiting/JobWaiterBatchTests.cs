namespace Luma.Tests;

/// <summary>A batch leaves questions out to which its first jobs have given the answer.</summary>
public class JobWaiterBatchTests
{
    private const int Others = 24;
    private static readonly TimeSpan _older = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Jobs_are_not_asked_about_at_an_age_at_which_the_first_ones_still_ran()
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
    public async Task No_two_questions_in_a_row_are_left_out()
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
    public async Task An_odd_one_out_is_noticed_one_question_later()
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
    public async Task Once_a_job_was_done_at_an_age_all_are_asked_about_from_it_on()
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
    public async Task The_last_question_before_the_time_is_up_is_asked()
    {
        await using var waiting = new Waiting(timeout: TimeSpan.FromSeconds(5.5), jobSeconds: 60);
        await AddSampleAsync(waiting);
        LumaJob[] others = await AddOthersAsync(waiting);
        await waiting.RunAsync(BatchSample.Size + Others);
        Assert.All(others, job => Assert.InRange(TimesOf(waiting, job)[0], waiting.Start.AddSeconds(3), waiting.Start.AddSeconds(3.5)));
    }

    [Fact]
    public async Task Jobs_that_are_old_already_are_asked_about_at_once()
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
