namespace Luma;

/// <summary>What a request tells the handlers it passes through.</summary>
internal static class RequestOptions
{
    /// <summary>That the retry pipeline may repeat it. Its name is known to Luma.Http.</summary>
    public static readonly HttpRequestOptionsKey<bool> Retry = new("Luma.Retry");

    /// <summary>Who wants to see it.</summary>
    public static readonly HttpRequestOptionsKey<Action<RequestTrace>> Trace = new("Luma.Trace");
}
