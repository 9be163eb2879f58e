namespace Luma.Sandbox.Http;

/// <summary>What a client sent is not HTTP, or more than the server takes.</summary>
/// <param name="status">The HTTP status to answer with.</param>
/// <param name="message">What is wrong.</param>
internal sealed class HttpFormatException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status to answer with.</summary>
    public int Status { get; } = status;
}
