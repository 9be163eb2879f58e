using System.Net.Sockets;
using System.Text;

namespace Luma.Tests;

/// <summary>The door for callbacks, byte by byte.</summary>
public sealed class LumaHookListenerTests : IDisposable
{
    private const string NotFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    private const string Accepted = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    private readonly LumaHookListener _listener = LumaHookListener.Start();
    private readonly string _path;
    private readonly string _jobId = Guid.NewGuid().ToString();

    public LumaHookListenerTests() => _path = HookCaller.PathOf(_listener);

    public static TheoryData<string> Garbage => [
        "garbage\r\n\r\n", "\r\n\r\n", "\0\u0001\u0002\u0003\r\n\r\n", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n",
        "POST\r\n\r\n", "POST \r\n\r\n",
        "GET {path} HTTP/1.1\r\n\r\n", "HEAD {path} HTTP/1.1\r\n\r\n", "PUT {path} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "OPTIONS * HTTP/1.1\r\n\r\n", "post {path} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST {path} HTTP/2.0\r\nContent-Length: 2\r\n\r\n{}", "POST {path}\r\nContent-Length: 2\r\n\r\n{}",
        "POST  {path} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "POST /00000000000000000000000000000000 HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST {path}x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST {path}/a/b HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "POST {lower} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST /?{path} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST {path} HTTP/1.1\r\n\r\n", "POST {path} HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "POST {path} HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST {path} HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
        "POST {path} HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", "POST {path} HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n",
        "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"];

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Callback_is_answered_and_received()
    {
        string? heard = null;
        using IDisposable listening = _listener.Listen(id => heard = id);
        Assert.Equal(Accepted, await SendAsync());
        HookCaller.WaitForCount(_listener, 1);
        Assert.Equal(_jobId, heard);
        Assert.True(_listener.HasHeardOf(_jobId.ToUpperInvariant()));
        Assert.False(_listener.HasHeardOf(Guid.NewGuid().ToString()));
    }

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Everything_but_a_callback_to_the_address_gets_the_same_404(string text)
    {
        string sent = text.Replace("{path}", _path, StringComparison.Ordinal)
            .Replace("{lower}", _path.ToLowerInvariant(), StringComparison.Ordinal);
        Assert.Equal(NotFound, await HookCaller.SendAsync(_listener, sent));
        Assert.Equal(0, _listener.CallbackCount);
        Assert.Equal(Accepted, await SendAsync());
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"status":"SUCCESS","jobId":"no uuid"}""")]
    public async Task Body_that_is_not_a_callback_is_accepted_and_ignored(string body)
    {
        Assert.Equal(Accepted, await SendAsync(body: body));
        Assert.Equal(Accepted, await SendAsync());
        HookCaller.WaitForCount(_listener, 1);
        Assert.Equal(1, _listener.CallbackCount);
    }

    [Fact]
    public async Task A_head_without_an_end_gets_404_when_it_is_too_long()
    {
        Assert.Equal(NotFound, await HookCaller.SendAsync(_listener, HookCaller.Post(_path, $"X: {new string('x', 9000)}\r\n")));
        using Socket socket = await HookCaller.ConnectAsync(_listener);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {_path} HTTP/1.1\r\nX: {new string('x', 9000)}"));
        Assert.Equal(NotFound, await HookCaller.ReadToEndAsync(socket));
    }

    [Fact]
    public async Task A_body_may_have_64_KB_and_no_more()
    {
        string body = HookCaller.Body(_jobId);
        Assert.Equal(Accepted, await SendAsync(body: body.PadRight(HookMessage.LargestBody)));
        HookCaller.WaitForCount(_listener, 1);
        Assert.Equal(NotFound, await SendAsync(body: body.PadRight(HookMessage.LargestBody + 1)));
        string chunk = new(' ', 0x4000);
        string chunks = $"{body.Length:x}\r\n{body}\r\n" + string.Concat(Enumerable.Repeat($"4000\r\n{chunk}\r\n", 4)) + "0\r\n\r\n";
        Assert.Equal(NotFound, await HookCaller.SendAsync(_listener, HookCaller.Post(_path, "Transfer-Encoding: chunked\r\n", chunks)));
        Assert.Equal(1, _listener.CallbackCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task A_body_may_come_in_chunks_and_in_pieces(int piece)
    {
        string body = HookCaller.Body(_jobId);
        string chunks = $"{10:x};name=value\r\n{body[..10]}\r\n{body.Length - 10:X4}\r\n{body[10..]}\r\n0\r\nTrailer: x\r\n\r\n";
        Assert.Equal(
            Accepted, await HookCaller.SendAsync(_listener, HookCaller.Post(_path, "transfer-encoding: chunked\r\n", chunks), piece));
        HookCaller.WaitForCount(_listener, 1);
        Assert.Equal(
            Accepted, await HookCaller.SendAsync(_listener, HookCaller.Post(_path, $"content-length:{body.Length}\r\n", body), piece));
        HookCaller.WaitForCount(_listener, 2);
    }

    [Fact]
    public async Task Client_that_expects_100_Continue_gets_it_only_at_the_right_address()
    {
        string body = HookCaller.Body(_jobId);
        string answer = await HookCaller.SendAsync(
            _listener, HookCaller.Post(_path, $"Expect: 100-continue\r\nContent-Length: {body.Length}\r\n", body));
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n" + Accepted, answer);
        Assert.Equal(NotFound, await HookCaller.SendAsync(_listener, HookCaller.Post("/x",
            $"Expect: 100-continue\r\nContent-Length: {body.Length}\r\n")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/hooks/luma")]
    [InlineData("/hooks/luma/", "/17")]
    [InlineData("", "?a=b")]
    [InlineData("http://x.example")]
    public async Task A_proxy_may_put_something_before_the_token(string before, string after = "")
    {
        Assert.Equal(Accepted, await SendAsync(before + _path + after));
        HookCaller.WaitForCount(_listener, 1);
    }

    [Fact]
    public async Task Callback_of_a_client_that_does_not_wait_for_the_answer_is_received()
    {
        string body = HookCaller.Body(_jobId);
        using (Socket socket = await HookCaller.ConnectAsync(_listener))
        {
            socket.LingerState = new LingerOption(true, 0); // Closing resets the connection.
            await socket.SendAsync(Encoding.ASCII.GetBytes(HookCaller.Post(_path, $"Content-Length: {body.Length}\r\n", body[..^1])));
            await socket.SendAsync(Encoding.ASCII.GetBytes(body[^1..]));
            HookCaller.WaitForCount(_listener, 1);
        }

        for (int i = 0; i < 20; i++)
        {
            using Socket socket = await HookCaller.ConnectAsync(_listener);
            await socket.SendAsync(Encoding.ASCII.GetBytes(HookCaller.Post(_path, $"Content-Length: {body.Length}\r\n", body)));
            socket.Shutdown(SocketShutdown.Send);
        }

        HookCaller.WaitForCount(_listener, 21);
    }

    [Fact]
    public async Task Slow_clients_are_held_to_the_time_limit_and_keep_nobody_out_for_longer()
    {
        using LumaHookListener listener = LumaHookListener.Start(0, null, null, TimeSpan.FromSeconds(1));
        string path = HookCaller.PathOf(listener);
        List<Socket> slow = [];
        try
        {
            // More than there are places: the rest waits outside.
            for (int i = 0; i < 200; i++)
            {
                Socket socket = await HookCaller.ConnectAsync(listener);
                slow.Add(socket);
                await socket.SendAsync(
                    Encoding.ASCII.GetBytes(i % 2 == 0 ? "POST " : HookCaller.Post(path, "Content-Length: 100\r\n", "{")));
            }

            await HookCaller.CallAsync(listener.HookUrl, HookCaller.Body(_jobId));
            HookCaller.WaitForCount(listener, 1);
            foreach (Socket socket in slow) Assert.Equal("", await EndOfAsync(socket)); // They are cut, without an answer.
        }
        finally
        {
            foreach (Socket socket in slow) socket.Dispose();
        }
    }

    [Fact]
    public async Task Stopping_closes_the_port_and_what_is_open()
    {
        using Socket open = await HookCaller.ConnectAsync(_listener);
        await open.SendAsync("POST "u8.ToArray());
        Assert.True(_listener.IsRunning);
        Assert.Contains(_listener, LumaHookListener.Running());
        _listener.Dispose();
        _listener.Dispose();
        Assert.Equal("", await EndOfAsync(open));
        Assert.False(_listener.IsRunning);
        Assert.DoesNotContain(_listener, LumaHookListener.Running());
        await Assert.ThrowsAsync<SocketException>(() => HookCaller.ConnectAsync(_listener));
    }

    [Fact]
    public void Every_listener_has_its_own_token_and_address()
    {
        using var other = LumaHookListener.Start(publicUrl: new Uri("https://hooks.example/luma/"));
        Assert.Matches($"^http://127\\.0\\.0\\.1:{_listener.Port}/[0-9A-F]{{32}}$", _listener.HookUrl);
        Assert.Matches("^https://hooks\\.example/luma/[0-9A-F]{32}$", other.HookUrl);
        Assert.NotEqual(_listener.HookUrl[^32..], other.HookUrl[^32..]);
        Assert.Equal(other.HookUrl, other.ToString());
        Assert.Equal("https://hooks.example/luma/", other.PublicUrl);
    }

    [Fact]
    public void Port_in_use_is_an_error_that_says_what_to_do()
    {
        LumaException failure = Assert.Throws<LumaException>(() => LumaHookListener.Start(_listener.Port));
        Assert.Equal(LumaErrorId.LumaNetworkError, failure.ErrorId);
        Assert.Contains("-Port", failure.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_listeners_own_address_gets_the_records_id()
    {
        Assert.Equal($"{_listener.HookUrl}/17", LumaHookListener.AddressFor(_listener.HookUrl, "17"));
        Assert.Equal("https://elsewhere.example/x", LumaHookListener.AddressFor("https://elsewhere.example/x", "17"));
        Assert.Null(LumaHookListener.AddressFor(null, "17"));
        _listener.Dispose();
        Assert.Equal(_listener.HookUrl, LumaHookListener.AddressFor(_listener.HookUrl, "17"));
    }

    [Fact]
    public async Task Callback_identifies_its_record_and_a_failing_handler_is_harmless()
    {
        var told = new TaskCompletionSource<(string, string)>();
        using var listener = LumaHookListener.Start(named: (id, jobId) =>
        {
            if (id == "17") throw new LumaException(LumaErrorId.LumaNetworkError, "No network.");
            told.SetResult((id, jobId));
            return Task.CompletedTask;
        });
        await HookCaller.CallAsync(listener.HookUrl, HookCaller.Body(_jobId));
        await HookCaller.CallAsync($"{listener.HookUrl}/17", HookCaller.Body(_jobId));
        await HookCaller.CallAsync($"{listener.HookUrl}/18", HookCaller.Body(_jobId));
        Assert.Equal(("18", _jobId), await told.Task.WaitAsync(TestService.Patience));
    }

    private static async Task<string> EndOfAsync(Socket socket)
    {
        try
        {
            return await HookCaller.ReadToEndAsync(socket);
        }
        catch (SocketException)
        {
            return ""; // A reset is an end, too.
        }
    }

    private Task<string> SendAsync(string? path = null, string? body = null)
    {
        body ??= HookCaller.Body(_jobId);
        return HookCaller.SendAsync(_listener, HookCaller.Post(path ?? _path, $"Content-Length: {body.Length}\r\n", body));
    }
}
