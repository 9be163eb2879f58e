using System.Net.Http.Headers;

namespace Luma.Sandbox;

/// <summary>Posts the outcome of a job to its hook, as the job's <see cref="CallbackPlan"/> says, and forgets about it.</summary>
/// <param name="time">The clock of the jobs.</param>
internal sealed class CallbackSender(TimeProvider time) : IDisposable
{
    // A batch of jobs that end immediately is told of one after the other, and not by a flood.
    private const int MostAtOnce = 32;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Sees to the callbacks of a job just accepted, if it asked for one.</summary>
    public void Schedule(SandboxJob job)
    {
        if (job.Text("hookUrl") is not { Length: > 0 } hook) return;
        var address = new Uri(hook);
        if (job.Callbacks.ForgedVideoUrl is { } link) _ = PostAsync(address, ServiceJson.Job(job, forgedVideoUrl: link));
        if (job.Callbacks.Times > 0) _ = TellAsync(job, address);
    }

    /// <summary>Gives up all callbacks that are still to come.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task TellAsync(SandboxJob job, Uri hook)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(job.Seconds), time, _stop.Token);
            // A timer may be a moment early, and the callback must never say that the job still runs.
            job.End();
            if (job.Callbacks.Delay > TimeSpan.Zero) await Task.Delay(job.Callbacks.Delay, time, _stop.Token);
            for (int i = 0; i < job.Callbacks.Times; i++)
            {
                if (await PostAsync(hook, ServiceJson.Job(job))) job.Told(time.GetUtcNow());
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The sandbox has stopped.
        }
    }

    // Whether it was taken. The real service does not say what it does about a hook that cannot be reached; this one does nothing.
    private async Task<bool> PostAsync(Uri hook, byte[] body)
    {
        try
        {
            await _places.WaitAsync(_stop.Token);
            try
            {
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using HttpResponseMessage answer = await _client.PostAsync(hook, content, _stop.Token);
                return answer.IsSuccessStatusCode;
            }
            finally
            {
                _places.Release();
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }
}
