namespace Luma;

/// <summary>
/// How many requests per second may be sent: so many on average, and in a burst as many as half a minute has saved up. A small
/// batch is polled as soon as it is due, and a large one stays within the average: once the savings are spent, the requests of
/// half a second are sent together. A 429 halves the rate and clears the savings; successful responses restore it.
/// </summary>
/// <remarks>
/// Without savings, polling 300 short jobs would take 30 s, and requests that are sent one by one each wake everything behind
/// them; see docs/performance.md.
/// </remarks>
internal sealed class RequestRateLimiter
{
    private const double Slowest = 0.5;
    private const double Recovery = 1.05;
    private static readonly TimeSpan _saving = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _gathering = TimeSpan.FromSeconds(0.5);

    private readonly object _lock = new();
    private readonly MonotonicClock _clock;
    private readonly double _most;
    private double _perSecond;
    private double _saved;
    private bool _isSpent;
    private bool _isBorrowed;
    private DateTimeOffset _countedAt;
    private DateTimeOffset _pausedUntil;

    public RequestRateLimiter(double perSecond, TimeProvider time)
    {
        _clock = new MonotonicClock(time);
        _most = _perSecond = perSecond;
        _saved = perSecond * _saving.TotalSeconds;
        _countedAt = _clock.Now;
    }

    /// <summary>Takes the right to send one now.</summary>
    /// <returns>Null: it is taken. Else when to ask again.</returns>
    public DateTimeOffset? TryTake()
    {
        lock (_lock)
        {
            DateTimeOffset now = _clock.Now;
            _saved = Math.Min(
                _most * _saving.TotalSeconds * (_isBorrowed ? 2 : 1), _saved + ((now - _countedAt).TotalSeconds * _perSecond));
            _countedAt = now;
            if (now < _pausedUntil) return _pausedUntil;
            double handful = Math.Max(1, _perSecond * _gathering.TotalSeconds);
            _isSpent = _saved < (_isSpent ? handful : 1);
            // A tick at least.
            if (_isSpent) return now + TimeSpan.FromTicks((long)Math.Ceiling((handful - _saved) / _perSecond * TimeSpan.TicksPerSecond));
            _saved--;
            return null;
        }
    }

    /// <summary>
    /// Takes what the next half minute will save up in advance: for the last requests there are, after which nothing follows.
    /// Not while the service wants fewer.
    /// </summary>
    public void Borrow()
    {
        lock (_lock)
        {
            if (_perSecond < _most) return;
            _saved += _most * _saving.TotalSeconds;
            _isBorrowed = true;
        }
    }

    /// <summary>How long that many requests take beyond those that are saved up, if nothing slows them down.</summary>
    public TimeSpan TimeFor(int requests)
    {
        lock (_lock) return TimeSpan.FromSeconds(Math.Max(0, requests - _saved) / _most);
    }

    /// <summary>The service has answered 429.</summary>
    public void SlowDown(TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            _perSecond = Math.Max(Slowest, _perSecond / 2);
            _saved = 0;
            _countedAt = _clock.Now;
            DateTimeOffset until = _countedAt + (retryAfter ?? TimeSpan.FromSeconds(1 / _perSecond));
            if (until > _pausedUntil) _pausedUntil = until;
        }
    }

    /// <summary>The service has answered.</summary>
    public void Recover()
    {
        lock (_lock) _perSecond = Math.Min(_most, _perSecond * Recovery);
    }
}
