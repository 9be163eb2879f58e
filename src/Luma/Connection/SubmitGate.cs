namespace Luma;

/// <summary>
/// Slows all submits of a connection down together. After a refusal (429, 499) nothing is submitted until its wait is
/// over; then one goes ahead as a probe, and only when it is let in do the others follow.
/// </summary>
internal sealed class SubmitGate
{
    private static readonly TimeSpan _firstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly object _lock = new();
    private DateTimeOffset _openAt;
    private DateTimeOffset _lastAccepted;
    private int _refusals;
    private bool _probing;
    private readonly AsyncSignal _changed = new();

    public SubmitGate(TimeProvider time)
    {
        _time = time;
        _clock = new MonotonicClock(time);
        _lastAccepted = _clock.Now;
    }

    /// <summary>The time of <see cref="LastAccepted"/>, which goes on evenly whatever is done to the clock.</summary>
    public DateTimeOffset Now => _clock.Now;

    /// <summary>When the service last let a submit in; for 499 the sign that slots still come free.</summary>
    public DateTimeOffset LastAccepted
    {
        get { lock (_lock) return _lastAccepted; }
    }

    /// <summary>Waits until a submit may go.</summary>
    /// <returns>A ticket; hand it back to <see cref="Accepted"/>, <see cref="Refused"/> or <see cref="Left"/>.</returns>
    public async Task<int> EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            TimeSpan wait;
            lock (_lock)
            {
                if (_refusals == 0) return 0;
                wait = _openAt - _clock.Now;
                if (!_probing && wait <= TimeSpan.Zero)
                {
                    _probing = true;
                    return _refusals;
                }

                changed = _changed.Changed;
                if (_probing) wait = Timeout.InfiniteTimeSpan;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, Task.Delay(wait, _time, over.Token));
            await over.CancelAsync();
        }
    }

    /// <summary>The service has let the submit in: full speed.</summary>
    public void Accepted()
    {
        lock (_lock)
        {
            _lastAccepted = _clock.Now;
            _refusals = 0;
            _probing = false;
            _changed.Signal();
        }
    }

    /// <summary>The service has refused the submit for now: all wait.</summary>
    public void Refused(int ticket, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            // Submits that were on their way together are refused together; that is one refusal, not four. And it is one
            // also when a submit that had been under way for longer was let in meanwhile and has set the count back.
            if (ticket == _refusals || _refusals == 0) _refusals++;
            if (_probing && ticket > 0) _probing = false;

            double exponential = Math.Min(_longestWait.TotalSeconds, _firstWait.TotalSeconds * Math.Pow(2, _refusals - 1));
            TimeSpan wait = retryAfter ?? TimeSpan.FromSeconds(exponential * (0.75 + (0.5 * Random.Shared.NextDouble())));
            DateTimeOffset openAt = _clock.Now + wait;
            if (openAt > _openAt) _openAt = openAt;
            _changed.Signal();
        }
    }

    /// <summary>The submit ended in another way, which says nothing about the service's load.</summary>
    public void Left(int ticket)
    {
        lock (_lock)
        {
            if (_probing && ticket > 0) _probing = false;
            _changed.Signal();
        }
    }
}
