namespace Luma;

/// <summary>Cancels a transfer that stands still or brings bytes too slowly to ever end.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TransferLimits _limits;
    private readonly CancellationTokenSource _over;
    private long _received;

    public StallWatch(TransferLimits limits, CancellationToken cancellationToken)
    {
        _limits = limits;
        _over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Restart();
    }

    public CancellationToken Token => _over.Token;

    /// <summary>What to say when it has cancelled the transfer.</summary>
    public string Reason => FormattableString.Invariant(
        $"{(_received == 0 ? "no bytes" : $"only {_received} bytes")} arrived in {_limits.StallTimeout.TotalSeconds:0.###} s");

    /// <summary>Tells that bytes have come. A period with enough of them begins the next.</summary>
    public void Add(int bytes)
    {
        _received += bytes;
        if (_received >= _limits.BytesPerPeriod) Restart();
    }

    /// <summary>Waits for something that is not the network's fault, and begins a period after it.</summary>
    public async Task ExceptAsync(Task work)
    {
        if (work.IsCompleted)
        {
            await work;
            return;
        }

        _over.CancelAfter(Timeout.InfiniteTimeSpan);
        await work;
        Restart();
    }

    public void Dispose() => _over.Dispose();

    private void Restart()
    {
        _received = 0;
        _over.CancelAfter(_limits.StallTimeout);
    }
}
