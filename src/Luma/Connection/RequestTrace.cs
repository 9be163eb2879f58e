using System.Globalization;
using System.Net;

namespace Luma;

/// <summary>One HTTP request that was made, for verbose and debug output. It never holds the key.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Target">Path of the service, or host and path of a video; never the query, which can hold signatures.</param>
/// <param name="StatusCode">What came back, where something did.</param>
/// <param name="Error">Why nothing came back.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record RequestTrace(HttpMethod Method, string Target, HttpStatusCode? StatusCode, string? Error, TimeSpan Elapsed)
{
    /// <summary>E.g. <c>POST /luma/v1/generations: 200 in 132 ms</c>.</summary>
    public override string ToString()
    {
        string outcome = StatusCode is { } code ? ((int)code).ToString(CultureInfo.InvariantCulture) : Error ?? "no answer";
        return string.Create(CultureInfo.InvariantCulture, $"{Method} {Target}: {outcome} in {Elapsed.TotalMilliseconds:F0} ms");
    }
}
