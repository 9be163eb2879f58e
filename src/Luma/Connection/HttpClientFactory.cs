namespace Luma;

/// <summary>
/// Makes the HTTP clients of a connection, by name (<see cref="HttpClientNames"/>), out of the primary handlers given to it.
/// Only framework types cross: what stands behind it lives with its packages in a load context of its own.
/// </summary>
/// <param name="primaryHandler">Makes the innermost handler for a client of that name.</param>
/// <param name="maximumRetryCount">How often a request that allows it is repeated.</param>
/// <returns>Gives the client of that name.</returns>
public delegate Func<string, HttpClient> HttpClientFactory(Func<string, HttpMessageHandler> primaryHandler, int maximumRetryCount);
