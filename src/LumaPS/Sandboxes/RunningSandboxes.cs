using Luma;
using Luma.Sandbox;

namespace LumaPS.Sandboxes;

/// <summary>The sandboxes of this process. They outlive the module in any one runspace, since others may be using them.</summary>
internal static class RunningSandboxes
{
    private static readonly List<LumaSandbox> _running = [];

    public static LumaSandbox Start(LumaSandboxOptions options)
    {
        LumaSandbox sandbox = LumaSandbox.Start(options);
        lock (_running)
        {
            _running.Add(sandbox);
            StoppedServices.Remove(sandbox.BaseUri);
        }

        return sandbox;
    }

    /// <param name="sandboxes">Which; null: all.</param>
    public static void Stop(IReadOnlyCollection<LumaSandbox>? sandboxes)
    {
        lock (_running)
        {
            foreach (LumaSandbox sandbox in sandboxes ?? [.. _running])
            {
                _running.Remove(sandbox);
                StoppedServices.Add(sandbox.BaseUri);
                sandbox.Dispose();
            }
        }
    }
}
