using System.Globalization;
using System.Net;

namespace Luma;

/// <summary>
/// Finds out whether a connection works. It submits nothing and costs nothing, and what goes wrong is a part of the result.
/// </summary>
/// <param name="limit">How long each request, and the look at the journal, may take.</param>
/// <param name="trace">Called for each request, on any thread.</param>
internal sealed class ConnectionCheck(TimeSpan limit, Action<RequestTrace>? trace = null)
{
    // Less is the network's, and the full seconds of the header.
    private static readonly TimeSpan _notableDifference = TimeSpan.FromMinutes(1);

    /// <summary>Tries a connection.</summary>
    /// <param name="connection">The connection; one without a key is only tried for whether the service answers. Null: there is
    /// none.</param>
    /// <param name="openJournal">Opens the journal.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<LumaConnectionTest> RunAsync(
        LumaConnection? connection, Func<Journal> openJournal, CancellationToken cancellationToken)
    {
        Task<LumaConnectionTest> journal = Task.Run(() => TryJournalAsync(openJournal, cancellationToken), cancellationToken);
        LumaConnectionTest service = connection is null ? new LumaConnectionTest() : await TryServiceAsync(connection, cancellationToken);
        LumaConnectionTest kept = await journal;
        return service with
        {
            Journal = kept.Journal,
            JournalStore = kept.JournalStore,
            JournalWritable = kept.JournalWritable,
            Problems = [.. service.Problems, .. kept.Problems],
        };
    }

    private async Task<LumaConnectionTest> TryJournalAsync(Func<Journal> openJournal, CancellationToken cancellationToken)
    {
        var test = new LumaConnectionTest();
        try
        {
            Journal journal = openJournal();
            test = test with { Journal = journal.Location, JournalStore = journal.IsShared ? "PostgreSQL" : "Files" };
            await journal.CheckWritableAsync(cancellationToken).WaitAsync(limit, cancellationToken);
            return test with { JournalWritable = true };
        }
        catch (LumaException exception)
        {
            return test with { Problems = [WithAction(exception)] };
        }
        catch (TimeoutException)
        {
            return test with { Problems = [$"The journal in {test.Journal} could not be written to within {Seconds}."] };
        }
    }

    private async Task<LumaConnectionTest> TryServiceAsync(LumaConnection connection, CancellationToken cancellationToken)
    {
        var test = new LumaConnectionTest
            { Name = connection.Name, BaseUri = connection.BaseUri, Service = connection.Service, Proxy = connection.ProxyInUse };
        var client = new LumaClient(connection, trace);
        bool hasKey = connection.ApiKey.Length > 0;
        (ProbeReply? first, string? failure) = await AskAsync(client, connection, hasKey, cancellationToken);
        if (first is null) return test with { Problems = [failure!] };
        if (!first.Reply.IsEnvelope) return test with { Problems = [NotTheService(first.Reply, connection, test.Proxy)] };
        test = test with { Reachable = true, Latency = first.Elapsed, ClockDifference = first.ClockDifference,
            Problems = [.. ProblemsOfClock(first)] };
        return hasKey ? await TryKeyAsync(test, client, connection, first, cancellationToken) : test;
    }

    // That the service does not know the job tells nothing as long as it may say so to anybody: so it is asked without a key as well.
    private async Task<LumaConnectionTest> TryKeyAsync(
        LumaConnectionTest test, LumaClient client, LumaConnection connection, ProbeReply first, CancellationToken cancellationToken)
    {
        int status = (int)first.Reply.StatusCode;
        if (status is 401 or 403) return WithProblem(test with { KeyAccepted = false }, Refused(first.Reply, connection));
        if (status == 402) return WithProblem(test with { KeyAccepted = true }, Refused(first.Reply, connection));
        if (status is 429 or 499) return WithProblem(test, Refused(first.Reply, connection));
        if (status >= 500)
        {
            return WithProblem(test,
                $"The service answered with an error of its own (HTTP {Number(status)}), which says nothing about the " +
                "key. Try again later.");
        }

        (ProbeReply? second, string? failure) = await AskAsync(client, connection, withKey: false, cancellationToken);
        if (second is null) return WithProblem(test, $"It is not known whether the key is accepted. {failure}");
        if (second.Elapsed < test.Latency) test = test with { Latency = second.Elapsed };
        return (int)second.Reply.StatusCode is 401 or 403
            ? test with { KeyAccepted = true }
            : WithProblem(test, $"{connection.BaseUri} answers HTTP {Number(status)} with the key and HTTP " +
                $"{Number((int)second.Reply.StatusCode)} without one, so it is not known whether the key is accepted. Check the address.");
    }

    private async Task<(ProbeReply? Reply, string? Failure)> AskAsync(
        LumaClient client, LumaConnection connection, bool withKey, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(limit);
        try
        {
            return (await client.ProbeAsync(withKey, over.Token), null);
        }
        catch (HttpRequestException exception) when (exception.StatusCode == HttpStatusCode.ProxyAuthenticationRequired)
        {
            return (null, ProxyWantsUser(connection.ProxyInUse));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            string reason = StoppedServices.Contains(connection.BaseUri) ? $"The sandbox at {connection.BaseUri} was stopped."
                : $"The service could not be reached: {connection.Redact(ErrorText.Reason(exception))}";
            return (null, reason);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"The service could not be reached: there was no complete answer within {Seconds}.");
        }
    }

    private static IEnumerable<string> ProblemsOfClock(ProbeReply reply)
    {
        if (reply.ClockDifference is not { } difference)
        {
            yield return "The service did not report its time, so this machine's clock could not be checked.";
        }
        else if (difference.Duration() >= _notableDifference)
        {
            yield return $"This machine's clock is {difference.Duration():g} {(difference < TimeSpan.Zero ? "ahead of" : "behind")} the " +
                "service's. Set it: certificates and the journal's times depend on it.";
        }
    }

    private static string NotTheService(ServiceReply reply, LumaConnection connection, Uri? proxy)
    {
        if (reply.StatusCode == HttpStatusCode.ProxyAuthenticationRequired) return ProxyWantsUser(proxy);
        string what = reply.IsHtml ? "an HTML page, from a proxy, a firewall or the service's front end"
            : "an answer that is not the service's";
        return $"{connection.BaseUri} answered with {what} (HTTP {Number((int)reply.StatusCode)}). It says nothing about the key. Check " +
            "the address and the proxy.";
    }

    private static string ProxyWantsUser(Uri? proxy) =>
        $"The proxy {proxy} requires a user and a password (HTTP 407). Specify them with Connect-Luma -ProxyCredential.";

    private static string Refused(ServiceReply reply, LumaConnection connection) =>
        WithAction(ServiceErrors.Refused(reply, connection, "The test", "Nothing was submitted.", null));

    private static LumaConnectionTest WithProblem(LumaConnectionTest test, string problem) =>
        test with { Problems = [.. test.Problems, problem] };

    private static string WithAction(LumaException exception) =>
        exception.RecommendedAction is { } action ? $"{exception.Message} {ServiceErrors.Sentence(action)}" : exception.Message;

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string Seconds => FormattableString.Invariant($"{limit.TotalSeconds:0.###} s");
}
