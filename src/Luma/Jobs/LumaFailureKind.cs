namespace Luma;

/// <summary>Why a job failed, as far as the service's words tell.</summary>
public static class LumaFailureKind
{
    /// <summary>The prompt or a picture did not pass moderation. The same content is likely to fail again.</summary>
    public const string Moderation = "Moderation";

    /// <summary>The request cannot work as it is: a picture that cannot be read, a value or a combination that is not supported.</summary>
    public const string InvalidInput = "InvalidInput";

    /// <summary>A fault of the service. The same request may work another time.</summary>
    public const string Service = "Service";

    /// <summary>The service gives no reason, or one that this client does not know.</summary>
    public const string Unknown = "Unknown";

    /// <summary>Sorts a failed job's message.</summary>
    /// <param name="message">What the service says (<see cref="LumaJob.Message"/>).</param>
    /// <returns>One of the constants of this class.</returns>
    public static string Of(string? message) => FailurePhrases.Find(message)?.Kind ?? Unknown;
}
