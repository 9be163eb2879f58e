namespace Luma;

/// <summary>A lock to take, on one or more numbers at once.</summary>
internal sealed class PostgresLock(int space, int[] numbers, bool isPatient, string? nameKey) : PostgresOperation
{
    private readonly TaskCompletionSource<PostgresHold?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What kind of lock it is; locks of different kinds know nothing of each other.</summary>
    public int Space => space;

    public int[] Numbers => numbers;

    /// <summary>Whether it waits while somebody else has one of them.</summary>
    public bool IsPatient => isPatient;

    /// <summary>The name whose records are wanted along with the lock.</summary>
    public string? NameKey => nameKey;

    /// <summary>The lock; null: somebody else has it.</summary>
    public Task<PostgresHold?> Done => _done.Task;

    /// <summary>False: nobody waits for it any more.</summary>
    public bool Succeed(PostgresHold? hold) => _done.TrySetResult(hold);

    public void Cancel(CancellationToken cancellationToken) => _done.TrySetCanceled(cancellationToken);

    public override void Fail(Exception exception)
    {
        _done.TrySetException(exception);
        _ = _done.Task.Exception;
    }
}
