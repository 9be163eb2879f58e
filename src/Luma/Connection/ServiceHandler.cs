namespace Luma;

/// <summary>For requests to the service: an attempt is over when the complete body is here, and a body is small.</summary>
internal sealed class ServiceHandler(HttpMessageHandler inner, TimeSpan timeout, SecretTexts secrets)
    : TracingHandler(inner, timeout, secrets)
{
    /// <summary>The service's answers have a few hundred bytes; what is larger by orders is not from the service.</summary>
    private const int LargestBody = 1024 * 1024;

    protected override string Target(Uri address) => address.AbsolutePath;

    protected override async Task<HttpResponseMessage> ReceiveAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            using var body = new MemoryStream();
            byte[] chunk = new byte[8192];
            await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
            {
                if (body.Length + read > LargestBody) throw new HttpRequestException("The answer is too large to be the service's.");
                body.Write(chunk, 0, read);
            }

            HttpContent whole = new ByteArrayContent(body.ToArray());
            whole.Headers.ContentType = response.Content.Headers.ContentType;
            response.Content = whole;
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
