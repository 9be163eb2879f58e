namespace Luma;

/// <summary>
/// Slows all submits of a connection down together. After a refusal (429, 499) nothing is submitted until its wait is
/// over; then one goes ahead as a probe, and only when it is let in do the others follow. Where the service cannot be
/// reached they wait in the same way, and are given up together: one outage is one outage.
/// </summary>
internal sealed class SubmitGate
{
    private static readonly TimeSpan _firstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(30);

    /// <summary>How long an outage may last before all that wait for its end are given up.</summary>
    private static readonly TimeSpan _longestOutage = TimeSpan.FromSeconds(30);

    /// <summary>The ticket of a submit that was given up with the others and has not left.</summary>
    public const int GivenUp = -1;

    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly object _lock = new();
    private DateTimeOffset _openAt;
    private DateTimeOffset _lastAccepted;
    private int _refusals;
    private bool _probing;
    private SubmitOutage? _outage;
    private SubmitOutage? _lastOutage;
    private DateTimeOffset? _givenUpAt;
    private readonly AsyncSignal _changed = new();

    public SubmitGate(TimeProvider time)
    {
        _time = time;
        _clock = new MonotonicClock(time);
        _lastAccepted = _clock.Now;
    }

    /// <summary>The time of <see cref="LastAccepted"/>, which continues evenly whatever is done to the clock.</summary>
    public DateTimeOffset Now => _clock.Now;

    /// <summary>When the service last let a submit in; for 499 the sign that slots still come free.</summary>
    public DateTimeOffset LastAccepted
    {
        get { lock (_lock) return _lastAccepted; }
    }

    /// <summary>The current outage; null where the service can be reached, as far as is known.</summary>
    public SubmitOutage? Outage
    {
        get { lock (_lock) return _outage; }
    }

    /// <summary>Why the last outage was given up; null: none was.</summary>
    public Exception? GivenUpFor
    {
        get { lock (_lock) return _lastOutage?.Failure; }
    }

    /// <summary>Waits until a submit may go.</summary>
    /// <returns>
    /// A ticket; hand it back to <see cref="Accepted"/>, <see cref="Refused"/>, <see cref="IsGivenUp"/> or <see cref="Left"/>. Or
    /// <see cref="GivenUp"/>: the outage it waited for was given up.
    /// </returns>
    public async Task<int> EnterAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset came = _clock.Now;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            TimeSpan wait;
            lock (_lock)
            {
                if (_givenUpAt > came) return GivenUp;
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
            _outage = null;
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
            _outage = null;
            Wait(ticket, retryAfter);
        }
    }

    /// <summary>The submit did not reach the service: all wait or, once that has lasted too long, all are given up.</summary>
    /// <param name="ticket">Its ticket.</param>
    /// <param name="enteredAt">When it was let through here, by <see cref="Now"/>.</param>
    /// <param name="failure">Why it did not.</param>
    /// <param name="mostTries">How often it is tried before it is given up.</param>
    /// <returns>Whether it is given up; else it may try again.</returns>
    public bool IsGivenUp(int ticket, DateTimeOffset enteredAt, Exception failure, int mostTries)
    {
        lock (_lock)
        {
            if (_givenUpAt >= enteredAt) return true; // It was on its way with those that were given up.
            bool isNext = _outage is null || ticket == _refusals;
            DateTimeOffset since = _outage?.Since ?? enteredAt;
            _outage = new SubmitOutage(since, failure, (_outage?.Tries ?? 0) + (isNext ? 1 : 0), mostTries);
            if (_outage.Tries < mostTries && _clock.Now - since < _longestOutage)
            {
                Wait(ticket, null);
                return false;
            }

            _lastOutage = _outage;
            _outage = null;
            _givenUpAt = _clock.Now;
            _refusals = 0;
            _probing = false;
            _changed.Signal();
            return true;
        }
    }

    /// <summary>The submit ended in another way, which says nothing about the service's load.</summary>
    /// <param name="ticket">Its ticket.</param>
    /// <param name="isAnswered">Whether something came back, so that the service can be reached.</param>
    public void Left(int ticket, bool isAnswered = false)
    {
        lock (_lock)
        {
            if (isAnswered) _outage = null;
            if (_probing && ticket > 0) _probing = false;
            _changed.Signal();
        }
    }

    private void Wait(int ticket, TimeSpan? retryAfter)
    {
        // Submits that were on their way together are refused together; that is one refusal, not four. And it is one
        // also when a submit that had been in progress for longer was let in meanwhile and has set the count back.
        if (ticket == _refusals || _refusals == 0) _refusals++;
        if (_probing && ticket > 0) _probing = false;

        double exponential = Math.Min(_longestWait.TotalSeconds, _firstWait.TotalSeconds * Math.Pow(2, _refusals - 1));
        TimeSpan wait = retryAfter ?? TimeSpan.FromSeconds(exponential * (0.75 + (0.5 * Random.Shared.NextDouble())));
        DateTimeOffset openAt = _clock.Now + wait;
        if (openAt > _openAt) _openAt = openAt;
        _changed.Signal();
    }
}
