using System.Net;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;

namespace Luma.Http;

/// <summary>
/// Repeats what costs nothing: a GET that asks for it, after a network fault, 408, 429 or 5xx. Nothing else is ever repeated here.
/// </summary>
internal sealed class RetryHandler : DelegatingHandler
{
    private const string RetryOption = "Luma.Retry"; // Set by the library in front of this pipeline.
    private static readonly TimeSpan _longestRetryAfter = TimeSpan.FromMinutes(2);

    // Made when first needed: most requests are submits and polls, which are not repeated here.
    private readonly Lazy<ResiliencePipeline<HttpResponseMessage>> _retries;

    public RetryHandler(int maximumRetryCount) =>
        _retries = new Lazy<ResiliencePipeline<HttpResponseMessage>>(() => Retries(maximumRetryCount));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        bool mayRepeat = request.Method == HttpMethod.Get && request.Properties.TryGetValue(RetryOption, out object? asked)
            && asked is true;
        return mayRepeat ? SendAndRepeatAsync(request, cancellationToken) : base.SendAsync(request, cancellationToken);
    }

    private static ResiliencePipeline<HttpResponseMessage> Retries(int maximumRetryCount) => maximumRetryCount == 0
        ? ResiliencePipeline<HttpResponseMessage>.Empty
        : new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = maximumRetryCount,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(0.5),
                MaxDelay = TimeSpan.FromSeconds(30),
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>().Handle<Exception>(IsTransient).HandleResult(IsTransient),
                DelayGenerator = arguments => new ValueTask<TimeSpan?>(RetryAfter(arguments.Outcome.Result)),
                OnRetry = arguments =>
                {
                    arguments.Outcome.Result?.Dispose();
                    return default;
                },
            })
            .Build();

    // Polly is loaded where the first attempt has failed, and takes that as its own first: most processes never need it.
    private async Task<HttpResponseMessage> SendAndRepeatAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage? response = null;
        ExceptionDispatchInfo? failure = null;
        try
        {
            response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (!IsTransient(response)) return response;
        }
        catch (Exception exception) when (IsTransient(exception))
        {
            failure = ExceptionDispatchInfo.Capture(exception);
        }

        bool isFirst = true;
        return await _retries.Value.ExecuteAsync(
            async token =>
            {
                if (!isFirst) return await base.SendAsync(request, token).ConfigureAwait(false);
                isFirst = false;
                failure?.Throw();
                return response!;
            },
            cancellationToken).ConfigureAwait(false);
    }

    // An IOException is a cut within the body, which the service's client reads inside of this pipeline.
    private static bool IsTransient(Exception failure) => failure is HttpRequestException or IOException;

    private static bool IsTransient(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.RequestTimeout || (int)response.StatusCode == 429 || (int)response.StatusCode >= 500;

    // In seconds or as a date; null lets the exponential back-off decide.
    private static TimeSpan? RetryAfter(HttpResponseMessage? response)
    {
        var header = response?.Headers.RetryAfter;
        TimeSpan? wait = header?.Delta ?? (header?.Date - DateTimeOffset.UtcNow);
        if (wait is null) return null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > _longestRetryAfter ? _longestRetryAfter : wait;
    }
}
