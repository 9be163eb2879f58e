using System.Net.Http.Headers;

namespace Luma.Sandbox;

/// <summary>A part of a video.</summary>
/// <param name="First">The position of its first byte.</param>
/// <param name="Last">The position of its last byte.</param>
internal readonly record struct ByteRange(long First, long Last)
{
    /// <summary>The number of bytes; 0 or less if the range lies outside of the video.</summary>
    public long Length => Last - First + 1;

    /// <summary>Reads a Range header; false for one that is to be ignored: malformed, in other units, or of several ranges.</summary>
    /// <param name="header">The header's value.</param>
    /// <param name="total">The size of the video in bytes.</param>
    /// <param name="range">The range within the video.</param>
    public static bool TryParse(string header, long total, out ByteRange range)
    {
        range = default;
        if (!RangeHeaderValue.TryParse(header, out RangeHeaderValue? parsed)) return false;
        if (parsed is not { Unit: "bytes", Ranges.Count: 1 }) return false;
        RangeItemHeaderValue item = parsed.Ranges.Single();
        range = item.From is { } first
            ? new ByteRange(first, Math.Min(item.To ?? long.MaxValue, total - 1))
            : new ByteRange(Math.Max(0, total - item.To!.Value), total - 1);
        return true;
    }
}
