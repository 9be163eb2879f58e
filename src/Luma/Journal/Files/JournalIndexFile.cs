using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Luma;

/// <summary>An index that is open. It reads the blocks that a look-up needs, each once, and only as they were written.</summary>
internal sealed class JournalIndexFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly byte[] _sums;
    private readonly byte[]?[] _blocks; // Several threads may read the same one, and then have the same bytes.

    private JournalIndexFile(string path, SafeFileHandle file, JournalIndex index, byte[] sums)
    {
        _path = path;
        _file = file;
        Index = index;
        _sums = sums;
        _blocks = new byte[index.Blocks][];
    }

    public JournalIndex Index { get; }

    /// <summary>Opens the index of a segment; null where it is damaged, or not this segment's.</summary>
    /// <exception cref="IOException">It could not be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static JournalIndexFile? TryOpen(string path, long segmentLength)
    {
        SafeFileHandle? file = SegmentReader.OpenHandle(path);
        try
        {
            byte[] header = new byte[JournalIndex.HeaderSize];
            if (Read(file, header, 0) < header.Length || JournalIndex.ReadHeader(header) is not { } index
                || index.SegmentLength != segmentLength || index.Length != RandomAccess.GetLength(file))
            {
                return null;
            }

            byte[] sums = new byte[index.Blocks * sizeof(ulong)];
            if (Read(file, sums, JournalIndex.HeaderSize) < sums.Length || JournalIndex.SumOf(header, sums) != index.Sum) return null;
            var opened = new JournalIndexFile(path, file, index, sums);
            file = null;
            return opened;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>The number at a place of a table of numbers.</summary>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public int Number(long table, int place)
    {
        Span<byte> number = stackalloc byte[JournalIndex.RecordSize];
        Fill(number, table + ((long)place * JournalIndex.RecordSize));
        return BinaryPrimitives.ReadInt32LittleEndian(number);
    }

    /// <summary>The key at a place of a table of keys, and its record.</summary>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public (ulong Key, int Record) Entry(long table, int place)
    {
        Span<byte> entry = stackalloc byte[JournalIndex.KeySize];
        Fill(entry, table + ((long)place * JournalIndex.KeySize));
        return (BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadInt32LittleEndian(entry[8..]));
    }

    /// <summary>The line at a place of the table of lines: where it is in the segment, and its record.</summary>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public (long Offset, int Length, int Record) Line(int place)
    {
        if (place < 0 || place >= Index.Lines) throw Damaged();
        Span<byte> line = stackalloc byte[JournalIndex.LineSize];
        Fill(line, JournalIndex.LinesAt + ((long)place * JournalIndex.LineSize));
        long offset = BinaryPrimitives.ReadInt64LittleEndian(line);
        int length = BinaryPrimitives.ReadInt32LittleEndian(line[8..]);
        if (offset < 0 || length <= 0 || offset + length > Index.SegmentLength) throw Damaged();
        return (offset, length, BinaryPrimitives.ReadInt32LittleEndian(line[12..]));
    }

    /// <summary>The first place of a table of keys, in order, whose key is not less than this; its length where there is none.</summary>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public int FirstAtLeast(long table, int count, ulong key)
    {
        // Hashes are spread evenly, and times nearly so: the first guess is close, and every other step halves what is left.
        int low = 0, high = count;
        ulong lowKey = ulong.MinValue, highKey = ulong.MaxValue;
        for (bool isGuess = true; low < high; isGuess = !isGuess)
        {
            int middle = isGuess ? low + (int)((double)(key - lowKey) / (highKey - lowKey) * (high - low - 1)) : low + ((high - low) / 2);
            middle = Math.Clamp(middle, low, high - 1);
            ulong found = Entry(table, middle).Key;
            if (found < key) (low, lowKey) = (middle + 1, found);
            else (high, highKey) = (middle, found);
        }

        return low;
    }

    public InvalidDataException Damaged() => new($"The index {_path} is damaged, or is not of its segment.");

    public void Dispose() => _file.Dispose();

    private void Fill(Span<byte> bytes, long at)
    {
        while (!bytes.IsEmpty)
        {
            if (at < 0 || at >= Index.TablesLength) throw Damaged();
            ReadOnlySpan<byte> found = Block((int)(at / JournalIndex.BlockSize)).AsSpan((int)(at % JournalIndex.BlockSize));
            int count = Math.Min(bytes.Length, found.Length);
            found[..count].CopyTo(bytes);
            bytes = bytes[count..];
            at += count;
        }
    }

    private byte[] Block(int number)
    {
        if (_blocks[number] is { } known) return known;
        long at = (long)number * JournalIndex.BlockSize;
        byte[] block = new byte[Math.Min(JournalIndex.BlockSize, Index.TablesLength - at)];
        if (Read(_file, block, Index.TablesAt + at) < block.Length || JournalIndex.Checksum(block)
            != BinaryPrimitives.ReadUInt64LittleEndian(_sums.AsSpan(number * sizeof(ulong))))
        {
            throw Damaged();
        }

        return _blocks[number] = block;
    }

    private static int Read(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        int count = 0;
        while (count < bytes.Length && RandomAccess.Read(file, bytes[count..], offset + count) is > 0 and int read) count += read;
        return count;
    }
}
