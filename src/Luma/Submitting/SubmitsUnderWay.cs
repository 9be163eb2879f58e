namespace Luma;

/// <summary>
/// Lets a process that ends wait a little for the submits that have left, so that their jobIds reach the journal. In that
/// time no other leaves.
/// </summary>
internal static class SubmitsUnderWay
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly object s_lock = new();
    private static int s_count;
    private static bool s_isHooked;
    private static bool s_isEnding;

    /// <summary>Counts a submit as under way until what this gives is disposed of. While the process ends it gives nothing any more, and what waits for it ends with the process.</summary>
    public static Task<IDisposable> EnterAsync()
    {
        lock (s_lock)
        {
            if (s_isEnding) return new TaskCompletionSource<IDisposable>().Task;
            s_count++;
            if (!s_isHooked) AppDomain.CurrentDomain.ProcessExit += (_, _) => WaitForAll();
            s_isHooked = true;
        }

        return Task.FromResult<IDisposable>(new Leaving());
    }

    private static void WaitForAll()
    {
        long deadline = Environment.TickCount64 + (long)LongestWait.TotalMilliseconds;
        lock (s_lock)
        {
            s_isEnding = true;
            while (s_count > 0 && deadline - Environment.TickCount64 is > 0 and var left) Monitor.Wait(s_lock, (int)left);
        }
    }

    private sealed class Leaving : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 1) return;
            lock (s_lock)
            {
                s_count--;
                Monitor.PulseAll(s_lock);
            }
        }
    }
}
