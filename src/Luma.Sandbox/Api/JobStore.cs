using System.Text.Json;

namespace Luma.Sandbox;

/// <summary>All jobs of a sandbox.</summary>
/// <param name="options">The sandbox's settings, read again for each job.</param>
/// <param name="videoBaseUri">Where videos are served.</param>
/// <param name="callbacks">Tells the hooks of jobs that end.</param>
internal sealed class JobStore(LumaSandboxOptions options, Uri videoBaseUri, CallbackSender callbacks)
{
    private readonly object _lock = new();
    private readonly List<SandboxJob> _list = [];
    private readonly Dictionary<string, SandboxJob> _byId = new(StringComparer.OrdinalIgnoreCase);
    private int _failAccount;

    /// <summary>All jobs in the order of their submits.</summary>
    public IReadOnlyList<SandboxJob> Snapshot()
    {
        lock (_lock) return _list.ToArray();
    }

    /// <summary>A job by its id; null if there is none.</summary>
    public SandboxJob? Find(string jobId)
    {
        lock (_lock) return _byId.GetValueOrDefault(jobId);
    }

    /// <summary>Accepts a job.</summary>
    /// <param name="kind">"generation" or "extension".</param>
    /// <param name="fields">The submitted members.</param>
    /// <param name="parent">The job it extends, if any.</param>
    /// <param name="change">What a fault does to it.</param>
    public SandboxJob Add(string kind, IReadOnlyDictionary<string, JsonElement> fields, SandboxJob? parent, Action<SandboxJob>? change)
    {
        var job = new SandboxJob(kind, fields, parent, options.TimeProvider, videoBaseUri, options.VideoBytes);
        job.Seconds = options.SecondsOf(job);
        job.Quota = options.QuotaFor(job);
        lock (_lock)
        {
            // Percentages add up; each full hundred is a job that fails.
            _failAccount += options.FailPercent;
            if (_failAccount >= 100)
            {
                _failAccount -= 100;
                job.Fail();
            }
            change?.Invoke(job);
            _list.Add(job);
            _byId.Add(job.JobId, job);
        }
        callbacks.Schedule(job);
        return job;
    }
}
