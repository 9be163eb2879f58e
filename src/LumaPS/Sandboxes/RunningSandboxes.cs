using Luma.Sandbox;

namespace LumaPS.Sandboxes;

/// <summary>The sandboxes of this process. They outlive the module in any one runspace, since others may be using them.</summary>
internal static class RunningSandboxes
{
    private static readonly List<LumaSandbox> s_running = [];

    public static LumaSandbox Start(LumaSandboxOptions options)
    {
        LumaSandbox sandbox = LumaSandbox.Start(options);
        lock (s_running) s_running.Add(sandbox);
        return sandbox;
    }

    /// <param name="sandboxes">Which; null: all.</param>
    public static void Stop(IReadOnlyCollection<LumaSandbox>? sandboxes)
    {
        lock (s_running)
        {
            foreach (LumaSandbox sandbox in sandboxes ?? [.. s_running])
            {
                s_running.Remove(sandbox);
                sandbox.Dispose();
            }
        }
    }
}
