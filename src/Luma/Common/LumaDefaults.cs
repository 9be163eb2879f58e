namespace Luma;

/// <summary>What is known about the service and used in more than one place.</summary>
public static class LumaDefaults
{
    /// <summary>The service's address, from its document.</summary>
    public static readonly Uri BaseUri = new("https://api.ttapi.io");

    /// <summary>How long one request may take unless told otherwise.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    /// <summary>How often a refused or failed request is repeated unless told otherwise. A submit that may have left never is.</summary>
    public const int MaximumRetryCount = 5;

    /// <summary>How many submits or downloads run at a time unless told otherwise.</summary>
    public const int ThrottleLimit = 4;

    /// <summary>The longest <c>Retry-After</c> that is honoured.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(2);
}
