using System.Collections.Concurrent;

namespace Luma.Tests;

public sealed class LinkCheckTests
{
    private const string Picture = "\u0089PNG\r\n\u001a\n12345678";

    [Fact]
    public async Task Host_that_sends_without_end_is_disconnected_after_the_first_bytes()
    {
        long sent = 0;
        var left = new TaskCompletionSource();
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            await RawServer.ReadRequestAsync(stream, stop);
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n{Picture}", stop);
            byte[] more = new byte[64 * 1024];
            try
            {
                while (true)
                {
                    await stream.WriteAsync(more, stop);
                    sent += more.Length;
                }
            }
            catch (IOException)
            {
                left.SetResult();
            }
        });
        LumaLinkCheck check = Assert.Single(await TestAsync([server.Address().AbsoluteUri]));
        Assert.True(check.IsPicture);
        Assert.Null(check.Problem);
        await left.Task.WaitAsync(TestService.Patience);
        Assert.InRange(sent, 0, 32 * 1024 * 1024); // What the system has taken in before it noticed.
    }

    [Fact]
    public async Task Link_that_does_not_answer_is_given_up()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var lab = new TestService();
        LumaLinkCheck check = Assert.Single(await new LinkChecks(lab.Connection.VideoClient)
            { LinkLimit = TimeSpan.FromSeconds(0.2) }.TestAsync([server.Address().AbsoluteUri], default));
        Assert.Equal("It did not respond within 0.2 s.", check.Problem);
    }

    [Fact]
    public async Task All_links_together_have_a_limit_and_no_more_than_eight_are_tested_at_a_time()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var lab = new TestService();
        string[] links = [.. Enumerable.Range(0, 20).Select(number => $"{server.Address()}{number}.png")];
        IReadOnlyList<LumaLinkCheck> checks = await new LinkChecks(lab.Connection.VideoClient)
            { TotalLimit = TimeSpan.FromSeconds(0.5) }.TestAsync(links, default);
        Assert.Equal(links, checks.Select(check => check.Link));
        Assert.All(checks, check => Assert.Equal("It was not tested: testing all links may take at most 0.5 s.", check.Problem));
        Assert.InRange(server.Connections, 0, 8);
    }

    [Fact]
    public async Task No_key_is_sent_to_a_link()
    {
        var requests = new ConcurrentQueue<string>();
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            requests.Enqueue(await RawServer.ReadRequestAsync(stream, stop));
            await RawServer.WriteAsync(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", stop);
        });
        Assert.Equal("It returned HTTP 404.", Assert.Single(await TestAsync([server.Address().AbsoluteUri])).Problem);
        string request = Assert.Single(requests);
        Assert.DoesNotContain("TT-API-KEY", request, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Range: bytes=0-15", request, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<LumaLinkCheck>> TestAsync(string[] links)
    {
        await using var lab = new TestService();
        return await new LinkChecks(lab.Connection.VideoClient).TestAsync(links, default);
    }
}
