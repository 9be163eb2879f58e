using System.Net.Http.Headers;

namespace Luma.Sandbox;

/// <summary>Posts the outcome of a job to its hook, once, and forgets about it.</summary>
/// <param name="time">The clock of the jobs.</param>
internal sealed class CallbackSender(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Sees to the callback of a job just accepted, if it asked for one.</summary>
    public void Schedule(SandboxJob job)
    {
        if (job.Text("hookUrl") is { Length: > 0 } hook) _ = SendAsync(job, new Uri(hook));
    }

    /// <summary>Gives up all callbacks that are still to come.</summary>
    public void Dispose()
    {
        stop.Cancel();
        client.Dispose();
        stop.Dispose();
    }

    private async Task SendAsync(SandboxJob job, Uri hook)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(job.Seconds), time, stop.Token);
            // A timer may be a moment early, and the callback must never say that the job still runs.
            job.End();
            using var content = new ByteArrayContent(ServiceJson.Job(job));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage answer = await client.PostAsync(hook, content, stop.Token);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            // The real service does not say what it does about a hook that cannot be reached; this one does nothing.
        }
    }
}
