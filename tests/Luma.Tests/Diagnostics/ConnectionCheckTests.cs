namespace Luma.Tests;

public sealed class ConnectionCheckTests : IDisposable
{
    private static readonly ConnectionCheck _check = new(TestService.Patience);
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(-7200)]
    [InlineData(7200)]
    public async Task Clock_difference_is_computed_from_the_Date_header(int seconds)
    {
        await using var lab = new TestService(time: new ShiftedTime(TimeSpan.FromSeconds(seconds)));
        LumaConnection connection = lab.Connect(lab.Sandbox.BaseUri, lab.Sandbox.ApiKey, time: TimeProvider.System);
        LumaConnectionTest test = await RunAsync(connection);
        Assert.InRange(test.ClockDifference!.Value.TotalSeconds, seconds - 1, seconds + 1);
        Assert.Contains(
            seconds < 0 ? "ahead of the service's" : "behind the service's", Assert.Single(test.Problems), StringComparison.Ordinal);
        Assert.True(test.Ready);
    }

    [Fact]
    public async Task Clock_is_unknown_where_the_answer_has_no_Date()
    {
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            string request = await RawServer.ReadRequestAsync(stream, stop);
            string status = request.Contains("TT-API-KEY", StringComparison.Ordinal) ? "404 Not Found" : "401 Unauthorized";
            const string Body = """{"status":"FAILED","message":"no"}""";
            await RawServer.WriteAsync(
                stream, $"HTTP/1.1 {status}\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}", stop);
        });
        await using var lab = new TestService();
        LumaConnectionTest test = await RunAsync(lab.Connect(server.Address()));
        Assert.Null(test.ClockDifference);
        Assert.True(test.KeyAccepted);
        Assert.Contains("did not report its time", Assert.Single(test.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_goes_out_once_and_no_request_is_repeated()
    {
        await using var lab = new TestService(retries: 5);
        Assert.True((await RunAsync(lab.Connection)).Ready);
        Assert.Equal([lab.Sandbox.ApiKey, null], lab.Sandbox.Requests.Select(request => request.Headers.GetValueOrDefault("TT-API-KEY")));
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Html(503));
        Assert.False((await RunAsync(lab.Connection)).Reachable);
        Assert.Equal(3, lab.Sandbox.RequestCount);
    }

    [Fact]
    public async Task Service_that_takes_only_POST_is_asked_that_way()
    {
        await using var lab = new TestService();
        lab.Sandbox.Misbehave(
            SandboxTarget.Fetch, SandboxFault.Status(405, "POST only"), SandboxFault.None, SandboxFault.Status(405, "POST only"));
        Assert.True((await RunAsync(lab.Connection)).Ready);
        Assert.Equal(["GET", "POST", "GET", "POST"], lab.Sandbox.Requests.Select(request => request.Method));
    }

    private Task<LumaConnectionTest> RunAsync(LumaConnection connection) => _check.RunAsync(connection, () => _folder.Open(), default);

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
    }
}
