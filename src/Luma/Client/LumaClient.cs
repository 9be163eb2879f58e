using System.Net;
using System.Text;
using System.Text.Json;

namespace Luma;

/// <summary>The three calls of the service: submit a generation, submit an extension, fetch a job.</summary>
/// <param name="connection">The connection to the service.</param>
/// <param name="trace">Called for each HTTP request, on any thread.</param>
/// <param name="journal">Where to write down what a fetch says about a job that is in it.</param>
public sealed class LumaClient(LumaConnection connection, Action<RequestTrace>? trace = null, Journal? journal = null)
{
    private const string KeyHeader = "TT-API-KEY";

    // The service's jobIds are random UUIDs of version 4; this one has no version.
    private const string ImpossibleJobId = "00000000-0000-0000-0000-000000000000";
    private static readonly TimeSpan _longestQueueWait = TimeSpan.FromMinutes(30);
    private static readonly string _userAgent = $"LumaPS/{typeof(LumaClient).Assembly.GetName().Version?.ToString(3)}";

    internal LumaConnection Connection => connection;

    internal Journal? Journal => journal;

    /// <summary>Counts a submit as in flight, for a process that ends. Tests let it fail.</summary>
    internal Func<Task<IDisposable>> EnterInFlight { get; init; } = InFlightSubmits.EnterAsync;

    /// <summary>
    /// Submits a billable job, once. Refusals for now (429, 499) are waited out; nothing that may have been charged is sent again.
    /// </summary>
    /// <remarks>It keeps no journal; <see cref="Submitter"/> does.</remarks>
    /// <param name="request">What to make.</param>
    /// <param name="cancellationToken">Stops what has not left; what has left is not cut, and the task ends with its answer.</param>
    /// <returns>The accepted job.</returns>
    /// <exception cref="LumaException">With the reason, and in the text whether anything can have been charged.</exception>
    public async Task<LumaJob> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        return (await SubmitAsync(request, NewJob(request), NoSubmitLog.Instance, cancellationToken)).Job;
    }

    /// <summary>The job a request makes, before the service has named it.</summary>
    internal LumaJob NewJob(SubmitRequest request)
    {
        connection.CheckJobId((request as ExtensionRequest)?.JobId);
        return request.ToJob() with { Id = LumaJob.NewId(), Connection = connection, Service = connection.Service };
    }

    internal async Task<SubmitResult> SubmitAsync(SubmitRequest request, LumaJob job, ISubmitLog log, CancellationToken cancellationToken)
    {
        byte[] json = (request with { HookUrl = job.HookUrl }).ToJson();
        int limited = 0;
        DateTimeOffset? fullSince = null;
        while (true)
        {
            int ticket = await EnterGateAsync(log, cancellationToken);
            if (ticket == SubmitGate.GivenUp) throw await GiveUpAsync(request, log);
            DateTimeOffset enteredAt = connection.SubmitGate.Now;
            using IDisposable inFlight = await LeaveAsync(log, ticket);
            SubmitAttempt? attempt = await AttemptAsync(request, json, cancellationToken);
            switch (attempt?.Outcome())
            {
                case SubmitOutcome.Accepted:
                    connection.SubmitGate.Accepted();
                    job = job with { JobId = attempt.Reply!.JobId, SubmittedAt = attempt.SentAt.LocalDateTime };
                    return new SubmitResult(job, await log.AcceptedAsync(job));

                case SubmitOutcome.RateLimited when limited++ < connection.MaximumRetryCount:
                case SubmitOutcome.QueueFull when !IsQueueStuck(ref fullSince):
                    connection.SubmitGate.Refused(ticket, attempt.Reply!.RetryAfter);
                    await log.WaitAsync(attempt.ToException(request, connection));
                    break;

                case SubmitOutcome.Unsent when !connection.SubmitGate.IsGivenUp(ticket, enteredAt, attempt.Failure!, MostTries(attempt)):
                    await log.WaitAsync(attempt.ToException(request, connection));
                    break;

                case null:
                    connection.SubmitGate.Left(ticket);
                    await log.UnsentAsync();
                    throw new OperationCanceledException(cancellationToken);

                case var outcome:
                    if (outcome != SubmitOutcome.Unsent) connection.SubmitGate.Left(ticket, attempt.Reply is not null);
                    LumaException exception = attempt.ToException(request, connection);
                    await log.EndAsync(outcome.Value, exception);
                    throw exception;
            }
        }
    }

    /// <summary>Asks the service about a job. It costs nothing and may be repeated.</summary>
    /// <param name="job">The job, with its <see cref="LumaJob.JobId"/>.</param>
    /// <param name="retry">Whether network faults, 429 and 5xx are retried; a caller that asks again anyway does without.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <param name="method">GET or POST, the service knows both forms; null: GET, and POST where GET is not allowed.</param>
    /// <returns>The job as the service has it now.</returns>
    /// <exception cref="LumaException">When there was no answer about this job. It says nothing about the job.</exception>
    public async Task<LumaJob> FetchAsync(
        LumaJob job, bool retry = true, HttpMethod? method = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        string jobId = job.JobId is { Length: > 0 } id ? id : throw Check.Invalid("JobId", job.JobId, "There is no jobId to fetch.");
        connection.CheckJobId(jobId);

        // Of what a callback says (HookMessage) nothing but the jobId is taken.
        if (job is { Status: LumaJobStatus.Unconfirmed, Id: null }) job = new LumaJob { JobId = jobId };
        using HttpRequestMessage request = FetchRequest(jobId, method ?? HttpMethod.Get);
        request.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
        request.Headers.TryAddWithoutValidation("Pragma", "no-cache"); // For what speaks HTTP/1.0 in between.
        if (retry && !StoppedServices.Contains(connection.BaseUri)) request.Options.Set(RequestOptions.Retry, true);
        ServiceReply reply;
        try
        {
            reply = await SendAsync(request, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException && StoppedServices.Contains(connection.BaseUri))
        {
            throw new LumaException(LumaErrorId.LumaNetworkError,
                $"The sandbox at {connection.BaseUri} was stopped, and its jobs with it, so the status of job {jobId} cannot be requested.",
                exception)
            {
                JobId = jobId,
                IsServiceStopped = true,
                RecommendedAction = "Start another one: Start-LumaSandbox | Connect-Luma. Or connect to the service: Connect-Luma.",
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new LumaException(LumaErrorId.LumaNetworkError,
                $"The status of job {jobId} could not be requested: {connection.Redact(ErrorText.Reason(exception))} This says nothing " +
                "about the job; it is safe to try again.", exception)
            {
                JobId = jobId,
                Answer = $"no answer: {connection.Redact(ErrorText.Reason(exception))!.TrimEnd('.')}",
                RecommendedAction = $"Try again: Get-LumaJob -JobId {jobId}",
            };
        }

        // The service answers both forms; something in between may let only one through.
        if (reply.StatusCode == HttpStatusCode.MethodNotAllowed && method is null)
        {
            return await FetchAsync(job, retry, HttpMethod.Post, cancellationToken);
        }

        LumaJob fetched = JobReply.Apply(job, reply, connection);
        await RecordAsync(job, fetched);
        return fetched;
    }

    /// <summary>
    /// Asks about a job that cannot be, once: what comes back tells about the network, the key and the service's clock. It
    /// costs nothing and says nothing about any job.
    /// </summary>
    /// <param name="withKey">Whether the key is sent.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <param name="method">GET or POST; null: GET, and POST where GET is not allowed.</param>
    /// <exception cref="HttpRequestException">There was no complete response.</exception>
    internal async Task<ProbeReply> ProbeAsync(bool withKey, CancellationToken cancellationToken, HttpMethod? method = null)
    {
        HttpClient http = connection.ServiceClient; // Made before the time is taken.
        using HttpRequestMessage request = FetchRequest(ImpossibleJobId, method ?? HttpMethod.Get);
        if (!withKey) request.Headers.Remove(KeyHeader);
        request.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
        DateTimeOffset sentAt = connection.Time.GetUtcNow();
        long start = connection.Time.GetTimestamp();
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        TimeSpan elapsed = connection.Time.GetElapsedTime(start);
        var reply = ServiceReply.Parse(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        if (reply.StatusCode == HttpStatusCode.MethodNotAllowed && method is null)
        {
            return await ProbeAsync(withKey, cancellationToken, HttpMethod.Post);
        }

        return new ProbeReply(reply, sentAt, elapsed, response.Headers.Date);
    }

    private async Task RecordAsync(LumaJob before, LumaJob now)
    {
        if (journal is null || !TellsMore(before, now)) return;
        try
        {
            await journal.StatusAsync(now);
        }
        catch (LumaException)
        {
            // The service still knows it, and will say it again.
        }
    }

    // What a job that runs says of itself changes with every poll; only what it says at its end is worth a line.
    private static bool TellsMore(LumaJob before, LumaJob now) =>
        now.Status != before.Status || now.VideoUrl != before.VideoUrl || now.Quota != before.Quota || now.Width != before.Width
            || now.Height != before.Height
        || (now.HasEnded && now.Message is not null && now.Message != before.Message);

    // A certificate that is wrong stays wrong, and a service that was stopped here does not come back by itself.
    private int MostTries(SubmitAttempt attempt) => attempt.IsWorthRepeating && !StoppedServices.Contains(connection.BaseUri)
        ? 1 + connection.MaximumRetryCount : 1;

    // It waited for the end of an outage with others, and is given up with them.
    private async Task<LumaException> GiveUpAsync(SubmitRequest request, ISubmitLog log)
    {
        await log.UnsentAsync();
        return new SubmitAttempt(connection.Time.GetUtcNow(), false, null, connection.SubmitGate.GivenUpFor)
            .ToException(request, connection);
    }

    private bool IsQueueStuck(ref DateTimeOffset? fullSince)
    {
        DateTimeOffset now = connection.SubmitGate.Now;
        fullSince ??= now;
        DateTimeOffset lastFreed = connection.SubmitGate.LastAccepted > fullSince ? connection.SubmitGate.LastAccepted : fullSince.Value;
        return now - lastFreed > _longestQueueWait;
    }

    // Counts it as in flight and writes its intent; the gate gets its ticket back if either fails.
    private async Task<IDisposable> LeaveAsync(ISubmitLog log, int ticket)
    {
        IDisposable? inFlight = null;
        try
        {
            inFlight = await EnterInFlight();
            await log.IntentAsync();
            return inFlight;
        }
        catch
        {
            inFlight?.Dispose();
            connection.SubmitGate.Left(ticket);
            throw;
        }
    }

    private async Task<int> EnterGateAsync(ISubmitLog log, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.SubmitGate.EnterAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await log.UnsentAsync();
            throw;
        }
    }

    // Null: it was stopped before it left.
    private async Task<SubmitAttempt?> AttemptAsync(SubmitRequest submit, byte[] json, CancellationToken cancellationToken)
    {
        var content = new SubmitContent(json);
        using HttpRequestMessage request = NewRequest(HttpMethod.Post, submit.Path);
        request.Content = content;
        using var unsent = new CancellationTokenSource();
        using CancellationTokenRegistration stop = cancellationToken.Register(() =>
        {
            if (content.TryWithhold()) unsent.Cancel();
        });
        DateTimeOffset sentAt = connection.Time.GetUtcNow();
        try
        {
            ServiceReply reply = await SendAsync(request, unsent.Token);
            return new SubmitAttempt(sentAt, content.MayHaveLeft, reply, null) { ParentJobId = (submit as ExtensionRequest)?.JobId };
        }
        catch (Exception) when (!content.MayHaveLeft && cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            content.TryWithhold(); // From here on it cannot leave any more.
            return new SubmitAttempt(sentAt, content.MayHaveLeft, null, exception);
        }
    }

    private async Task<ServiceReply> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response =
            await connection.ServiceClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return ServiceReply.Parse(response.StatusCode, body, RetryAfter.From(response.Headers.RetryAfter, connection.Time.GetUtcNow()));
    }

    private HttpRequestMessage FetchRequest(string jobId, HttpMethod method)
    {
        const string Path = "luma/v1/fetch";
        if (method == HttpMethod.Get) return NewRequest(method, $"{Path}?jobId={Uri.EscapeDataString(jobId)}");
        HttpRequestMessage request = NewRequest(method, Path);
        request.Content = new StringContent($$"""{"jobId":"{{JsonEncodedText.Encode(jobId)}}"}""", Encoding.UTF8, "application/json");
        return request;
    }

    private HttpRequestMessage NewRequest(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(connection.BaseUri, path))
        {
            // HTTP/2 would send a body again by itself when a connection is refused late.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (connection.ApiKey.Length > 0) request.Headers.TryAddWithoutValidation(KeyHeader, connection.ApiKey);
        request.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.ExpectContinue = false;
        if (trace is not null) request.Options.Set(RequestOptions.Trace, trace);
        return request;
    }

    internal HttpRequestMessage NewVideoRequest(Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        if (trace is not null) request.Options.Set(RequestOptions.Trace, trace);
        return request;
    }
}
