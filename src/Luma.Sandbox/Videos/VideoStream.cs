using System.Buffers.Binary;

namespace Luma.Sandbox;

/// <summary>
/// A clip, padded to a size by a `free` box at its end. The padding is made while it is read, and differs from place to
/// place, so that a shifted or repeated piece of it shows.
/// </summary>
internal sealed class VideoStream : Stream
{
    /// <summary>The size of the smallest padding in bytes: a box without contents.</summary>
    public const int MinPadding = 8;

    private const int LargeBoxHead = 16;

    // A prime, so that a piece shifted by any round number of bytes is another piece.
    private static readonly byte[] _pattern = MakePattern(65_521);

    private readonly byte[] _front;
    private long _position;

    /// <summary>A clip of a certain size.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="length">The size in bytes: the clip's own, or at least 8 more.</param>
    public VideoStream(Clip clip, long length)
    {
        Length = length;
        _front = [.. clip.Bytes, .. BoxHead(length - clip.Bytes.Length)];
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Clamp(Length - _position, 0, buffer.Length);
        buffer = buffer[..count];
        while (buffer.Length > 0)
        {
            ReadOnlySpan<byte> source = _position < _front.Length
                ? _front.AsSpan((int)_position)
                : _pattern.AsSpan((int)(_position % _pattern.Length));
            source = source[..Math.Min(source.Length, buffer.Length)];
            source.CopyTo(buffer);
            buffer = buffer[source.Length..];
            _position += source.Length;
        }
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] BoxHead(long length)
    {
        if (length == 0) return [];
        byte[] head = new byte[length > uint.MaxValue ? LargeBoxHead : MinPadding];
        "free"u8.CopyTo(head.AsSpan(4));
        if (head.Length == LargeBoxHead)
        {
            // A size of 1 says that the real one follows in 64 bits.
            BinaryPrimitives.WriteUInt32BigEndian(head, 1);
            BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(8), length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(head, (uint)length);
        }
        return head;
    }

    private static byte[] MakePattern(int length)
    {
        byte[] pattern = new byte[length];
        uint state = 1;
        for (int i = 0; i < length; i++)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            pattern[i] = (byte)(state >> 24);
        }
        return pattern;
    }
}
