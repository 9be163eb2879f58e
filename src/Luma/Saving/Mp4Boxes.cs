using System.Buffers.Binary;
using System.Text;

namespace Luma;

/// <summary>
/// Reads the boxes of an MP4 file: whether it is one at all, and whether it is complete where nothing else tells its length.
/// </summary>
internal static class Mp4Boxes
{
    /// <summary>How many bytes tell whether it is one.</summary>
    public const int HeadLength = 12;

    private const int TypeAt = 4;
    private const int BrandAt = 8;

    // Pictures and sound come in the same boxes as videos: AVIF, HEIC, M4A.
    private static readonly string[] _otherBrands = ["avif", "heic", "heix", "heim", "heis", "mif1", "M4A ", "M4B ", "M4P "];

    /// <summary>
    /// Whether a file that begins with these bytes may be an MP4 file: its first box is the file type, and not that of a picture
    /// or of sound alone. Fewer than <see cref="HeadLength"/> bytes leave it open.
    /// </summary>
    public static bool CanBegin(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> type = head[Math.Min(TypeAt, head.Length)..Math.Min(BrandAt, head.Length)];
        if (!"ftyp"u8.StartsWith(type)) return false;
        if (head.Length < HeadLength) return true;
        string brand = Encoding.ASCII.GetString(head[BrandAt..HeadLength]);
        return !_otherBrands.Contains(brand, StringComparer.Ordinal);
    }

    /// <summary>Whether a file begins as an MP4 file does.</summary>
    public static bool Begins(Stream stream) =>
        ReadHead(stream, stackalloc byte[HeadLength]) is { Length: HeadLength } head && CanBegin(head);

    /// <summary>Whether what there is of a file may be the beginning of an MP4 file.</summary>
    public static bool CanBegin(Stream stream) => CanBegin(ReadHead(stream, stackalloc byte[HeadLength]));

    /// <summary>Whether the boxes begin with a file type, hold a movie and its data, and end exactly where the stream does.</summary>
    /// <remarks>The data counts since it usually comes last: a cut right in front of it leaves boxes that end exactly, too.</remarks>
    public static bool IsWhole(Stream stream)
    {
        Span<byte> header = stackalloc byte[16];
        long position = 0;
        bool hasMovie = false, hasData = false;
        while (position < stream.Length)
        {
            stream.Position = position;
            int read = stream.ReadAtLeast(header[..8], 8, throwOnEndOfStream: false);
            if (read < 8) return false;
            long size = BinaryPrimitives.ReadUInt32BigEndian(header);
            ReadOnlySpan<byte> type = header[4..8];
            if (position == 0 && !type.SequenceEqual("ftyp"u8)) return false;
            hasMovie |= type.SequenceEqual("moov"u8);
            hasData |= type.SequenceEqual("mdat"u8);
            if (size == 1)
            {
                if (stream.ReadAtLeast(header[8..], 8, throwOnEndOfStream: false) < 8) return false;
                size = BinaryPrimitives.ReadInt64BigEndian(header[8..]);
                if (size < 16) return false;
            }
            else if (size < 8)
            {
                return false; // 0 means "to the end", which tells nothing about where the end is.
            }

            if (size > stream.Length - position) return false;
            position += size;
        }

        return hasMovie && hasData;
    }

    private static ReadOnlySpan<byte> ReadHead(Stream stream, Span<byte> head)
    {
        stream.Position = 0;
        return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
