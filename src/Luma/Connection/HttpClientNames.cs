namespace Luma;

/// <summary>The clients a connection has. The API key only ever goes through the first.</summary>
internal static class HttpClientNames
{
    /// <summary>Talks to the service.</summary>
    public const string Service = "service";

    /// <summary>Downloads from the host the videos lie on.</summary>
    public const string Video = "video";
}
