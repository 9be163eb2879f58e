namespace Luma;

/// <summary>Delivers what processes on this machine have left that are gone.</summary>
internal sealed class PostgresDelivery : PostgresOperation
{
    public override void Fail(Exception exception)
    {
    }
}
