using System.Buffers.Binary;

namespace Luma;

/// <summary>What an MP4 file says about its picture, so that a page can give it its place before a browser has opened it.</summary>
/// <param name="Width">The width in pixels, as it is shown.</param>
/// <param name="Height">The height in pixels, as it is shown.</param>
/// <param name="Length">How long it plays; null where the file does not say.</param>
internal sealed record VideoFormat(int Width, int Height, TimeSpan? Length)
{
    // The index of a video of some seconds has some kilobytes; that of an hour a few megabytes.
    private const int MaximumIndex = 32 << 20;

    /// <summary>Reads a file; null where it cannot be read, or is no MP4 with a picture.</summary>
    public static VideoFormat? Read(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a stream that can be sought; null where it is no MP4 with a picture.</summary>
    public static VideoFormat? Read(Stream stream)
    {
        Span<byte> header = stackalloc byte[16];
        for (long position = 0, size; position < stream.Length; position += size)
        {
            stream.Position = position;
            int read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            size = SizeOf(header[..read], out int head);
            if (size == 0 || size > stream.Length - position) return null;
            if (!header[4..8].SequenceEqual("moov"u8)) continue;
            if (size > MaximumIndex) return null;
            byte[] index = new byte[size - head];
            stream.Position = position + head;
            return stream.ReadAtLeast(index, index.Length, throwOnEndOfStream: false) == index.Length ? Of(index) : null;
        }

        return null;
    }

    private static VideoFormat? Of(ReadOnlySpan<byte> movie)
    {
        TimeSpan? length = LengthOf(Find(movie, "mvhd"u8));
        while (Next(ref movie, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content))
        {
            if (!type.SequenceEqual("trak"u8)) continue;
            (int width, int height) = SizeOf(Find(content, "tkhd"u8));
            if (width > 0 && height > 0) return new VideoFormat(width, height, length);
        }

        return null;
    }

    // Sound has a size of zero. A phone held upright writes a lying picture and says that it is to be turned.
    private static (int Width, int Height) SizeOf(ReadOnlySpan<byte> track)
    {
        int matrix = track.Length > 0 && track[0] == 1 ? 52 : 40;
        if (track.Length < matrix + 44) return default;
        int Fixed(ReadOnlySpan<byte> at) => (int)(BinaryPrimitives.ReadUInt32BigEndian(at) >> 16);
        int width = Fixed(track[(matrix + 36)..]), height = Fixed(track[(matrix + 40)..]);
        int a = BinaryPrimitives.ReadInt32BigEndian(track[matrix..]), b = BinaryPrimitives.ReadInt32BigEndian(track[(matrix + 4)..]);
        bool isTurned = a == 0 && b != 0;
        return isTurned ? (height, width) : (width, height);
    }

    private static TimeSpan? LengthOf(ReadOnlySpan<byte> header)
    {
        bool isLong = header.Length > 0 && header[0] == 1;
        if (header.Length < (isLong ? 32 : 20)) return null;
        uint scale = BinaryPrimitives.ReadUInt32BigEndian(header[(isLong ? 20 : 12)..]);
        double units = isLong ? BinaryPrimitives.ReadUInt64BigEndian(header[24..]) : BinaryPrimitives.ReadUInt32BigEndian(header[16..]);
        double seconds = scale == 0 ? 0 : units / scale;
        return seconds > 0 && seconds < TimeSpan.FromDays(1).TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> boxes, ReadOnlySpan<byte> wanted)
    {
        while (Next(ref boxes, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content))
        {
            if (type.SequenceEqual(wanted)) return content;
        }

        return default;
    }

    private static bool Next(scoped ref ReadOnlySpan<byte> boxes, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content)
    {
        type = content = default;
        long size = SizeOf(boxes, out int head);
        if (size == 0 || size > boxes.Length) return false;
        type = boxes[4..8];
        content = boxes[head..(int)size];
        boxes = boxes[(int)size..];
        return true;
    }

    // Zero: there is no box. A box that goes "to the end" (size 0) is never in front of what is looked for.
    private static long SizeOf(ReadOnlySpan<byte> box, out int head)
    {
        head = 8;
        if (box.Length < 8) return 0;
        long size = BinaryPrimitives.ReadUInt32BigEndian(box);
        if (size == 1)
        {
            if (box.Length < 16) return 0;
            head = 16;
            size = BinaryPrimitives.ReadInt64BigEndian(box[8..]);
        }

        return size < head ? 0 : size;
    }
}
