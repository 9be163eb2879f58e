namespace Luma.Sandbox.Http;

/// <summary>How a client learns where the body of an answer ends.</summary>
internal enum HttpFraming
{
    /// <summary>By Content-Length.</summary>
    Length,

    /// <summary>By the last chunk.</summary>
    Chunked,

    /// <summary>By the end of the connection.</summary>
    UntilClose,
}
