namespace Luma.Tests;

/// <summary>A submit whose answer was lost, and the callback that names its job.</summary>
public sealed class SettleTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestService _lab = new();
    private readonly Journal _journal;
    private readonly Submitter _submitter;
    private readonly LumaHookListener _listener;
    private readonly System.Threading.Channels.Channel<string> _settled = System.Threading.Channels.Channel.CreateUnbounded<string>();

    public SettleTests()
    {
        _journal = Journal.At(_folder["journal"]);
        _submitter = new Submitter(new LumaClient(_lab.Connection, journal: _journal), _journal);
        _listener = LumaHookListener.Start(named: async (id, jobId) =>
        {
            try
            {
                await _submitter.SettleAsync(id, jobId);
            }
            finally
            {
                _settled.Writer.TryWrite(id);
            }
        });
    }

    private GenerationRequest Request => new() { Prompt = "a red car", Name = "car", HookUrl = _listener.HookUrl };

    private LumaJob Record => Assert.Single(_journal.Jobs(_lab.Connection.Service));

    public void Dispose()
    {
        _listener.Dispose();
        _lab.Sandbox.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Callback_of_a_lost_answer_resolves_the_record()
    {
        await LoseAnswerAsync(SandboxFault.CloseWithoutReply());
        Assert.Equal(LumaJobStatus.Succeeded, (await SettledAsync()).Status);
        Assert.Equal((_lab.Sandbox.Jobs[0].JobId, "car", _lab.Sandbox.VideoUrlFor(_lab.Sandbox.Jobs[0].JobId)),
            (Record.JobId, Record.Name, Record.VideoUrl));

        // The same again gives the job there is.
        SubmitResult again = await _submitter.SubmitAsync(Request);
        Assert.Equal((_lab.Sandbox.Jobs[0].JobId, 1), (again.Job.JobId, _lab.Sandbox.SubmitCount));
    }

    [Fact]
    public async Task It_may_come_while_the_answer_is_still_awaited()
    {
        SandboxFault held = SandboxFault.CloseWithoutReply().AfterRelease(SettledOnceAsync());
        await LoseAnswerAsync(held);
        Assert.Equal((LumaJobStatus.Succeeded, _lab.Sandbox.Jobs[0].JobId), (Record.Status, Record.JobId));

        async Task SettledOnceAsync() => await _settled.Reader.ReadAsync();
    }

    [Fact]
    public async Task A_callback_that_names_another_job_of_the_same_prompt_settles_nothing()
    {
        LumaJob other = await _lab.Client.SubmitAsync(Request with { Name = null, HookUrl = "http://127.0.0.1:9/x" });
        await LoseAnswerAsync(SandboxFault.CloseWithoutReply().And(SandboxFault.NoCallback()));
        await HookCaller.CallAsync(Record.HookUrl!, HookCaller.Body(other.JobId!));
        Assert.Equal((LumaJobStatus.Unconfirmed, null), ((await SettledAsync()).Status, Record.JobId));
    }

    [Theory]
    [InlineData("a red car", LumaJobStatus.Succeeded)]
    [InlineData("another prompt", LumaJobStatus.Unconfirmed)]
    [InlineData(null, LumaJobStatus.Unconfirmed)]
    public async Task Prompt_decides_if_the_service_returns_no_hookUrl(string? told, string expected)
    {
        await LoseAnswerAsync(SandboxFault.CloseWithoutReply().And(SandboxFault.NoCallback()));
        string jobId = _lab.Sandbox.Jobs[0].JobId;
        string prompt = told is null ? "null" : $"\"{told}\"";
        _lab.Sandbox.Misbehave(
            SandboxTarget.Fetch,
            SandboxFault.Reply(
                200, "application/json",
                $$"""
                {"status":"SUCCESS","message":"","jobId":"{{jobId}}","data":
                {"jobId":"{{jobId}}","userPrompt":{{prompt}},"videoUrl":"https://videos.example/v.mp4"} }
                """));
        await HookCaller.CallAsync(Record.HookUrl!, HookCaller.Body(jobId));
        Assert.Equal(expected, (await SettledAsync()).Status);
        Assert.Equal(expected == LumaJobStatus.Succeeded ? jobId : null, Record.JobId);
    }

    [Fact]
    public async Task A_job_that_the_service_does_not_know_settles_nothing()
    {
        await LoseAnswerAsync(SandboxFault.CloseWithoutReply().And(SandboxFault.NoCallback()));
        await HookCaller.CallAsync(Record.HookUrl!, HookCaller.Body(Guid.NewGuid().ToString()));
        Assert.Equal((LumaJobStatus.Unconfirmed, null), ((await SettledAsync()).Status, Record.JobId));
    }

    [Fact]
    public async Task Record_that_has_its_jobId_is_not_changed_and_nothing_is_requested()
    {
        _lab.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.NoCallback());
        LumaJob job = (await _submitter.SubmitAsync(Request)).Job;
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(job.JobId!));
        await HookCaller.CallAsync(job.HookUrl!, HookCaller.Body(Guid.NewGuid().ToString()));
        await HookCaller.CallAsync($"{_listener.HookUrl}/0123456789abcdef", HookCaller.Body(job.JobId!));
        for (int i = 0; i < 3; i++) await SettledAsync();
        Assert.Equal((LumaJobStatus.Pending, job.JobId, null), (Record.Status, Record.JobId, Record.VideoUrl));
        Assert.Equal(1, _lab.Sandbox.RequestCount);
    }

    private async Task LoseAnswerAsync(SandboxFault fault)
    {
        _lab.Sandbox.Misbehave(SandboxTarget.Submit, fault);
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, (await TestService.FailureAsync(_submitter.SubmitAsync(Request))).ErrorId);
    }

    private async Task<LumaJob> SettledAsync()
    {
        await _settled.Reader.ReadAsync().AsTask().WaitAsync(TestService.Patience);
        return Record;
    }
}
