namespace Luma;

/// <summary>A lock to let go of.</summary>
internal sealed class PostgresUnlock(PostgresHold hold) : PostgresOperation
{
    public PostgresHold Hold => hold;

    public override void Fail(Exception exception)
    {
    }
}
