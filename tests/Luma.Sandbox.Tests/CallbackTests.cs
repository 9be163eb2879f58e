using System.Text.Json;

namespace Luma.Sandbox.Tests;

/// <summary>Callbacks that come late, twice, forged or never.</summary>
public class CallbackTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Callback_can_be_late()
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 5);
        await using var hook = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.LateCallback(TimeSpan.FromSeconds(60)));
        string id = await SubmitAsync(f, hook);
        await time.WaitForTimersAsync();
        time.Advance(TimeSpan.FromSeconds(5));
        await time.WaitForTimersAsync();
        Assert.Equal("SUCCESS", (await f.FetchAsync(id)).GetProperty("status").GetString());
        Assert.Equal((0, null), (hook.Sandbox.RequestCount, f.Sandbox.Jobs[0].CalledBackAt));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(id, JobIdOf(await CallbackAsync(hook)));
    }

    [Fact]
    public async Task Callback_can_be_repeated()
    {
        await using var f = new Fixture();
        await using var hook = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.RepeatCallback(3));
        await SubmitAsync(f, hook);
        int count = 0;
        await hook.Sandbox.WaitForRequestAsync(_ => ++count == 3).WaitAsync(_patience);
        Assert.Single(hook.Sandbox.Requests.Select(request => request.Body).Distinct());
    }

    [Fact]
    public async Task Callback_can_be_forged_and_the_real_one_still_arrives()
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 5);
        await using var hook = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.ForgedCallback("https://evil.example/x.mp4"));
        string id = await SubmitAsync(f, hook);
        JsonElement forged = JsonDocument.Parse((await CallbackAsync(hook)).Body).RootElement;
        Assert.Equal(("SUCCESS", id), (forged.GetProperty("status").GetString(), forged.GetProperty("jobId").GetString()));
        Assert.Equal("https://evil.example/x.mp4", forged.GetProperty("data").GetProperty("videoUrl").GetString());
        Assert.Equal("PENDING_QUEUE", (await f.FetchAsync(id)).GetProperty("status").GetString());

        await time.WaitForTimersAsync();
        time.Advance(TimeSpan.FromSeconds(5));
        SandboxRequest real = await hook.Sandbox.WaitForRequestAsync(r => !r.Body.Contains("evil", StringComparison.Ordinal))
            .WaitAsync(_patience);
        Assert.Equal(await f.Api.GetStringAsync($"luma/v1/fetch?jobId={id}"), real.Body);
    }

    [Fact]
    public async Task Callback_can_be_lost()
    {
        await using var f = new Fixture();
        await using var hook = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.NoCallback());
        await SubmitAsync(f, hook);
        string second = await SubmitAsync(f, hook);
        Assert.Equal(second, JobIdOf(await CallbackAsync(hook)));
        Assert.Equal(1, hook.Sandbox.RequestCount);
        Assert.Null(f.Sandbox.Jobs[0].CalledBackAt);
    }

    [Fact]
    public async Task Job_records_when_its_hook_received_the_outcome()
    {
        await using var f = new Fixture();
        await using var listener = new HookStub(200);
        await using var refusing = new HookStub(404);
        await SubmitAsync(f, refusing.Address);
        await SubmitAsync(f, listener.Address);
        Assert.True(SpinWait.SpinUntil(() => f.Sandbox.Jobs[1].CalledBackAt is not null, _patience));
        await refusing.Answered.WaitAsync(_patience);
        Assert.Null(f.Sandbox.Jobs[0].CalledBackAt);
    }

    [Fact]
    public async Task Job_of_an_unanswered_submit_sends_its_callback_too()
    {
        await using var f = new Fixture();
        await using var hook = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.CloseWithoutReply());
        await Assert.ThrowsAsync<HttpRequestException>(() => SubmitAsync(f, hook));
        Assert.Equal(f.Sandbox.Jobs[0].JobId, JobIdOf(await CallbackAsync(hook)));
    }

    [Fact]
    public void Faults_refuse_what_makes_no_sense()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SandboxFault.LateCallback(TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SandboxFault.RepeatCallback(0));
        Assert.Throws<ArgumentNullException>(() => SandboxFault.ForgedCallback(null!));
    }

    // Another sandbox is a fine place to see a callback arrive.
    private static Task<string> SubmitAsync(Fixture f, Fixture hook) => SubmitAsync(f, $"{hook.Sandbox.BaseUri}hook");

    private static Task<string> SubmitAsync(Fixture f, string address) => f.SubmitAsync($$"""{"userPrompt":"a","hookUrl":"{{address}}"}""");

    private static Task<SandboxRequest> CallbackAsync(Fixture hook) =>
        hook.Sandbox.WaitForRequestAsync(r => r.Path == "/hook").WaitAsync(_patience);

    private static string? JobIdOf(SandboxRequest callback) =>
        JsonDocument.Parse(callback.Body).RootElement.GetProperty("jobId").GetString();

    /// <summary>A hook with an answer of its own.</summary>
    private sealed class HookStub : IAsyncDisposable
    {
        private readonly Fixture _fixture = new();
        private readonly SandboxFault _answer;

        public HookStub(int code)
        {
            _answer = SandboxFault.Status(code, "");
            _fixture.Sandbox.Misbehave(SandboxTarget.Fetch, _answer);
        }

        public string Address => $"{_fixture.Sandbox.BaseUri}luma/v1/fetch";

        public Task Answered => _answer.Applied;

        public ValueTask DisposeAsync() => _fixture.DisposeAsync();
    }
}
