namespace Luma;

/// <summary>Writes nothing down: for submits whose caller keeps no journal.</summary>
internal sealed class NoSubmitLog : ISubmitLog
{
    public static readonly NoSubmitLog Instance = new();

    public Task IntentAsync() => Task.CompletedTask;

    public Task<LumaException?> AcceptedAsync(LumaJob accepted) => Task.FromResult<LumaException?>(null);

    public Task WaitAsync(LumaException exception) => Task.CompletedTask;

    public Task UnsentAsync() => Task.CompletedTask;

    public Task EndAsync(SubmitOutcome outcome, LumaException exception) => Task.CompletedTask;
}
