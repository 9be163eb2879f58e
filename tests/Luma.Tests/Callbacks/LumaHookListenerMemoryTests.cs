namespace Luma.Tests;

/// <summary>What a flood leaves behind. Memory is that of the whole process, so nothing else runs in parallel.</summary>
[Collection(nameof(Alone))]
public sealed class LumaHookListenerMemoryTests : IDisposable
{
    private const string NotFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    private readonly LumaHookListener _listener = LumaHookListener.Start();
    private readonly string _jobId = Guid.NewGuid().ToString();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Ten_thousand_garbage_requests_leave_memory_flat_and_the_next_callback_is_received()
    {
        await FloodAsync(500); // What is made once is made.
        long before = Memory();
        await FloodAsync(10_000);
        long after = Memory();
        Assert.True(after - before < 2_000_000, $"{after - before:N0} bytes more.");
        Assert.Equal(0, _listener.CallbackCount);
        await HookCaller.CallAsync(_listener.HookUrl, HookCaller.Body(_jobId));
        HookCaller.WaitForCount(_listener, 1);
    }

    [Fact]
    public async Task Forged_callbacks_of_unknown_jobs_leave_memory_flat()
    {
        await CallOfManyAsync(100);
        long before = Memory();
        await CallOfManyAsync(2_000);
        HookCaller.WaitForCount(_listener, 2_100);
        Assert.True(Memory() - before < 2_000_000);
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private Task FloodAsync(int count) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
    {
        string answer = await HookCaller.SendAsync(_listener, (i % 4) switch
        {
            0 => HookCaller.Post($"/{i:x32}", "Content-Length: 2\r\n", "{}"),
            1 => $"GET {HookCaller.PathOf(_listener)} HTTP/1.1\r\n\r\n",
            2 => new string((char)(i % 256), 9000),
            _ => HookCaller.Post(HookCaller.PathOf(_listener), "Content-Length: 1000000\r\n"),
        });
        Assert.Equal(NotFound, answer);
    });

    private Task CallOfManyAsync(int count) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) =>
    {
        string body = HookCaller.Body(Guid.NewGuid().ToString());
        string path = $"{HookCaller.PathOf(_listener)}/{Guid.NewGuid()}";
        string answer = await HookCaller.SendAsync(_listener, HookCaller.Post(path, $"Content-Length: {body.Length}\r\n", body));
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
    });
}
