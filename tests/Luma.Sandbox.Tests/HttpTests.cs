using System.Net;

namespace Luma.Sandbox.Tests;

/// <summary>The HTTP server, byte by byte.</summary>
public class HttpTests
{
    private const string Car = """{"userPrompt":"a red car"}""";
    private const string Post = "POST /luma/v1/generations HTTP/1.1";
    private const string Get = "GET /luma/v1/fetch?jobId=x HTTP/1.1";

    [Fact]
    public async Task A_connection_serves_many_requests_and_counts_them()
    {
        await using var f = new Fixture();
        using RawClient first = await f.ConnectAsync();
        using RawClient second = await f.ConnectAsync();
        foreach (RawClient raw in new[] { first, first, second })
        {
            await raw.SendAsync(f.Raw(Get));
            (string head, _) = await raw.ReadAnswerAsync();
            Assert.Matches("(?s)^HTTP/1.1 404 Not Found\r\nDate: [A-Z][a-z]{2}, .* GMT\r\n.*Content-Length: [0-9]+\r\n\r\n$", head);
        }
        IReadOnlyList<SandboxRequest> requests = f.Sandbox.Requests;
        Assert.Equal([1, 2, 1], requests.Select(r => r.RequestNumberOnConnection));
        Assert.Equal(requests[0].ConnectionId, requests[1].ConnectionId);
        Assert.NotEqual(requests[0].ConnectionId, requests[2].ConnectionId);
    }

    [Fact]
    public async Task Requests_may_be_pipelined()
    {
        await using var f = new Fixture();
        using RawClient raw = await f.ConnectAsync();
        string submit = f.Raw(Post, $"Content-Length: {Car.Length}\r\n", Car);
        await raw.SendAsync(submit + submit + f.Raw(Get));
        Assert.StartsWith("HTTP/1.1 200", (await raw.ReadAnswerAsync()).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", (await raw.ReadAnswerAsync()).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", (await raw.ReadAnswerAsync()).Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_may_come_byte_by_byte_and_in_chunks()
    {
        await using var f = new Fixture();
        using RawClient raw = await f.ConnectAsync();
        string body = $"5;x=y\r\n{Car[..5]}\r\n{Car.Length - 5:X}\r\n{Car[5..]}\r\n0\r\nTrailer: x\r\n\r\n";
        foreach (char c in f.Raw(Post, "Transfer-Encoding: chunked\r\n", body)) await raw.SendAsync(c.ToString());
        Assert.StartsWith("HTTP/1.1 200", (await raw.ReadAnswerAsync()).Head, StringComparison.Ordinal);
        Assert.Equal(Car, Assert.Single(f.Sandbox.Requests).Body);
        await raw.SendAsync(f.Raw(Get));
        Assert.StartsWith("HTTP/1.1 404", (await raw.ReadAnswerAsync()).Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_that_expects_100_Continue_gets_it()
    {
        await using var f = new Fixture();
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(f.Raw(Post, $"Expect: 100-continue\r\nContent-Length: {Car.Length}\r\n"));
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await raw.ReadUntilAsync("\r\n\r\n"));
        await raw.SendAsync(Car);
        Assert.StartsWith("HTTP/1.1 200", (await raw.ReadAnswerAsync()).Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /luma/v1/fetch HTTP/1.1", "Connection: close\r\n")]
    [InlineData("GET /luma/v1/fetch HTTP/1.0", "")]
    public async Task The_connection_closes_when_the_client_wants_it(string firstLine, string headers)
    {
        await using var f = new Fixture();
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(f.Raw(firstLine, headers));
        (string text, bool reset) = await raw.ReadToEndAsync();
        Assert.Contains("\r\nConnection: close\r\n", text, StringComparison.Ordinal);
        Assert.False(reset);
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("GET / HTTP/2.0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400)]
    [InlineData("POST /luma/v1/fetch HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /luma/v1/fetch HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("POST /luma/v1/fetch HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    [InlineData("POST /luma/v1/fetch HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n", 413)]
    [InlineData("POST /luma/v1/fetch HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", 413)]
    public async Task What_is_not_http_is_refused(string text, int status)
    {
        await using var f = new Fixture();
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(text);
        (string head, _) = await raw.ReadAnswerAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Contains("Connection: close", head, StringComparison.Ordinal);
        Assert.Equal(("", false), await raw.ReadToEndAsync());
    }

    [Fact]
    public async Task Heads_are_bounded_and_large_bodies_are_not_a_problem()
    {
        await using var f = new Fixture();
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(f.Raw(Get, $"X-Long: {new string('x', 100_000)}\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", (await raw.ReadAnswerAsync()).Head, StringComparison.Ordinal);

        string prompt = new('x', 1_000_000);
        await f.SubmitAsync($$"""{"userPrompt":"{{prompt}}"}""");
        Assert.Equal(prompt, f.Sandbox.Jobs[0].Fields["userPrompt"].GetString());
    }

    [Fact]
    public async Task A_request_is_recorded_as_it_came()
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 0);
        using RawClient raw = await f.ConnectAsync();
        string path = f.Sandbox.BaseUri.AbsolutePath;
        string body = "{\"userPrompt\":\"\u00c3\u00a4\"}";
        await raw.SendAsync(
            f.Raw($"POST {path}luma/v1/generations?a=%20b HTTP/1.1", $"X-One: 1\r\nx-one:2 \r\nContent-Length: {body.Length}\r\n", body));
        await raw.ReadAnswerAsync();
        SandboxRequest request = Assert.Single(f.Sandbox.Requests);
        Assert.Equal(
            ("POST", "/luma/v1/generations", "a=%20b", "{\"userPrompt\":\"ä\"}", SandboxTarget.Generations),
            (request.Method, request.Path, request.Query, request.Body, request.Target));
        Assert.Equal(time.GetUtcNow(), request.ReceivedAt);
        Assert.Equal("1, 2", request.Headers["X-ONE"]);
        Assert.Equal(["Host", "TT-API-KEY", "X-One", "x-one", "Content-Length"], request.HeaderList.Select(header => header.Key));
    }

    [Fact]
    public async Task A_client_may_take_the_sandbox_for_its_proxy()
    {
        await using var f = new Fixture();
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(f.Sandbox.BaseUri.GetLeftPart(UriPartial.Authority)) };
        using var client = new HttpClient(handler);
        using HttpResponseMessage answer = await client.GetAsync("http://luma.example/luma/v1/fetch?jobId=x");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("luma.example", Assert.Single(f.Sandbox.Requests).Headers["Host"]);
    }

    [Fact]
    public async Task Thousands_of_requests_on_hundreds_of_connections_all_get_their_answer()
    {
        await using var f = new Fixture(new LumaSandboxOptions { JobSeconds = 0 });
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            string id = await f.SubmitAsync();
            for (int i = 0; i < 10; i++) Assert.Equal(id, (await f.FetchAsync(id)).GetProperty("jobId").GetString());
            return id;
        })));
        Assert.Equal(200, ids.Distinct().Count());
        Assert.Equal((2200, 200), (f.Sandbox.RequestCount, f.Sandbox.SubmitCount));
        Assert.Empty(f.Sandbox.Requests);
    }
}
