using System.Buffers.Binary;
using System.Numerics;

namespace Luma;

/// <summary>
/// What lies where in a segment that nobody writes to any more, so that a look-up reads a few pages of it instead of all of it.
/// It is made from its segment, and made again whenever it is missing or does not match.
/// </summary>
/// <remarks>
/// <para>
/// A header of numbers, a checksum for each block of the tables, then the tables (little-endian): the lines (offset, length,
/// record), the records (their first line), the hashes of their ids, in order, with the records; the hashes of everything else
/// that is looked up exactly, in order, with the records; the lines that have a name or a jobId, in the order of these; the
/// times of submits, in order, with their records; the records that are open.
/// </para>
/// <para>
/// Each block has a checksum of its own, so that whatever is read is known to be what was written, and nothing else has to be
/// read for that: an index that a failing disk has damaged would hide names, and their jobs would be submitted again.
/// </para>
/// </remarks>
internal sealed class JournalIndex
{
    public const string Extension = ".index";
    public const int LineSize = 16;
    public const int RecordSize = 4;
    public const int KeySize = 12;

    /// <summary>How many bytes of the tables have one checksum.</summary>
    public const int BlockSize = 1 << 12;

    /// <summary>How many bytes the header has.</summary>
    public const int HeaderSize = 8 * 11;

    /// <summary>How large a segment has to be for an index to be worth its while, in bytes.</summary>
    public const int WorthFrom = 1 << 16;

    private const ulong Magic = 0x32584449_414D554C; // "LUMAIDX2"

    public required long SegmentLength { get; init; }

    public required int Skipped { get; init; }

    public required int Lines { get; init; }

    public required int Records { get; init; }

    public required int Keys { get; init; }

    public required int Names { get; init; }

    public required int JobIds { get; init; }

    public required int Times { get; init; }

    public required int Open { get; init; }

    /// <summary>The <see cref="Checksum"/> over the header's other numbers and the checksums of all blocks.</summary>
    public ulong Sum { get; init; }

    // Where the tables begin, counted from the first one.
    public const long LinesAt = 0;

    public long RecordsAt => LinesAt + ((long)Lines * LineSize);

    public long IdsAt => RecordsAt + ((long)(Records + 1) * RecordSize);

    public long KeysAt => IdsAt + ((long)Records * KeySize);

    public long NamesAt => KeysAt + ((long)Keys * KeySize);

    public long JobIdsAt => NamesAt + ((long)Names * RecordSize);

    public long TimesAt => JobIdsAt + ((long)JobIds * RecordSize);

    public long OpenAt => TimesAt + ((long)Times * KeySize);

    public long TablesLength => OpenAt + ((long)Open * RecordSize);

    public int Blocks => (int)((TablesLength + BlockSize - 1) / BlockSize);

    /// <summary>Where the tables begin in the file.</summary>
    public long TablesAt => HeaderSize + ((long)Blocks * sizeof(ulong));

    public long Length => TablesAt + TablesLength;

    public static string PathOf(string segment) => Path.ChangeExtension(segment, Extension);

    /// <summary>The hash by which something is looked up; what it finds has to be looked at.</summary>
    /// <param name="kind">What it is: i, n, j, p or s for an id, a name's key, a jobId, a path or a SHA-256.</param>
    /// <param name="text">The text; its case does not matter.</param>
    public static ulong Hash(char kind, string text)
    {
        // FNV-1a, with a last step that spreads the bits of short texts.
        ulong hash = (14695981039346656037UL ^ kind) * 1099511628211UL;
        foreach (char character in text) hash = (hash ^ char.ToUpperInvariant(character)) * 1099511628211UL;
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93UL;
        return hash ^ (hash >> 32);
    }

    /// <summary>A sum over bytes, by which one sees that they are not those that were written.</summary>
    /// <param name="bytes">The bytes; a multiple of 4.</param>
    /// <param name="sum">The sum over what comes before them.</param>
    public static ulong Checksum(ReadOnlySpan<byte> bytes, ulong sum = 0)
    {
        sum += (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..]) sum = Add(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return bytes.IsEmpty ? sum : Add(sum, BinaryPrimitives.ReadUInt32LittleEndian(bytes));

        static ulong Add(ulong sum, ulong value) => (BitOperations.RotateLeft(sum, 5) ^ value) * 0x9E3779B97F4A7C15UL;
    }

    /// <summary>What <see cref="Sum"/> has to be.</summary>
    public static ulong SumOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> sums) => Checksum(sums, Checksum(header[..^sizeof(ulong)]));

    /// <summary>Reads the header; null where it is none of ours.</summary>
    public static JournalIndex? ReadHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic) return null;
        long[] numbers = new long[10];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[((i + 1) * 8)..]);
            if (i < 9 && (numbers[i] < 0 || (i > 0 && numbers[i] > int.MaxValue))) return null;
        }

        return new JournalIndex
        {
            SegmentLength = numbers[0],
            Skipped = (int)numbers[1],
            Lines = (int)numbers[2],
            Records = (int)numbers[3],
            Keys = (int)numbers[4],
            Names = (int)numbers[5],
            JobIds = (int)numbers[6],
            Times = (int)numbers[7],
            Open = (int)numbers[8],
            Sum = (ulong)numbers[9],
        };
    }

    /// <summary>The file: header, checksums, tables.</summary>
    public byte[] ToBytes(ReadOnlySpan<byte> tables)
    {
        byte[] bytes = new byte[Length];
        tables.CopyTo(bytes.AsSpan((int)TablesAt));
        Span<byte> sums = bytes.AsSpan(HeaderSize, Blocks * sizeof(ulong));
        for (int block = 0; block < Blocks; block++)
        {
            int at = block * BlockSize;
            BinaryPrimitives.WriteUInt64LittleEndian(sums[(block * sizeof(ulong))..],
                Checksum(tables[at..Math.Min(at + BlockSize, tables.Length)]));
        }

        Span<byte> header = bytes.AsSpan(0, HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        long[] numbers = [SegmentLength, Skipped, Lines, Records, Keys, Names, JobIds, Times, Open];
        for (int i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(header[((i + 1) * 8)..], numbers[i]);
        BinaryPrimitives.WriteUInt64LittleEndian(header[^8..], SumOf(header, sums));
        return bytes;
    }

    /// <summary>Makes the index of a segment that nobody writes to any more, next to it.</summary>
    /// <exception cref="IOException">It could not be read, or not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Create(string segment)
    {
        var built = new JournalIndexBuilder();
        long length;
        using (FileStream file = PrivateFile.Open(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            SegmentLines.Visit(file, built.Add);
            length = file.Length;
        }

        // Under a name of its own: several may do so at a time, and all write the same.
        string index = PathOf(segment), unfinished = JournalCompaction.Aside(segment);
        try
        {
            using (FileStream file = PrivateFile.Open(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(built.ToBytes(length));
                file.Flush(flushToDisk: true);
            }

            // Windows replaces none that is open.
            if (OperatingSystem.IsWindows()) FileOperations.TryRemove(index, JournalCompaction.Aside(index));
            FileOperations.Move(unfinished, index, overwrite: true);
        }
        catch
        {
            FileOperations.TryDelete(unfinished);
            throw;
        }
    }
}
