namespace Luma;

/// <summary>A line to write.</summary>
internal sealed class PostgresAppend(JournalLine line) : PostgresOperation
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JournalLine Line => line;

    /// <summary>The session it was first to be written by; it stays that one's, in whichever session it gets there.</summary>
    public long? Writer { get; set; }

    /// <summary>
    /// Whether something is sent after it: then it has to be in the database, and in time. Everything else tells what has happened, and may
    /// come late.
    /// </summary>
    public bool IsIntent => line.Event == JournalEvents.Intent && line.Adopted != true;

    /// <summary>Whether it is in the file of what is to be delivered.</summary>
    public bool IsKept { get; set; }

    /// <summary>Ends when the line is durable.</summary>
    public Task Done => _done.Task;

    public void Succeed() => _done.TrySetResult();

    public override void Fail(Exception exception)
    {
        _done.TrySetException(exception);
        _ = _done.Task.Exception; // Nobody waits for what is delivered later.
    }
}
