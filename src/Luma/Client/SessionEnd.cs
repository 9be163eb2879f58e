using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Luma;

/// <summary>Tells on Windows when the user logs off or the machine shuts down.</summary>
/// <remarks>
/// A console's events do not come for that to a program that has user32.dll loaded, as PowerShell has: a hidden window gets messages
/// instead (https://learn.microsoft.com/windows/console/setconsolectrlhandler). Where there can be no window nobody logs off.
/// </remarks>
[SupportedOSPlatform("windows")]
internal static class SessionEnd
{
    /// <summary>The hidden window's class; its title is the number of the process.</summary>
    public const string WindowClass = "LumaPS.SessionEnd";

    private const uint QueryEndSession = 0x0011;
    private const uint EndSession = 0x0016;
    private const int StackSize = 256 * 1024;

    private static WindowProcedure? _procedure; // Windows has its address, so it has to stay.

    private delegate nint WindowProcedure(nint window, uint message, nint parameter, nint details);

    /// <summary>Watches for it from now on, on a thread of its own.</summary>
    /// <param name="ending">Is called on that thread; the process may be gone as soon as it returns.</param>
    public static void Watch(Action ending)
    {
        _procedure = (window, message, parameter, details) =>
        {
            if (message == QueryEndSession) return 1;
            if (message == EndSession && parameter != 0) ending(); // Zero: somebody has refused, and the session continues.
            return DefWindowProc(window, message, parameter, details);
        };
        new Thread(Run, StackSize) { IsBackground = true, Name = WindowClass }.Start();
    }

    private static void Run()
    {
        try
        {
            var definition = new WindowDefinition { Procedure = Marshal.GetFunctionPointerForDelegate(_procedure!), Name = WindowClass };
            if (RegisterClass(in definition) == 0) return;
            string title = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            if (CreateWindow(0, WindowClass, title, 0, 0, 0, 0, 0, 0, 0, 0, 0) == 0) return;
            while (GetMessage(out Message message, 0, 0, 0) > 0) DispatchMessage(in message);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // Nano Server has no windows.
        }
    }

    [DllImport("user32.dll", EntryPoint = "RegisterClassW", CharSet = CharSet.Unicode)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern ushort RegisterClass(in WindowDefinition definition);

    [DllImport("user32.dll", EntryPoint = "CreateWindowExW", CharSet = CharSet.Unicode)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint CreateWindow(
        uint extendedStyle, string windowClass, string title, uint style, int x, int y, int width, int height, nint parent, nint menu,
        nint module, nint details);

    [DllImport("user32.dll", EntryPoint = "DefWindowProcW")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint DefWindowProc(nint window, uint message, nint parameter, nint details);

    [DllImport("user32.dll", EntryPoint = "GetMessageW")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int GetMessage(out Message message, nint window, uint first, uint last);

    [DllImport("user32.dll", EntryPoint = "DispatchMessageW")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint DispatchMessage(in Message message);

    /// <summary>WNDCLASSW.</summary>
    [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
    private struct WindowDefinition
    {
        public uint Style;
        public nint Procedure;
        public int ClassExtra;
        public int WindowExtra;
        public nint Module;
        public nint Icon;
        public nint Cursor;
        public nint Background;
        public string? Menu;
        public string Name;
    }

    /// <summary>MSG.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public nint Window;
        public uint Number;
        public nint Parameter;
        public nint Details;
        public uint Time;
        public int X;
        public int Y;
        public uint Reserved;
    }
}
