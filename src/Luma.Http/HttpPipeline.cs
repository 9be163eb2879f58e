using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;

namespace Luma.Http;

/// <summary>The outbound HTTP pipeline: HTTP clients from <see cref="IHttpClientFactory"/>, with retries by Polly.</summary>
public static class HttpPipeline
{
    /// <summary>Makes the clients of one connection.</summary>
    /// <param name="primaryHandler">Makes the innermost handler for a client of that name.</param>
    /// <param name="maximumRetryCount">How often a GET that asks for it is repeated, 0 or more.</param>
    /// <returns>Gives the client of that name.</returns>
    public static Func<string, HttpClient> Create(Func<string, HttpMessageHandler> primaryHandler, int maximumRetryCount)
    {
        var services = new ServiceCollection();
        services.AddHttpClient().ConfigureHttpClientDefaults(client => client
            .RemoveAllLoggers() // They would log headers, and the key is one; requests are traced by the primary handler.
            .ConfigureHttpClient(http => http.Timeout = Timeout.InfiniteTimeSpan) // Each attempt has its own bound.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan) // The primary handler renews its connections itself.
            .AddHttpMessageHandler(() => new RetryHandler(maximumRetryCount)));
        services.ConfigureAll<HttpClientFactoryOptions>(options =>
            options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = primaryHandler(builder.Name ?? "")));
        IHttpClientFactory factory = services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>();
        return factory.CreateClient;
    }
}
