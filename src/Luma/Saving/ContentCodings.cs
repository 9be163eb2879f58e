namespace Luma;

/// <summary>What <c>Content-Encoding</c> means for the bytes of a video.</summary>
internal static class ContentCodings
{
    // The registered ones that change bytes. Others are labels that were stored with the file (aws-chunked, utf-8, none), whatever
    // they were meant to say; a coding that nobody knows leaves no file type at the beginning, so that the bytes tell.
    private static readonly HashSet<string> _changing = new(StringComparer.OrdinalIgnoreCase)
    {
        "gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "zstd", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm",
    };

    /// <summary>Whether the bytes that come are others than the video's.</summary>
    public static bool ChangeBytes(IEnumerable<string> codings) => codings.Any(_changing.Contains);
}
