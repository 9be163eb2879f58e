using System.Globalization;
using Luma;

namespace LumaPS.Pipeline;

/// <summary>
/// Failures that hold for the complete input of a cmdlet: no key, a key that is refused, a file read with the wrong delimiter.
/// The first item that meets one has the error; the others are counted, and share one error at the end that has them all.
/// </summary>
/// <param name="write">Writes an error about a target; called on the pipeline's thread.</param>
internal sealed class InputFailures(Action<LumaException, object?> write)
{
    private readonly Dictionary<string, Cause> _causes = new(StringComparer.Ordinal);

    /// <summary>Notes that an item met a failure.</summary>
    /// <param name="cause">What tells one such failure from another.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="place">Which of the input it was.</param>
    /// <param name="target">The item.</param>
    public void Add(string cause, LumaException failure, string place, object? target)
    {
        if (_causes.TryGetValue(cause, out Cause? known))
        {
            known.Others.Add((place, target));
            return;
        }

        _causes.Add(cause, new Cause(failure, place));
        write(failure, target);
    }

    /// <summary>Writes what was counted; once, after the last item.</summary>
    public void WriteRest()
    {
        foreach (Cause cause in _causes.Values.Where(cause => cause.Others.Count > 0))
        {
            int count = cause.Others.Count;
            string places = count == 1 ? cause.Others[0].Place : $"{cause.Others[0].Place} to {cause.Others[^1].Place}";
            string text = string.Create(CultureInfo.InvariantCulture,
                $"{count} more of this input ({places}) {(count == 1 ? "was" : "were")} not submitted and cost nothing, for the same " +
                $"reason as {cause.Place}.");
            write(
                new LumaException(cause.Failure.ErrorId, text)
                    { StatusCode = cause.Failure.StatusCode, RecommendedAction = cause.Failure.RecommendedAction },
                cause.Others.Select(other => other.Target).ToArray());
        }
    }

    private sealed record Cause(LumaException Failure, string Place)
    {
        public List<(string Place, object? Target)> Others { get; } = [];
    }
}
