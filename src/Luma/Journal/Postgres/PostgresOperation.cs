namespace Luma;

/// <summary>Something that a <see cref="PostgresSession"/> is to do with the next message to the server.</summary>
internal abstract class PostgresOperation
{
    /// <summary>Tells whoever waits for it that it cannot be done.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>How often the session broke under it.</summary>
    public int Breaks { get; set; }
}
