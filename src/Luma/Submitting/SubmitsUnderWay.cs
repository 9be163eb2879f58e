using System.Runtime.InteropServices;

namespace Luma;

/// <summary>
/// Lets a process that ends wait a little for the submits that have left, so that their jobIds reach the journal. In that
/// time no other leaves.
/// </summary>
internal static class SubmitsUnderWay
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndOfProcess = TimeSpan.FromSeconds(1);
    private static readonly object s_lock = new();
    private static PosixSignalRegistration[]? s_signals;
    private static TaskCompletionSource? s_goesOn;
    private static long s_deadline;
    private static int s_count;

    /// <summary>Counts a submit as under way until what this gives is disposed of. While the process ends it gives nothing, and what waits for it ends with the process.</summary>
    public static async Task<IDisposable> EnterAsync()
    {
        while (true)
        {
            Task goesOn;
            lock (s_lock)
            {
                Hook();
                if (s_goesOn is null)
                {
                    s_count++;
                    return new Leaving();
                }

                goesOn = s_goesOn.Task;
            }

            await goesOn;
        }
    }

    private static void Hook()
    {
        if (s_signals is not null) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => WaitForAll();

        // From .NET 10 on these end the process without that event.
        s_signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal)];
    }

    private static void OnSignal(PosixSignalContext signal)
    {
        if (signal.Cancel) return; // The host goes on.
        WaitForAll();
        _ = GoOnAsync();
    }

    // Where the process is still there after that, somebody has decided otherwise.
    private static async Task GoOnAsync()
    {
        await Task.Delay(EndOfProcess);
        lock (s_lock)
        {
            s_goesOn?.SetResult();
            s_goesOn = null;
        }
    }

    private static void WaitForAll()
    {
        lock (s_lock)
        {
            if (s_goesOn is null)
            {
                s_goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                s_deadline = Environment.TickCount64 + (long)LongestWait.TotalMilliseconds;
            }

            while (s_count > 0 && s_deadline - Environment.TickCount64 is > 0 and var left) Monitor.Wait(s_lock, (int)left);
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
