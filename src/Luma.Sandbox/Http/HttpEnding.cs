namespace Luma.Sandbox.Http;

/// <summary>What becomes of the connection once an answer is sent.</summary>
internal enum HttpEnding
{
    /// <summary>It stays open for the next request, unless the client wants it closed.</summary>
    KeepAlive,

    /// <summary>It is closed, without a word about it in the answer.</summary>
    Close,

    /// <summary>It is reset.</summary>
    Reset,

    /// <summary>It is reset as soon as the next request's first bytes arrive.</summary>
    ResetOnNextRequest,

    /// <summary>It stays open, and nothing more is ever sent on it.</summary>
    Hang,
}
