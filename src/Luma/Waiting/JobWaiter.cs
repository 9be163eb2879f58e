using System.Diagnostics.CodeAnalysis;

namespace Luma;

/// <summary>
/// Waits for any number of jobs with one scheduler: no thread and no timer for each. When a job is polled next says
/// <see cref="PollPlan"/>, how fast polls go out <see cref="RequestRateLimiter"/>, and what ends a wait <see cref="WaitLimits"/>.
/// </summary>
public sealed class JobWaiter : IDisposable
{
    private const int MostAtOnce = 16;

    private readonly Action<JobWaitResult> _ended;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly WatchQueue _queue;
    private readonly PollPlan _plan;
    private readonly RequestRateLimiter _pace;
    private readonly WaitLimits _limits;
    private readonly WaitCount _count = new();
    private readonly ServiceContact _contact;
    private readonly CallbackRoster _callbacks;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _timeUp;
    private readonly CancellationToken _timeUpToken;
    private bool _isLastRound;
    private int _inFlight;
    private int _started;

    /// <summary>Makes a waiter; it starts with the first job.</summary>
    /// <param name="options">How to wait.</param>
    /// <param name="ended">Called once for each job, on any thread.</param>
    public JobWaiter(JobWaiterOptions options, Action<JobWaitResult> ended)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ended = ended;
        _time = options.Time;
        _clock = new MonotonicClock(_time);
        _queue = new WatchQueue(_clock);
        _plan = new PollPlan(options.PollingInterval);
        _pace = new RequestRateLimiter(options.RequestsPerSecond, _time);
        _limits = new WaitLimits(options.Timeout, _clock.Now);
        _contact = new ServiceContact(options.Warning);
        _timeUp = new CancellationTokenSource(_limits.Deadline is null ? Timeout.InfiniteTimeSpan : options.Timeout!.Value, _time);
        _timeUpToken = _timeUp.Token;
        _callbacks = new CallbackRoster(options.HookListener, _queue.Wake, () => options.Warning?.Invoke(
            "The hook listener is not running, so no callback will be received. Its jobs are polled like all others."));
    }

    /// <summary>How many jobs are waited for.</summary>
    public int Watching => _count.Watching;

    /// <summary>How many of them were running when last polled.</summary>
    public int Running => _count.Running;

    /// <summary>How many of them were pending when last polled.</summary>
    public int Pending => _count.Pending;

    /// <summary>What came instead of the last answer of the service, and for how many polls; null where it answers.</summary>
    public string? Problem => _contact.Problem;

    /// <summary>Begins to wait for a job. One that is known to have ended is let out immediately.</summary>
    public void Add(LumaJob job, LumaClient client)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.HasEnded)
        {
            _ended(new JobWaitResult(job, null));
            return;
        }

        DateTimeOffset now = _clock.Now;
        var watch = new JobWatch(job, client, now);
        _count.Added();
        _callbacks.Join(watch);
        _limits.LeaveTimeToPoll(now);
        _queue.Add(watch, now + _plan.First(watch, now));
        if (Interlocked.Exchange(ref _started, 1) == 0) _ = Task.Run(ScheduleAsync);
    }

    /// <summary>Stops waiting, immediately. The jobs continue at the service.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _timeUp.Dispose();
        _callbacks.Dispose();
    }

    private async Task ScheduleAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                Task changed = _queue.Changed;
                DateTimeOffset now = _clock.Now;
                if (now >= _limits.Deadline) Close(now);
                if (TryTake(now, out JobWatch? watch, out DateTimeOffset? wakeAt))
                {
                    Interlocked.Increment(ref _inFlight);
                    _ = PollAsync(watch);
                }
                else
                {
                    await SleepAsync(now, wakeAt, changed);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    // The time is up: those that were polled are given up; the others are polled once, in a time that is bounded as well.
    private void Close(DateTimeOffset now)
    {
        if (_isLastRound)
        {
            if (now < _limits.ClosesAt) return;
            foreach (JobWatch late in _queue.TakeAll()) GiveUp(late);
            return;
        }

        _isLastRound = true;
        var waiting = _queue.TakeAll().ToLookup(watch => watch.WasPolled);
        foreach (JobWatch watch in waiting[false]) _queue.PutBack(watch, now);
        _pace.Borrow();
        _limits.LeaveTimeToPoll(now, _pace.TimeFor(waiting[false].Count()));
        foreach (JobWatch late in waiting[true]) GiveUp(late);
    }

    private bool TryTake(DateTimeOffset now, [NotNullWhen(true)] out JobWatch? watch, out DateTimeOffset? wakeAt)
    {
        watch = null;
        wakeAt = null;
        if (Volatile.Read(ref _inFlight) >= MostAtOnce) return false; // A poll that ends signals it.
        while (_queue.TryTake(_isLastRound ? DateTimeOffset.MaxValue : now, out watch, out DateTimeOffset due))
        {
            if (PollPlan.LeaveOut(watch, now, _limits.Deadline) is { } next)
            {
                _queue.PutBack(watch, next);
                continue;
            }

            if (_pace.TryTake() is not { } later) return true;
            _queue.PutBack(watch, due);
            wakeAt = later;
            return false;
        }

        wakeAt = _queue.NextDue;
        return false;
    }

    private async Task SleepAsync(DateTimeOffset now, DateTimeOffset? wakeAt, Task changed)
    {
        DateTimeOffset? limit = _isLastRound ? _limits.ClosesAt : _limits.Deadline;
        if (limit > now && (wakeAt is null || limit < wakeAt)) wakeAt = limit;
        TimeSpan wait = wakeAt is { } at ? at - _clock.Now : Timeout.InfiniteTimeSpan;
        if (wakeAt is not null && wait <= TimeSpan.Zero) return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(changed, Task.Delay(wait, _time, over.Token));
        await over.CancelAsync();
    }

    private async Task PollAsync(JobWatch watch)
    {
        // One that was polled before is not waited for past the deadline; one that was not gets a moment more.
        using CancellationTokenSource? first = watch.WasPolled ? null : FirstPollLimit();
        using var limit =
            CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, watch.WasPolled ? _timeUpToken : first?.Token ?? default);
        watch.WasPolled = true;
        watch.WasLeftOut = false;
        try
        {
            LumaJob job = await watch.Client.FetchAsync(watch.Job, retry: false, cancellationToken: limit.Token);
            Answered(watch, job);
        }
        catch (LumaException exception)
        {
            NotAnswered(watch, exception);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            GiveUp(watch);
        }
        catch (Exception exception)
        {
            End(watch, WaitErrors.Broken(watch.Job, exception)); // Nobody may wait for ever because of it.
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            _queue.Signal();
        }
    }

    private CancellationTokenSource? FirstPollLimit()
    {
        if (_limits.ClosesAt is not { } closesAt) return null;
        TimeSpan left = closesAt - _clock.Now;
        return new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time);
    }

    private void Answered(JobWatch watch, LumaJob job)
    {
        DateTimeOffset now = _clock.Now;
        _pace.Recover();
        _contact.Answered(watch.Client.Connection);
        _count.Changed(StateOf(watch), job.Status);
        watch.Answered(job, now);
        PollPlan.Learn(watch, now);
        if (job.HasEnded) End(watch, null);
        else if (WaitLimits.AfterAnswer(watch, now) is { } error) End(watch, error);
        else PollAgain(watch, now);
    }

    private void NotAnswered(JobWatch watch, LumaException failure)
    {
        DateTimeOffset now = _clock.Now;
        watch.NotAnswered(failure, now);
        if (WaitLimits.EndsWait(watch, failure, now))
        {
            End(watch, failure);
            return;
        }

        _contact.NotAnswered(watch.Client.Connection, failure, now);
        if (failure.ErrorId == LumaErrorId.LumaRateLimited) _pace.SlowDown(failure.RetryAfter);
        PollAgain(watch, now);
    }

    private void PollAgain(JobWatch watch, DateTimeOffset now)
    {
        if (_limits.IsUpFor(watch, now)) GiveUp(watch);
        else _queue.Add(watch, now + _plan.Next(watch, now));
    }

    private void GiveUp(JobWatch watch) => End(watch, _limits.TimeUp(watch));

    private void End(JobWatch watch, LumaException? error)
    {
        if (watch.IsOver) return;
        watch.IsOver = true;
        _count.Changed(StateOf(watch), null);
        _count.Ended();
        _callbacks.Leave(watch);
        if (!_stop.IsCancellationRequested) _ended(new JobWaitResult(watch.Job, error));
    }

    private static string? StateOf(JobWatch watch) => watch.HasState ? watch.Job.Status : null;
}
