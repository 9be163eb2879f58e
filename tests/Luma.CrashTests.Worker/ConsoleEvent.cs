using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Luma.CrashTests.Worker;

/// <summary>
/// A console's events, as Windows brings them to a process: by a thread of its own that runs CtrlRoutine. Other processes can raise
/// Ctrl+C and Ctrl+Break alone.
/// </summary>
/// <remarks>
/// https://learn.microsoft.com/windows/console/handlerroutine has the events; CtrlRoutine is what the thread's stack shows.
/// </remarks>
internal static class ConsoleEvent
{
    private static readonly Dictionary<string, nint> _events = new() { ["INT"] = 0, ["HUP"] = 2, ["TERM"] = 6 };

    public static void Raise(string signal)
    {
        if (!OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        nint routine = NativeLibrary.GetExport(NativeLibrary.Load("kernel32.dll"), "CtrlRoutine");
        if (CreateThread(0, 0, routine, _events[signal], 0, 0) == 0) throw new Win32Exception();
    }

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32.dll", SetLastError = true)]
    private static extern nint CreateThread(nint attributes, nuint stackSize, nint start, nint parameter, uint flags, nint id);
}
