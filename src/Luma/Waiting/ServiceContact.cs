namespace Luma;

/// <summary>Whether the services of a wait answer at all, and what comes instead. A long silence is worth one warning.</summary>
/// <param name="warn">Called at most once for each service, on any thread; null: nobody wants to know.</param>
internal sealed class ServiceContact(Action<string>? warn)
{
    private static readonly TimeSpan _longSilence = TimeSpan.FromMinutes(3);

    private readonly object _lock = new();
    private readonly Dictionary<Uri, Silence> _silences = [];

    /// <summary>
    /// What came instead of the last answer, and for how many polls; null where the last poll of each service was answered.
    /// </summary>
    public string? Problem
    {
        get
        {
            lock (_lock)
            {
                Silence? silence = _silences.Values.Where(one => one.Polls > 0).MaxBy(one => one.Polls);
                return silence is null
                    ? null : $"{silence.Problem} ({silence.Polls} {(silence.Polls == 1 ? "poll" : "polls")} without an answer)";
            }
        }
    }

    /// <summary>A service has answered a poll.</summary>
    public void Answered(LumaConnection connection)
    {
        lock (_lock)
        {
            if (_silences.TryGetValue(connection.BaseUri, out Silence? silence)) silence.Polls = 0;
        }
    }

    /// <summary>Something else came, or nothing.</summary>
    public void NotAnswered(LumaConnection connection, LumaException failure, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_silences.TryGetValue(connection.BaseUri, out Silence? silence)) _silences[connection.BaseUri] = silence = new Silence();
            if (silence.Polls++ == 0) silence.Since = now;
            silence.Problem = failure.Answer ?? failure.Message;
            if (silence.WasTold || now - silence.Since < _longSilence) return;
            silence.WasTold = true;
            warn?.Invoke(
                $"For {WaitErrors.Describe(_longSilence)} no poll of {connection.BaseUri} was answered; the last one got " +
                    $"{silence.Problem}. "
                + "Waiting continues, and so do the jobs at the service. If this persists, check the network, the proxy and the address.");
        }
    }

    private sealed class Silence
    {
        public DateTimeOffset Since { get; set; }

        public int Polls { get; set; }

        public string? Problem { get; set; }

        public bool WasTold { get; set; }
    }
}
