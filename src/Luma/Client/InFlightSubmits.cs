using System.Runtime.InteropServices;

namespace Luma;

/// <summary>
/// Lets a process that ends wait a little for the submits that have left, so that their jobIds reach the journal. In that
/// time no other leaves.
/// </summary>
internal static class InFlightSubmits
{
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _endOfProcess = TimeSpan.FromSeconds(1);
    private static readonly object _lock = new();
    private static PosixSignalRegistration[]? _signals;
    private static TaskCompletionSource? _goesOn;
    private static long _deadline;
    private static int _count;

    /// <summary>
    /// Counts a submit as in progress until what this gives is disposed of. While the process ends it gives nothing, and what waits for it
    /// ends with the process.
    /// </summary>
    public static async Task<IDisposable> EnterAsync()
    {
        while (true)
        {
            Task goesOn;
            lock (_lock)
            {
                Hook();
                if (_goesOn is null)
                {
                    _count++;
                    return new Leaving();
                }

                goesOn = _goesOn.Task;
            }

            await goesOn;
        }
    }

    private static void Hook()
    {
        if (_signals is not null) return;

        // From .NET 10 on these end the process without the event below. On Windows they are the closing of the console, and for
        // what runs as a service the end of the system. If they cannot be had, the next submit tries again.
        PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        try
        {
            _signals = [term, PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal)];
        }
        catch
        {
            term.Dispose();
            throw;
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) => WaitForAll();
        if (OperatingSystem.IsWindows()) SessionEnd.Watch(OnEnd);
    }

    private static void OnSignal(PosixSignalContext signal)
    {
        if (!signal.Cancel) OnEnd(); // Else the host continues.
    }

    private static void OnEnd()
    {
        WaitForAll();
        _ = GoOnAsync();
    }

    // Where the process is still there after that, somebody has decided otherwise.
    private static async Task GoOnAsync()
    {
        await Task.Delay(_endOfProcess);
        lock (_lock)
        {
            _goesOn?.SetResult();
            _goesOn = null;
        }
    }

    private static void WaitForAll()
    {
        lock (_lock)
        {
            if (_goesOn is null)
            {
                _goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _deadline = Environment.TickCount64 + (long)_longestWait.TotalMilliseconds;
            }

            while (_count > 0 && _deadline - Environment.TickCount64 is > 0 and var left) Monitor.Wait(_lock, (int)left);
        }
    }

    private sealed class Leaving : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 1) return;
            lock (_lock)
            {
                _count--;
                Monitor.PulseAll(_lock);
            }
        }
    }
}
