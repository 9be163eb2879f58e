using Luma.Sandbox.Http;

namespace Luma.Sandbox;

/// <summary>
/// Something that goes wrong with one request. Faults can be combined with <see cref="And"/>, and every one can be held
/// up with <see cref="After"/> and <see cref="AfterRelease"/>. A request is always recorded before its fault shows.
/// </summary>
public sealed class SandboxFault
{
    private readonly Action<FaultEffects> _effects;
    private readonly TaskCompletionSource _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SandboxFault(Action<FaultEffects> effects) => _effects = effects;

    /// <summary>
    /// Ends once the fault has taken its course for the first time: the answer, or what there is of it, is sent, and the
    /// connection is closed if it was to be; a hang or a stall has begun.
    /// </summary>
    public Task Applied => _applied.Task;

    /// <summary>No fault: a normal answer. It fills a place in a row of faults, or gets a delay.</summary>
    public static SandboxFault None => new(_ => { });

    /// <summary>The request is refused in the service's own form, without being processed.</summary>
    /// <param name="code">The HTTP status, 200 to 599; a 401 has no `data` member.</param>
    /// <param name="message">The reason given.</param>
    /// <param name="headers">More headers, such as Retry-After.</param>
    public static SandboxFault Status(int code, string message, params (string Name, string Value)[] headers) =>
        Answer(() => HttpReply.Bytes(code, ApiHost.Json, ServiceJson.Refused(code, message)), headers);

    /// <summary>A page as Cloudflare sends it, without the request being processed.</summary>
    /// <param name="code">The HTTP status, 200 to 599.</param>
    public static SandboxFault Html(int code) => Html(code, CloudflarePage(code));

    /// <summary>A page as proxies, firewalls and Cloudflare send it, without the request being processed.</summary>
    /// <param name="code">The HTTP status, 200 to 599.</param>
    /// <param name="body">The page.</param>
    /// <param name="headers">More headers.</param>
    public static SandboxFault Html(int code, string body, params (string Name, string Value)[] headers) =>
        Reply(code, "text/html; charset=UTF-8", body, [("Server", "cloudflare"), .. headers]);

    /// <summary>Any answer, without the request being processed.</summary>
    /// <param name="code">The HTTP status, 200 to 599.</param>
    /// <param name="contentType">The Content-Type.</param>
    /// <param name="body">The body, sent as UTF-8.</param>
    /// <param name="headers">More headers.</param>
    public static SandboxFault Reply(int code, string contentType, string body, params (string Name, string Value)[] headers) =>
        Answer(() => HttpReply.Text(code, contentType, body), headers);

    /// <summary>The request is sent elsewhere, without being processed.</summary>
    /// <param name="code">The HTTP status, such as 302 or 308.</param>
    /// <param name="location">The Location header.</param>
    public static SandboxFault Redirect(int code, string location) =>
        Answer(() => new HttpReply(code), [("Location", location)]);

    /// <summary>The connection is reset when the head has arrived; the body stays unread and nothing is processed.</summary>
    public static SandboxFault CloseBeforeReading() => new(e =>
    {
        e.LeaveBody = true;
        e.Instead = () => new HttpReply(200);
        e.OnReply += Silence(HttpEnding.Reset);
    });

    /// <summary>The request is processed, its job made; the connection is reset instead of an answer.</summary>
    public static SandboxFault CloseWithoutReply() => new(e => e.OnReply += Silence(HttpEnding.Reset));

    /// <summary>
    /// A normal answer that promises to keep the connection, which is then closed. Once <see cref="Applied"/> has ended,
    /// the client can know.
    /// </summary>
    public static SandboxFault CloseAfterReply() => new(e => e.OnReply += reply => reply.Ending = HttpEnding.Close);

    /// <summary>
    /// A normal answer that promises to keep the connection, which is then reset when the next request's first bytes
    /// arrive. Nothing of that request is processed or recorded.
    /// </summary>
    public static SandboxFault ResetOnNextRequest() => new(e => e.OnReply += reply => reply.Ending = HttpEnding.ResetOnNextRequest);

    /// <summary>The right head, but only the start of the body; then the connection is closed.</summary>
    /// <param name="bytes">How many bytes of the body arrive, 0 or more.</param>
    public static SandboxFault TruncateBody(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new(e => e.OnReply += reply =>
        {
            reply.BodyLimit = bytes;
            reply.Ending = HttpEnding.Close;
        });
    }

    /// <summary>Only the start of the head; then the connection is closed.</summary>
    /// <param name="bytes">How many bytes of the head arrive, 0 or more.</param>
    public static SandboxFault TruncateHead(int bytes = 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new(e => e.OnReply += reply =>
        {
            reply.HeadLimit = bytes;
            reply.Ending = HttpEnding.Close;
        });
    }

    /// <summary>No answer until the client gives up or the sandbox stops.</summary>
    /// <param name="processed">Whether the request is processed all the same.</param>
    public static SandboxFault Hang(bool processed = true) => new(e =>
    {
        if (!processed) e.Instead = () => new HttpReply(200);
        e.OnReply += Silence(HttpEnding.Hang);
    });

    /// <summary>The start of an answer, and then nothing until the client gives up or the sandbox stops.</summary>
    /// <param name="afterBytes">How many bytes of the body arrive, 0 or more.</param>
    public static SandboxFault Stall(long afterBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterBytes);
        return new(e => e.OnReply += reply =>
        {
            reply.BodyLimit = afterBytes;
            reply.Ending = HttpEnding.Hang;
        });
    }

    /// <summary>An answer without a Content-Length.</summary>
    /// <param name="chunked">Whether it comes in chunks; else the end of the connection is the end of the body.</param>
    public static SandboxFault NoContentLength(bool chunked = true) =>
        new(e => e.OnReply += reply => reply.Framing = chunked ? HttpFraming.Chunked : HttpFraming.UntilClose);

    /// <summary>For a submit: the job is accepted, and every later fetch answers 404.</summary>
    public static SandboxFault Forget() => new(e => e.OnJob += job => job.Forget());

    /// <summary>For a submit: the job is accepted, and fails when its seconds are over.</summary>
    /// <param name="message">What a fetch says then.</param>
    public static SandboxFault FailJob(string message) => new(e => e.OnJob += job => job.Fail(message));

    /// <summary>For a submit: the job is accepted, and its callback never comes.</summary>
    public static SandboxFault NoCallback() => new(e => e.OnJob += job => job.Callbacks.Times = 0);

    /// <summary>For a submit: the job is accepted, and its callback comes late.</summary>
    /// <param name="delay">How long after the job's end, by the sandbox's clock.</param>
    public static SandboxFault LateCallback(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new(e => e.OnJob += job => job.Callbacks.Delay = delay);
    }

    /// <summary>For a submit: the job is accepted, and its callback comes more than once.</summary>
    /// <param name="times">How often, 1 or more.</param>
    public static SandboxFault RepeatCallback(int times = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        return new(e => e.OnJob += job => job.Callbacks.Times = times);
    }

    /// <summary>
    /// For a submit: the job is accepted, and immediately somebody else calls its hook and says that it is done. The true
    /// callback comes in its time.
    /// </summary>
    /// <param name="videoUrl">The link that the forged callback names.</param>
    public static SandboxFault ForgedCallback(string videoUrl = "https://videos.example/forged.mp4")
    {
        ArgumentNullException.ThrowIfNull(videoUrl);
        return new(e => e.OnJob += job => job.Callbacks.ForgedVideoUrl = videoUrl);
    }

    /// <summary>For a fetch: SUCCESS without a videoUrl, whatever the job's state.</summary>
    public static SandboxFault NoVideoUrl() => new(e => e.NoVideoUrl = true);

    /// <summary>For a video: all links to it given out so far die, this one first; the next fetch gives another.</summary>
    /// <param name="code">What they answer, such as 403, 404 or 410.</param>
    public static SandboxFault ExpireLink(int code = 403) => new(e => e.OnJob += job => job.ExpireLinks(code));

    /// <summary>For a video: from this request on its link leads to another clip, with another ETag.</summary>
    public static SandboxFault NewContent() => new(e => e.OnJob += job => job.ReplaceContent());

    /// <summary>For a video: an answer without an ETag.</summary>
    public static SandboxFault NoETag() => new(e => e.NoETag = true);

    /// <summary>For a video: an answer with a weak ETag.</summary>
    public static SandboxFault WeakETag() => new(e => e.WeakETag = true);

    /// <summary>For a video: all of it with 200, whatever range is requested.</summary>
    public static SandboxFault IgnoreRange() => new(e => e.IgnoreRange = true);

    /// <summary>For a video: 206 with a range that starts elsewhere, and says so.</summary>
    /// <param name="shift">How many bytes behind (or, negative, before) the wanted one it starts.</param>
    public static SandboxFault WrongRangeStart(long shift) => new(e => e.RangeShift = shift);

    /// <summary>For a video: 206 with the wrong total in its Content-Range.</summary>
    /// <param name="shift">How many bytes are added to the total.</param>
    public static SandboxFault WrongTotal(long shift = 1) => new(e => e.TotalShift = shift);

    /// <summary>Both faults at the same time; where they contradict each other, the other one wins.</summary>
    /// <param name="other">The other fault.</param>
    public SandboxFault And(SandboxFault other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(_effects + other._effects);
    }

    /// <summary>The same fault, with the answer (or the cut) held up. What the request does is done before.</summary>
    /// <param name="delay">How long, by the sandbox's clock.</param>
    public SandboxFault After(TimeSpan delay) => Held((time, stop) => Task.Delay(delay, time, stop));

    /// <summary>The same fault, with the answer (or the cut) held until an event. What the request does is done before.</summary>
    /// <param name="release">The event; how it ends does not matter.</param>
    public SandboxFault AfterRelease(Task release)
    {
        ArgumentNullException.ThrowIfNull(release);
        return Held(async (_, stop) => await Task.WhenAny(release).WaitAsync(stop));
    }

    /// <summary>What the fault does to one request.</summary>
    internal FaultEffects Resolve()
    {
        var resolved = new FaultEffects();
        _effects(resolved);
        resolved.OnReply += reply => reply.Done = () => _applied.TrySetResult();
        return resolved;
    }

    private SandboxFault Held(Func<TimeProvider, CancellationToken, Task> hold) => new(_effects + (e => e.Holds.Add(hold)));

    private static SandboxFault Answer(Func<HttpReply> make, (string Name, string Value)[] headers) => new(e => e.Instead = () =>
    {
        HttpReply reply = make();
        reply.Headers.AddRange(headers);
        return reply;
    });

    private static string CloudflarePage(int code) => $"""
        <!DOCTYPE html>
        <html lang="en-US">
        <head><title>{code} | api.ttapi.io</title></head>
        <body><h1>Error {code}</h1><p>Ray ID: 8f0000000000abcd</p><p>Performance &amp; security by Cloudflare</p></body>
        </html>
        """;

    private static Action<HttpReply> Silence(HttpEnding ending) => reply =>
    {
        reply.HeadLimit = 0;
        reply.Ending = ending;
    };
}
