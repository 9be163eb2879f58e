using System.Runtime.InteropServices;

namespace Luma.Tests.Support;

/// <summary>Work on a thread to which the permissions of files mean something, also where the tests run as root (in containers).</summary>
internal static class Unprivileged
{
    private const int Nobody = 65534;

    /// <summary>Runs what does all its work on the thread that calls it.</summary>
    public static void Run(Action work)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            // Of this thread alone, and only for files.
            if (Environment.IsPrivilegedProcess) _ = SetFileUser(Nobody);
            try
            {
                work();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new InvalidOperationException("The work on the other thread failed.", failure);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileUser(int id);
}
