using System.Net;
using System.Text.Json;

namespace Luma.Sandbox.Tests;

/// <summary>Everything that can be made to go wrong.</summary>
public class FaultTests
{
    private const string Generations = "luma/v1/generations";
    private const string Car = """{"userPrompt":"a red car"}""";

    [Fact]
    public async Task A_status_is_an_envelope_and_makes_no_job()
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(
            SandboxTarget.Submit,
            SandboxFault.Status(429, "Too many requests", ("Retry-After", "7")),
            SandboxFault.Status(401, "Not activated"),
            SandboxFault.Status(499, "The queue is full"));
        using HttpResponseMessage limited = await f.PostAsync(Generations, Car);
        Assert.Equal((429, "7"), ((int)limited.StatusCode, limited.Headers.RetryAfter!.ToString()));
        Assert.Equal("""{"status":"FAILED","message":"Too many requests","data":null}""", await limited.Content.ReadAsStringAsync());
        using HttpResponseMessage unauthorized = await f.PostAsync("luma/v1/extend", Car);
        Assert.Equal("""{"status":"FAILED","message":"Not activated"}""", await unauthorized.Content.ReadAsStringAsync());
        using HttpResponseMessage full = await f.PostAsync(Generations, Car);
        Assert.Equal(499, (int)full.StatusCode);
        Assert.Empty(f.Sandbox.Jobs);

        await f.SubmitAsync();
        Assert.Equal(4, f.Sandbox.Requests.Count);
    }

    [Fact]
    public async Task Html_looks_like_Cloudflare()
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Generations, SandboxFault.Html(524), SandboxFault.Html(403, "<p>no", ("X-A", "b")));
        using HttpResponseMessage page = await f.PostAsync(Generations, Car);
        Assert.Equal((524, "text/html", "cloudflare"),
            ((int)page.StatusCode, page.Content.Headers.ContentType!.MediaType, page.Headers.Server.ToString()));
        Assert.Contains("Error 524", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using HttpResponseMessage own = await f.PostAsync(Generations, Car);
        Assert.Equal(("<p>no", "b"), (await own.Content.ReadAsStringAsync(), own.Headers.GetValues("X-A").Single()));
        Assert.Empty(f.Sandbox.Jobs);
    }

    [Fact]
    public async Task Anything_can_be_replied()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        f.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Reply(200, "application/json", """{"status":"SUCCESS"}"""),
            SandboxFault.Redirect(308, "http://127.0.0.1:9/x"));
        Assert.Equal("""{"status":"SUCCESS"}""", await f.Api.GetStringAsync($"luma/v1/fetch?jobId={id}"));
        using HttpResponseMessage moved = await f.Api.GetAsync($"luma/v1/fetch?jobId={id}");
        Assert.Equal((308, "http://127.0.0.1:9/x"), ((int)moved.StatusCode, moved.Headers.Location!.AbsoluteUri));
    }

    [Fact]
    public async Task Faults_go_to_their_target_one_by_one_until_told_to_behave()
    {
        await using var f = new Fixture();
        f.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.Status(500, "always"));
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(501, "either"));
        f.Sandbox.Misbehave(SandboxTarget.Extend, SandboxFault.Status(502, "extend"), SandboxFault.None);
        var codes = new List<int>();
        foreach (string path in new[] { "extend", "generations", "generations", "extend", "extend" })
        {
            using HttpResponseMessage answer = await f.PostAsync($"luma/v1/{path}", Car);
            codes.Add((int)answer.StatusCode);
        }
        Assert.Equal([502, 501, 500, 400, 500], codes);
        f.Sandbox.Behave();
        await f.SubmitAsync();
    }

    [Fact]
    public async Task Requests_are_recorded_in_the_order_in_which_they_meet_their_faults()
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Generations, SandboxFault.Status(400, "the first"));
        using RawClient slow = await f.ConnectAsync();
        await slow.SendAsync(f.Raw($"POST /{Generations} HTTP/1.1", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
        await slow.ReadUntilAsync("\r\n\r\n"); // It has met its fault, and its body is still to come.
        await f.SubmitAsync();
        await slow.SendAsync("{ }");
        Assert.Contains("the first", (await slow.ReadAnswerAsync()).Body, StringComparison.Ordinal);
        Assert.Equal(["{ }", Car], f.Sandbox.Requests.Select(request => request.Body));
    }

    [Fact]
    public async Task The_connection_can_close_before_the_body_is_read()
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Generations, SandboxFault.CloseBeforeReading());
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(f.Raw($"POST /{Generations} HTTP/1.1", "Content-Length: 1000\r\n"));
        Assert.Equal(("", true), await raw.ReadToEndAsync());
        Assert.Equal((1, 0), (f.Sandbox.SubmitCount, f.Sandbox.Jobs.Count));
        Assert.Empty(Assert.Single(f.Sandbox.Requests).Body);
    }

    [Fact]
    public async Task The_connection_can_close_with_the_job_made()
    {
        await using var f = new Fixture();
        SandboxFault fault = SandboxFault.CloseWithoutReply();
        f.Sandbox.Misbehave(SandboxTarget.Generations, fault);
        await Assert.ThrowsAsync<HttpRequestException>(() => f.PostAsync(Generations, Car));
        await fault.Applied.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Single(f.Sandbox.Jobs);
        Assert.Equal(Car, Assert.Single(f.Sandbox.Requests).Body);
    }

    [Fact]
    public async Task A_kept_connection_can_close_while_it_is_idle()
    {
        await using var f = new Fixture();
        SandboxFault fault = SandboxFault.CloseAfterReply();
        f.Sandbox.Misbehave(SandboxTarget.Fetch, fault);
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(f.Raw("GET /luma/v1/fetch?jobId=x HTTP/1.1"));
        (string head, string body) = await raw.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 404", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Connection:", head, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(body);
        await fault.Applied.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(("", false), await raw.ReadToEndAsync());
    }

    [Fact]
    public async Task A_kept_connection_can_reset_on_the_next_request()
    {
        await using var f = new Fixture();
        SandboxFault fault = SandboxFault.ResetOnNextRequest();
        f.Sandbox.Misbehave(SandboxTarget.Submit, fault);
        string request = f.Raw($"POST /{Generations} HTTP/1.1", $"Content-Length: {Car.Length}\r\n", Car);
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(request);
        (string head, _) = await raw.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.False(fault.Applied.IsCompleted);
        await raw.SendAsync(request);
        Assert.Equal(("", true), await raw.ReadToEndAsync());
        await fault.Applied.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((1, 1), (f.Sandbox.SubmitCount, f.Sandbox.Jobs.Count));
    }

    [Fact]
    public async Task A_body_can_be_cut()
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Generations, SandboxFault.TruncateBody(10));
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(f.Raw($"POST /{Generations} HTTP/1.1", $"Content-Length: {Car.Length}\r\n", Car));
        (string text, bool reset) = await raw.ReadToEndAsync();
        Assert.False(reset);
        Assert.EndsWith("\r\n\r\n{\"status\":", text, StringComparison.Ordinal);
        Assert.Matches("Content-Length: [0-9]{2,}\r\n", text);
        Assert.Single(f.Sandbox.Jobs);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(12, "HTTP/1.1 200")]
    public async Task A_head_can_be_cut(int bytes, string expected)
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Generations, SandboxFault.TruncateHead(bytes));
        using RawClient raw = await f.ConnectAsync();
        await raw.SendAsync(f.Raw($"POST /{Generations} HTTP/1.1", $"Content-Length: {Car.Length}\r\n", Car));
        Assert.Equal((expected, false), await raw.ReadToEndAsync());
        Assert.Single(f.Sandbox.Jobs);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task A_request_can_hang_processed_or_not(bool processed, int jobs)
    {
        await using var f = new Fixture();
        SandboxFault fault = SandboxFault.Hang(processed);
        f.Sandbox.Misbehave(SandboxTarget.Generations, fault);
        Task<HttpResponseMessage> answer = f.PostAsync(Generations, Car);
        await fault.Applied.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(answer.IsCompleted);
        Assert.Equal((1, jobs), (f.Sandbox.SubmitCount, f.Sandbox.Jobs.Count));
        await f.Sandbox.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => answer);
    }

    [Fact]
    public async Task A_job_can_be_forgotten()
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Forget());
        string id = await f.SubmitAsync();
        using HttpResponseMessage fetch = await f.Api.GetAsync($"luma/v1/fetch?jobId={id}");
        using HttpResponseMessage extend = await f.PostAsync("luma/v1/extend", $$"""{"userPrompt":"a","jobId":"{{id}}"}""");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.BadRequest), (fetch.StatusCode, extend.StatusCode));
    }

    [Fact]
    public async Task A_job_can_fail_with_a_reason()
    {
        await using var f = new Fixture();
        f.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.FailJob("banned \"word\""));
        JsonElement answer = await f.FetchAsync(await f.SubmitAsync());
        Assert.Equal(("FAILED", "banned \"word\""), (answer.GetProperty("status").GetString(), answer.GetProperty("message").GetString()));
        Assert.True(Assert.Single(f.Sandbox.Jobs).WillFail);
    }

    [Fact]
    public async Task A_success_can_lack_its_video()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        f.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.NoVideoUrl());
        JsonElement without = await f.FetchAsync(id);
        Assert.Equal("SUCCESS", without.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, without.GetProperty("data").GetProperty("videoUrl").ValueKind);
        Assert.NotNull((await f.FetchAsync(id)).GetProperty("data").GetProperty("videoUrl").GetString());
    }

    [Fact]
    public async Task An_answer_can_be_held_until_an_event()
    {
        await using var f = new Fixture();
        var release = new TaskCompletionSource();
        f.Sandbox.Misbehave(SandboxTarget.Generations, SandboxFault.None.AfterRelease(release.Task));
        Task<string> held = f.SubmitAsync();
        await f.Sandbox.WaitForRequestAsync(r => r.Target == SandboxTarget.Generations).WaitAsync(TimeSpan.FromSeconds(30));
        string other = await f.SubmitAsync();
        Assert.False(held.IsCompleted);
        release.SetException(new InvalidOperationException("however it ends"));
        Assert.NotEqual(other, await held);
    }

    [Fact]
    public async Task Answers_can_be_late()
    {
        var time = new ManualTimeProvider();
        await using Fixture f = Fixture.WithTime(time, jobSeconds: 0);
        f.Sandbox.LatencyMilliseconds = 500;
        f.Sandbox.Misbehave(SandboxTarget.Generations, SandboxFault.Status(503, "late").After(TimeSpan.FromSeconds(3)));
        Task<HttpResponseMessage> answer = f.PostAsync(Generations, Car);
        await time.WaitForTimersAsync();
        time.Advance(TimeSpan.FromSeconds(0.5));
        await time.WaitForTimersAsync();
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(503, (int)(await answer).StatusCode);
    }

    [Fact]
    public async Task A_held_answer_ends_with_the_sandbox()
    {
        await using var f = new Fixture();
        f.Sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(new TaskCompletionSource().Task));
        Task<HttpResponseMessage> answer = f.PostAsync(Generations, Car);
        await f.Sandbox.WaitForRequestAsync(_ => true).WaitAsync(TimeSpan.FromSeconds(30));
        await f.Sandbox.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<HttpRequestException>(() => answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_video_can_lack_its_length(bool chunked)
    {
        await using var f = new Fixture();
        f.Sandbox.VideoBytes = 1_000_000;
        string id = await f.SubmitAsync();
        f.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.NoContentLength(chunked));
        using HttpResponseMessage answer = await f.VideoAsync(id);
        Assert.Null(answer.Content.Headers.ContentLength);
        Assert.Equal((chunked, !chunked), (answer.Headers.TransferEncodingChunked ?? false, answer.Headers.ConnectionClose ?? false));
        Assert.Equal(f.Sandbox.GetVideoBytes(id), await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Faults_combine_into_a_cut_that_nobody_announces()
    {
        await using var f = new Fixture();
        f.Sandbox.VideoBytes = 1_000_000;
        string id = await f.SubmitAsync();
        f.Sandbox.Misbehave(
            SandboxTarget.Video,
            SandboxFault.NoContentLength(chunked: false).And(SandboxFault.TruncateBody(600_000)),
            SandboxFault.NoContentLength(chunked: true).And(SandboxFault.TruncateBody(600_000)));
        using HttpResponseMessage silent = await f.VideoAsync(id);
        Assert.Equal(f.Sandbox.GetVideoBytes(id)[..600_000], await silent.Content.ReadAsByteArrayAsync());
        using HttpResponseMessage loud = await f.VideoAsync(id);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => loud.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_video_can_stall()
    {
        await using var f = new Fixture();
        f.Sandbox.VideoBytes = 1_000_000;
        string id = await f.SubmitAsync();
        SandboxFault fault = SandboxFault.Stall(300_000);
        f.Sandbox.Misbehave(SandboxTarget.Video, fault);
        using HttpResponseMessage answer = await f.VideoAsync(id);
        Assert.Equal(1_000_000, answer.Content.Headers.ContentLength);
        using Stream stream = await answer.Content.ReadAsStreamAsync();
        byte[] start = new byte[300_000];
        await stream.ReadExactlyAsync(start);
        Assert.Equal(f.Sandbox.GetVideoBytes(id)[..300_000], start);
        await fault.Applied.WaitAsync(TimeSpan.FromSeconds(30));
        Task<int> next = stream.ReadAsync(start).AsTask();
        Assert.False(next.IsCompleted);
        f.Sandbox.Dispose();
        await Assert.ThrowsAnyAsync<IOException>(() => next);
    }

    [Fact]
    public async Task A_video_can_lack_a_strong_ETag()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        f.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.NoETag(), SandboxFault.WeakETag(), SandboxFault.WeakETag());
        using HttpResponseMessage none = await f.VideoAsync(id);
        Assert.Null(none.Headers.ETag);
        using HttpResponseMessage weak = await f.VideoAsync(id);
        Assert.True(weak.Headers.ETag!.IsWeak);
        using HttpResponseMessage conditional = await f.VideoAsync(id, "bytes=5-", weak.Headers.ETag.ToString());
        Assert.Equal(HttpStatusCode.OK, conditional.StatusCode);
    }

    [Fact]
    public async Task A_video_can_change_behind_its_link()
    {
        await using var f = new Fixture();
        f.Sandbox.VideoBytes = 500_000;
        string id = await f.SubmitAsync();
        byte[] before = f.Sandbox.GetVideoBytes(id);
        using HttpResponseMessage old = await f.VideoAsync(id);
        f.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.NewContent());
        using HttpResponseMessage changed = await f.VideoAsync(id, "bytes=100-", old.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(old.Headers.ETag, changed.Headers.ETag);
        Assert.NotEqual(old.Content.Headers.LastModified, changed.Content.Headers.LastModified);
        byte[] after = await changed.Content.ReadAsByteArrayAsync();
        Assert.NotEqual(before, after);
        Assert.Equal(f.Sandbox.GetVideoBytes(id), after);
    }

    [Fact]
    public async Task Ranges_can_be_answered_wrongly()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        byte[] video = f.Sandbox.GetVideoBytes(id);
        f.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.IgnoreRange(), SandboxFault.WrongRangeStart(-50), SandboxFault.WrongTotal(9));
        using HttpResponseMessage whole = await f.VideoAsync(id, "bytes=100-");
        Assert.Equal((HttpStatusCode.OK, (long?)video.Length), (whole.StatusCode, whole.Content.Headers.ContentLength));
        using HttpResponseMessage elsewhere = await f.VideoAsync(id, "bytes=100-");
        Assert.Equal($"bytes 50-{video.Length - 1}/{video.Length}", elsewhere.Content.Headers.ContentRange!.ToString());
        Assert.Equal(video[50..], await elsewhere.Content.ReadAsByteArrayAsync());
        using HttpResponseMessage longer = await f.VideoAsync(id, "bytes=100-");
        Assert.Equal($"bytes 100-{video.Length - 1}/{video.Length + 9}", longer.Content.Headers.ContentRange!.ToString());
    }

    [Fact]
    public async Task A_link_can_die_when_it_is_used()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        f.Sandbox.Misbehave(SandboxTarget.Video, SandboxFault.ExpireLink(410), SandboxFault.Html(403));
        string link = f.Sandbox.VideoUrlFor(id)!;
        using HttpResponseMessage dead = await f.Plain.GetAsync(link);
        using HttpResponseMessage page = await f.Plain.GetAsync(link);
        using HttpResponseMessage stillDead = await f.Plain.GetAsync(link);
        using HttpResponseMessage fresh = await f.VideoAsync(id);
        Assert.Equal([410, 403, 410, 200], new[] { dead, page, stillDead, fresh }.Select(answer => (int)answer.StatusCode));
    }
}
