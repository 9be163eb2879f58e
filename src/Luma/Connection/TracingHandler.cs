using System.Diagnostics;
using System.Net;

namespace Luma;

/// <summary>
/// The innermost handler of ours: sees every attempt, bounds the time until its answer, and tells who asked to know.
/// </summary>
internal class TracingHandler(HttpMessageHandler inner, TimeSpan timeout, SecretTexts secrets) : DelegatingHandler(inner)
{
    protected sealed override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        HttpStatusCode? status = null;
        string? error = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, limit.Token);
            status = response.StatusCode;
            return await ReceiveAsync(response, limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody asked for it: the time is up, or that for connecting is.
            bool isLate = limit.IsCancellationRequested;
            error = isLate ? FormattableString.Invariant($"no complete answer within {timeout.TotalSeconds:0.###} s")
                : "no connection in time";
            HttpRequestError kind = isLate ? HttpRequestError.Unknown : HttpRequestError.ConnectionError;
            throw new HttpRequestException(kind, $"There was {error}.", new TimeoutException(error, exception));
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException && (secrets.IsIn(exception) || MovesTerminal(exception)))
        {
            // A peer that repeats the key in an answer that is none: what the exception says is kept, who says it is not.
            error = VisibleText.Printable(secrets.Redact(exception.Message)!);
            throw exception is HttpRequestException failed
                ? new HttpRequestException(failed.HttpRequestError, error, null, failed.StatusCode)
                : new HttpRequestException(HttpRequestError.Unknown, error);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            error = exception.Message;
            throw;
        }
        finally
        {
            if (request.Options.TryGetValue(RequestOptions.Trace, out Action<RequestTrace>? trace))
            {
                trace(new RequestTrace(
                    request.Method, secrets.Redact(Target(request.RequestUri!))!, status, error, Stopwatch.GetElapsedTime(start)));
            }
        }
    }

    protected virtual string Target(Uri address) => address.Host + address.AbsolutePath;

    // An exception repeats what it could not read, and PowerShell shows those behind an error as well.
    private static bool MovesTerminal(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (VisibleText.Printable(exception.Message) != exception.Message) return true;
        }

        return false;
    }

    /// <summary>Reads as much of the answer as has to come within the time of the request.</summary>
    protected virtual Task<HttpResponseMessage> ReceiveAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        Task.FromResult(response);
}
