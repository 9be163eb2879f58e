namespace Luma;

/// <summary>A time in which the service could not be reached by any submit of a connection.</summary>
/// <param name="Since">When the first try that failed began.</param>
/// <param name="Failure">Why the last try failed.</param>
/// <param name="Tries">How many there were; those made at the same time are one.</param>
/// <param name="MostTries">How many there may be.</param>
internal sealed record SubmitOutage(DateTimeOffset Since, Exception Failure, int Tries, int MostTries)
{
    /// <summary>For a line of progress: <c>Connection refused (127.0.0.1:9), try 3 of 6</c>.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{ErrorText.Reason(Failure).TrimEnd('.')}, try {Math.Min(Tries + 1, MostTries)} of {MostTries}");
}
