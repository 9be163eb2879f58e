using System.Text.Json;

namespace Luma.Sandbox.Tests;

/// <summary>The life of a job.</summary>
public class JobTests
{
    [Fact]
    public async Task A_job_waits_runs_and_is_done()
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 4);
        string id = await f.SubmitAsync("""{"userPrompt":"a","imageUrl":"https://x.example/a.png"}""");

        JsonElement pending = await f.FetchAsync(id);
        Assert.Equal("PENDING_QUEUE", pending.GetProperty("status").GetString());
        Assert.Equal(id, pending.GetProperty("jobId").GetString());
        Assert.Equal(JsonValueKind.Null, pending.GetProperty("message").ValueKind);
        JsonElement data = pending.GetProperty("data");
        Assert.Equal("https://x.example/a.png", data.GetProperty("imageUrl").GetString());
        foreach (string open in new[] { "videoUrl", "quota", "width", "height" })
            Assert.Equal(JsonValueKind.Null, data.GetProperty(open).ValueKind);

        async Task<string?> StatusAfter(double seconds)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return (await f.FetchAsync(id)).GetProperty("status").GetString();
        }
        Assert.Equal("PENDING_QUEUE", await StatusAfter(0.79));
        Assert.Equal("ON_QUEUE", await StatusAfter(0.01));
        Assert.Equal("ON_QUEUE", await StatusAfter(3.19));
        Assert.Equal("SUCCESS", await StatusAfter(0.01));
    }

    [Fact]
    public async Task The_queue_takes_a_second_at_most()
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 1000);
        string id = await f.SubmitAsync();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ON_QUEUE", (await f.FetchAsync(id)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(10, 100, 10)]
    [InlineData(33, 100, 33)]
    [InlineData(100, 7, 7)]
    [InlineData(0, 100, 0)]
    public async Task So_many_of_a_hundred_fail(int percent, int jobs, int failed)
    {
        await using var f = new Fixture();
        f.Sandbox.FailPercent = percent;
        for (int i = 0; i < jobs; i++) await f.SubmitAsync();
        Assert.Equal(failed, f.Sandbox.Jobs.Count(job => job.WillFail));
    }

    [Fact]
    public async Task A_failed_job_says_so_and_has_no_video()
    {
        await using var f = new Fixture();
        f.Sandbox.FailPercent = 100;
        string id = await f.SubmitAsync();
        JsonElement answer = await f.FetchAsync(id);
        Assert.Equal("FAILED", answer.GetProperty("status").GetString());
        Assert.Equal(id, answer.GetProperty("jobId").GetString());
        Assert.Contains("told to fail", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("data").GetProperty("videoUrl").ValueKind);
        Assert.Null(f.Sandbox.VideoUrlFor(id));
    }

    [Fact]
    public async Task Settings_apply_to_later_jobs_only()
    {
        await using var f = new Fixture();
        f.Sandbox.JobSeconds = 100;
        await f.SubmitAsync();
        f.Sandbox.JobSecondsFor = job => job.Fields["userPrompt"].GetString()!.Length;
        f.Sandbox.VideoBytes = 1_000_000;
        string id = await f.SubmitAsync("""{"userPrompt":"four"}""");
        Assert.Equal([100, 4], f.Sandbox.Jobs.Select(job => job.Seconds));
        using Stream video = f.Sandbox.OpenVideo(id), before = f.Sandbox.OpenVideo(f.Sandbox.Jobs[0].JobId);
        Assert.Equal(1_000_000, video.Length);
        Assert.True(before.Length < 100_000);
    }

    [Fact]
    public async Task Error_in_the_users_function_is_reported()
    {
        await using var f = new Fixture();
        f.Sandbox.JobSecondsFor = _ => throw new InvalidOperationException("no idea");
        using HttpResponseMessage answer = await f.PostAsync("luma/v1/generations", """{"userPrompt":"a"}""");
        Assert.Equal(500, (int)answer.StatusCode);
        Assert.Contains("no idea", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        f.Sandbox.JobSecondsFor = _ => -1;
        using HttpResponseMessage negative = await f.PostAsync("luma/v1/generations", """{"userPrompt":"a"}""");
        Assert.Equal(500, (int)negative.StatusCode);
        Assert.Empty(f.Sandbox.Jobs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task The_hook_gets_what_a_fetch_gets(int failPercent)
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 5);
        // Another sandbox is a fine place to see a callback arrive.
        await using var hook = new Fixture();
        f.Sandbox.FailPercent = failPercent;
        string id = await f.SubmitAsync($$"""{"userPrompt":"a","hookUrl":"{{hook.Sandbox.BaseUri}}hook?x=1"}""");
        await time.WaitForTimersAsync();
        Assert.Equal(0, hook.Sandbox.RequestCount);

        time.Advance(TimeSpan.FromSeconds(5));
        SandboxRequest callback = await hook.Sandbox.WaitForRequestAsync(r => r.Path == "/hook").WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(("POST", "x=1", "application/json"), (callback.Method, callback.Query, callback.Headers["content-type"]));
        Assert.DoesNotContain("TT-API-KEY", callback.Headers.Keys);
        Assert.Equal(await f.Api.GetStringAsync($"luma/v1/fetch?jobId={id}"), callback.Body);
    }

    [Fact]
    public async Task A_hook_that_is_not_there_does_no_harm()
    {
        await using var f = new Fixture();
        await using var gone = new Fixture();
        Uri address = gone.Sandbox.BaseUri;
        await gone.Sandbox.DisposeAsync();
        string id = await f.SubmitAsync($$"""{"userPrompt":"a","hookUrl":"{{address}}"}""");
        Assert.Equal("SUCCESS", (await f.FetchAsync(id)).GetProperty("status").GetString());
    }
}
