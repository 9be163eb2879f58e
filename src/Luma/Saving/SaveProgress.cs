namespace Luma;

/// <summary>How far a download is. Written by the download, read by whoever shows it.</summary>
public sealed class SaveProgress
{
    private long _received;
    private long _total = -1;

    /// <summary>Bytes that are on disk.</summary>
    public long Received
    {
        get => Volatile.Read(ref _received);
        internal set => Volatile.Write(ref _received, value);
    }

    /// <summary>Bytes there will be; null where the host does not say.</summary>
    public long? Total
    {
        get => Volatile.Read(ref _total) is >= 0 and var total ? total : null;
        internal set => Volatile.Write(ref _total, value ?? -1);
    }
}
