namespace Luma;

/// <summary>Lets a process that ends wait a little for the submits that have left, so that their jobIds reach the journal.</summary>
internal static class SubmitsUnderWay
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly object s_lock = new();
    private static int s_count;
    private static bool s_isHooked;

    public static IDisposable Enter()
    {
        lock (s_lock)
        {
            s_count++;
            if (!s_isHooked) AppDomain.CurrentDomain.ProcessExit += (_, _) => WaitForAll();
            s_isHooked = true;
        }

        return new Leaving();
    }

    private static void WaitForAll()
    {
        long deadline = Environment.TickCount64 + (long)LongestWait.TotalMilliseconds;
        lock (s_lock)
        {
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
