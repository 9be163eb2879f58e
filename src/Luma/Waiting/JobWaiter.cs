namespace Luma;

/// <summary>
/// Waits for any number of jobs with one scheduler: no thread and no timer for each. It asks the job that has waited
/// longest first, within a bound of requests a second (<see cref="RequestRateLimiter"/>), and in a batch leaves questions out to
/// which its first jobs have given the answer (<see cref="BatchSample"/>).
/// </summary>
public sealed class JobWaiter : IDisposable
{
    private const int MostAtOnce = 16;
    private const int RefusalsInARow = 3;
    private static readonly TimeSpan _unknownJobGrace = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _missingVideoGrace = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _longestRunFast = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan _longestRunElse = TimeSpan.FromMinutes(90);
    private static readonly TimeSpan _longestPending = TimeSpan.FromHours(6);
    private static readonly TimeSpan _longestTimeout = TimeSpan.FromDays(30);

    private readonly JobWaiterOptions _options;
    private readonly Action<JobWaitResult> _ended;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly DateTimeOffset? _deadline;
    private readonly RequestRateLimiter _pace;
    private readonly BatchSample _fastSample = new(), _otherSample = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _timeUp;
    private readonly CancellationToken _timeUpToken;
    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly object _lock = new();
    private readonly PriorityQueue<Watch, DateTimeOffset> _due = new();
    private readonly Dictionary<string, List<Watch>> _calledBack = new(StringComparer.OrdinalIgnoreCase);
    private readonly IDisposable? _listening;
    private TaskCompletionSource _added = NewSignal();
    private int _watching;
    private int _running;
    private bool _started;

    /// <summary>Makes a waiter; it starts with the first job.</summary>
    /// <param name="options">How to wait.</param>
    /// <param name="ended">Called once for each job, on any thread.</param>
    public JobWaiter(JobWaiterOptions options, Action<JobWaitResult> ended)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _ended = ended;
        _time = options.Time;
        _clock = new MonotonicClock(_time);

        // Timers end at 49 days and dates in the year 9999: whoever waits for longer than a month does not want an end.
        bool hasEnd = options.Timeout <= _longestTimeout;
        _deadline = hasEnd ? _clock.Now + options.Timeout : options.Timeout is null ? null : DateTimeOffset.MaxValue;
        _timeUp = new CancellationTokenSource(hasEnd ? options.Timeout!.Value : Timeout.InfiniteTimeSpan, _time);
        _timeUpToken = _timeUp.Token;
        _pace = new RequestRateLimiter(options.RequestsPerSecond, _time);
        _listening = options.HookListener?.Listen(Wake);
    }

    /// <summary>How many jobs are waited for.</summary>
    public int Watching => Volatile.Read(ref _watching);

    /// <summary>How many of them were running when last asked about.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Begins to wait for a job. One that is known to have ended is let out at once.</summary>
    public void Add(LumaJob job, LumaClient client)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.HasEnded)
        {
            _ended(new JobWaitResult(job, null));
            return;
        }

        DateTimeOffset now = _clock.Now;
        var watch = new Watch(job, client, now, job.SubmittedAt is { } at ? Earlier(new DateTimeOffset(at), now) : null);
        Interlocked.Increment(ref _watching);
        lock (_lock)
        {
            Enqueue(watch, now + FirstWait(watch, now));
            if (_started) return;
            _started = true;
        }

        _ = Task.Run(ScheduleAsync);
    }

    /// <summary>Stops waiting, at once. The jobs go on at the service.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _timeUp.Dispose();
        _listening?.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private TimeSpan FirstWait(Watch watch, DateTimeOffset now)
    {
        TimeSpan firstAge = _options.PollingInterval is { } interval && interval < PollSchedule.FirstAge ? interval : PollSchedule.FirstAge;
        if (_options.HookListener is { } listener && listener.IsFor(watch.Job))
        {
            watch.IsCalledBack = true;
            if (!_calledBack.TryGetValue(watch.Job.JobId!, out List<Watch>? same)) _calledBack[watch.Job.JobId!] = same = [];
            same.Add(watch);
            if (listener.HasHeardOf(watch.Job.JobId!))
            {
                watch.WasCalledBack = true;
                return TimeSpan.Zero;
            }

            firstAge = _options.PollingInterval ?? PollSchedule.ShortestWithCallback;
        }

        TimeSpan wait = watch.SubmittedAt is { } submitted ? firstAge - (now - submitted) : TimeSpan.Zero;
        if (wait <= TimeSpan.Zero) return TimeSpan.Zero;
        if (!watch.IsCalledBack && _options.PollingInterval is null)
        {
            // Watched from the start, so that its ages compare with those of others.
            watch.Sample = watch.Job.IsFast ? _fastSample : _otherSample;
            watch.SampleNumber = watch.Sample.Join();
        }

        return wait;
    }

    // Never twice in a row: so an odd one out is noticed one question later than it would have been, and no more.
    private bool TryLeaveOut(Watch watch, DateTimeOffset now)
    {
        if (watch.Sample is not { } sample || watch.SampleNumber is not null || watch.WasLeftOut || watch.MissingVideoSince is not null) return false;
        TimeSpan age = now - watch.SubmittedAt!.Value;
        DateTimeOffset next = now + PollSchedule.Next(age, watch.Job.IsFast, null, Random.Shared.NextDouble());
        if (next >= _deadline || !sample.IsTooYoung(age)) return false;
        watch.WasLeftOut = true;
        Enqueue(watch, next);
        return true;
    }

    // A callback has come. It is asked about now; if that is under way already, once more after it.
    private void Wake(string jobId)
    {
        lock (_lock)
        {
            if (!_calledBack.TryGetValue(jobId, out List<Watch>? watches)) return;
            DateTimeOffset now = _clock.Now;
            foreach (Watch watch in watches)
            {
                watch.WasCalledBack = true;
                if (watch.Due is null) watch.IsToBeAskedAgain = true;
                else if (watch.Due > now) Enqueue(watch, now);
            }
        }
    }

    private void Enqueue(Watch watch, DateTimeOffset due)
    {
        lock (_lock)
        {
            if (watch.IsToBeAskedAgain) due = _clock.Now;
            watch.IsToBeAskedAgain = false;
            watch.Due = due;
            _due.Enqueue(watch, due);
            _added.TrySetResult();
        }
    }

    // An entry that a callback has overtaken counts no more.
    private bool TryPeek(out Watch? watch, out DateTimeOffset due)
    {
        while (_due.TryPeek(out watch, out due))
        {
            if (watch.Due == due) return true;
            _due.Dequeue();
        }

        return false;
    }

    private async Task ScheduleAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                if (TakeDue(out Watch? watch, out DateTimeOffset? wakeAt, out Task added))
                {
                    await _places.WaitAsync(_stop.Token);
                    _ = AskAsync(watch!);
                }
                else
                {
                    await SleepAsync(wakeAt, added);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private bool TakeDue(out Watch? watch, out DateTimeOffset? wakeAt, out Task added)
    {
        List<Watch> late = [];
        try
        {
            lock (_lock)
            {
                if (_added.Task.IsCompleted) _added = NewSignal();
                added = _added.Task;
                DateTimeOffset now = _clock.Now;
                if (now >= _deadline) TakeLate(late, now);
                wakeAt = null;
                DateTimeOffset due;
                while (TryPeek(out watch, out due) && due <= now && TryLeaveOut(watch!, now));
                if (watch is null) return false;
                if (due <= now)
                {
                    if (_pace.TryTake() is not { } later)
                    {
                        _due.Dequeue();
                        watch.Due = null;
                        watch.WasLeftOut = false;
                        return true;
                    }

                    due = later;
                }

                wakeAt = _deadline is { } deadline && deadline > now ? Earlier(due, deadline) : due;
                watch = null;
                return false;
            }
        }
        finally
        {
            foreach (Watch one in late) GiveUp(one);
        }
    }

    // The time is up: those that were asked are given up; the others are asked once, now.
    private void TakeLate(List<Watch> late, DateTimeOffset now)
    {
        Watch[] waiting = [.. _due.UnorderedItems.Where(item => item.Element.Due == item.Priority).Select(item => item.Element).Distinct()];
        late.AddRange(waiting.Where(one => one.WasAsked));
        foreach (Watch one in late) one.Due = null; // No callback brings it back.
        _due.Clear();
        foreach (Watch one in waiting.Where(one => !one.WasAsked)) Enqueue(one, now);
    }

    private async Task SleepAsync(DateTimeOffset? wakeAt, Task added)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        TimeSpan wait = wakeAt is { } at ? at - _clock.Now : Timeout.InfiniteTimeSpan;
        if (wakeAt is not null && wait <= TimeSpan.Zero) return;
        await Task.WhenAny(added, Task.Delay(wait, _time, over.Token));
        await over.CancelAsync();
    }

    private async Task AskAsync(Watch watch)
    {
        try
        {
            // One that was asked before is not waited for past the deadline; one that was not gets its answer.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, watch.WasAsked ? _timeUpToken : _stop.Token);
            watch.WasAsked = true;
            LumaJob job = await watch.Client.FetchAsync(watch.Job, retry: false, cancellationToken: limit.Token);
            _pace.Recover();
            Answered(watch, job);
        }
        catch (LumaException exception)
        {
            Unanswered(watch, exception);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (OperationCanceledException) when (_timeUpToken.IsCancellationRequested)
        {
            GiveUp(watch);
        }
        catch (Exception exception)
        {
            // A fault of ours or of the host; nobody may wait for ever because of it.
            End(watch, new LumaException(LumaErrorId.LumaServiceError, $"The wait for job {watch.Job.JobId} broke: {ErrorText.Reason(exception)} This says nothing about the job; it goes on at the service.", exception)
            {
                JobId = watch.Job.JobId,
                RecommendedAction = $"Go on waiting: Get-LumaJob -JobId {watch.Job.JobId} | Wait-LumaJob",
            });
        }
        finally
        {
            _places.Release();
        }
    }

    private void Answered(Watch watch, LumaJob job)
    {
        DateTimeOffset now = _clock.Now;
        watch.Refusals = 0;
        Count(watch, job);
        if (job.HasEnded)
        {
            watch.Sample?.SeenEnded(now - watch.SubmittedAt!.Value);
            End(watch, null);
            return;
        }

        if (watch.SampleNumber is { } number) watch.Sample!.SeenRunning(number, now - watch.SubmittedAt!.Value);
        watch.MissingVideoSince = job.IsMissingVideo ? watch.MissingVideoSince ?? now : null;
        if (now - watch.MissingVideoSince > _missingVideoGrace)
        {
            End(watch, new LumaException(LumaErrorId.LumaNoVideo, $"The service says that job {job.JobId} is done, and has given no link to its video for {_missingVideoGrace.TotalMinutes:0} minutes. The job is paid; nothing is lost.")
            {
                JobId = job.JobId,
                RecommendedAction = $"Ask again later: Get-LumaJob -JobId {job.JobId} | Wait-LumaJob. If it stays so, give the jobId to the provider's support.",
            });
            return;
        }

        AskAgain(watch, now);
    }

    private void Unanswered(Watch watch, LumaException failure)
    {
        DateTimeOffset now = _clock.Now;
        bool isRefusal = failure.ErrorId is LumaErrorId.LumaBadRequest or LumaErrorId.LumaInvalidValue;
        watch.Refusals = isRefusal ? watch.Refusals + 1 : 0;
        bool isUnknown = failure.ErrorId == LumaErrorId.LumaJobNotFound && now - (watch.SubmittedAt ?? watch.AddedAt) > _unknownJobGrace;
        if (failure.IsPermanent || isUnknown || watch.Refusals >= RefusalsInARow || failure.ErrorId == LumaErrorId.LumaInvalidValue)
        {
            End(watch, failure);
            return;
        }

        if (failure.ErrorId == LumaErrorId.LumaRateLimited) _pace.SlowDown(failure.RetryAfter);
        AskAgain(watch, now);
    }

    private void AskAgain(Watch watch, DateTimeOffset now)
    {
        if (now >= _deadline || (_deadline is null && now - watch.StateSince > LimitOf(watch.Job)))
        {
            GiveUp(watch);
            return;
        }

        TimeSpan age = now - (watch.SubmittedAt ?? watch.AddedAt);
        double random = Random.Shared.NextDouble();

        // Once its callback has come there is none to rely on any more: the service just does not say so yet.
        Enqueue(watch, now + (watch.IsCalledBack && !watch.WasCalledBack
            ? PollSchedule.NextWithCallback(age, _options.PollingInterval, random)
            : PollSchedule.Next(age, watch.Job.IsFast, _options.PollingInterval, random)));
    }

    private static TimeSpan LimitOf(LumaJob job) =>
        job.Status != LumaJobStatus.Running ? _longestPending : job.IsFast ? _longestRunFast : _longestRunElse;

    private void GiveUp(Watch watch)
    {
        LumaJob job = watch.Job;
        TimeSpan waited = _options.Timeout ?? LimitOf(job);
        End(watch, new LumaException(LumaErrorId.LumaWaitTimeout, $"Job {job.JobId} has not ended after {Describe(waited)} ({(watch.HasState ? $"last seen {job.Status}" : "the service did not answer")}). It goes on at the service and is paid either way; nothing is lost.")
        {
            JobId = job.JobId,
            RecommendedAction = $"Go on waiting: Get-LumaJob -JobId {job.JobId} | Wait-LumaJob",
        });
    }

    private static string Describe(TimeSpan time) => time < TimeSpan.FromMinutes(2)
        ? FormattableString.Invariant($"{time.TotalSeconds:0.###} s")
        : FormattableString.Invariant($"{time.TotalMinutes:0.#} minutes");

    private void End(Watch watch, LumaException? error)
    {
        if (watch.IsOver) return;
        watch.IsOver = true;
        if (watch.Job.Status == LumaJobStatus.Running && watch.HasState) Interlocked.Decrement(ref _running);
        Interlocked.Decrement(ref _watching);
        if (watch.IsCalledBack)
        {
            lock (_lock)
            {
                if (_calledBack.TryGetValue(watch.Job.JobId!, out List<Watch>? same) && same.Remove(watch) && same.Count == 0) _calledBack.Remove(watch.Job.JobId!);
            }
        }

        if (!_stop.IsCancellationRequested) _ended(new JobWaitResult(watch.Job, error));
    }

    private void Count(Watch watch, LumaJob job)
    {
        bool wasRunning = watch.HasState && watch.Job.Status == LumaJobStatus.Running;
        bool isRunning = job.Status == LumaJobStatus.Running;
        if (isRunning && !wasRunning) Interlocked.Increment(ref _running);
        if (wasRunning && !isRunning) Interlocked.Decrement(ref _running);
        if (!watch.HasState || watch.Job.Status != job.Status) watch.StateSince = _clock.Now;
        watch.HasState = true;
        watch.Job = job;
    }

    private sealed class Watch(LumaJob job, LumaClient client, DateTimeOffset addedAt, DateTimeOffset? submittedAt)
    {
        public LumaClient Client { get; } = client;

        public DateTimeOffset AddedAt { get; } = addedAt;

        public DateTimeOffset? SubmittedAt { get; } = submittedAt;

        public LumaJob Job { get; set; } = job;

        /// <summary>When it is to be asked about; null while it is not in the queue, as when it is being asked about. Other entries of it there are void.</summary>
        public DateTimeOffset? Due { get; set; }

        /// <summary>The batch it is one of; null where it says nothing about others, nor they about it.</summary>
        public BatchSample? Sample { get; set; }

        /// <summary>Its number in the sample; null: it is one of the others.</summary>
        public int? SampleNumber { get; set; }

        /// <summary>Whether its last question was left out.</summary>
        public bool WasLeftOut { get; set; }

        /// <summary>Whether its callback comes to the listener.</summary>
        public bool IsCalledBack { get; set; }

        public bool IsOver { get; set; }

        /// <summary>Whether a callback for it has come.</summary>
        public bool WasCalledBack { get; set; }

        /// <summary>Whether a callback came while it was not in the queue.</summary>
        public bool IsToBeAskedAgain { get; set; }

        /// <summary>Whether a question about it has gone out.</summary>
        public bool WasAsked { get; set; }

        /// <summary>Whether an answer has told its state; limits count from the first one.</summary>
        public bool HasState { get; set; }

        public DateTimeOffset StateSince { get; set; } = addedAt;

        public DateTimeOffset? MissingVideoSince { get; set; }

        public int Refusals { get; set; }
    }
}
