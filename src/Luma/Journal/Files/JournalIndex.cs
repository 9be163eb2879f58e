using System.Buffers.Binary;
using System.Numerics;

namespace Luma;

/// <summary>
/// What lies where in a segment that nobody writes to any more, so that a look-up reads a few pages of it and not the whole.
/// It is made from its segment, and made again whenever it is missing or does not fit.
/// </summary>
/// <remarks>
/// A header of numbers, then tables of numbers (little-endian): the lines (offset, length, record), the records (their first
/// line), the hashes of all that is looked up exactly, in order, with their records; the lines that have a name or a jobId, in
/// the order of these; the times of submits, in order, with their records; the records that are open.
/// </remarks>
internal sealed class JournalIndex
{
    public const string Extension = ".index";
    public const int LineSize = 16;
    public const int RecordSize = 4;
    public const int KeySize = 12;

    private const ulong Magic = 0x31584449_414D554C; // "LUMAIDX1"
    private const int HeaderSize = 8 * 11;

    /// <summary>How large a segment has to be for an index to be worth its while, in bytes.</summary>
    public const int WorthFrom = 1 << 16;

    public long SegmentLength { get; private init; }

    public int Skipped { get; private init; }

    public int Lines { get; private init; }

    public int Records { get; private init; }

    public int Keys { get; private init; }

    public int Names { get; private init; }

    public int JobIds { get; private init; }

    public int Times { get; private init; }

    public int Open { get; private init; }

    /// <summary>The <see cref="SumOf"/> all that comes after the header.</summary>
    public ulong Sum { get; private init; }

    public const long LinesAt = HeaderSize;

    public long RecordsAt => LinesAt + ((long)Lines * LineSize);

    public long KeysAt => RecordsAt + ((long)(Records + 1) * RecordSize);

    public long NamesAt => KeysAt + ((long)Keys * KeySize);

    public long JobIdsAt => NamesAt + ((long)Names * RecordSize);

    public long TimesAt => JobIdsAt + ((long)JobIds * RecordSize);

    public long OpenAt => TimesAt + ((long)Times * KeySize);

    public long Length => OpenAt + ((long)Open * RecordSize);

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

    /// <summary>
    /// A sum over bytes, by which one sees that they are not those that were written. An index that a power failure has left
    /// half written would hide names, and their jobs would be submitted again.
    /// </summary>
    /// <param name="sum">The sum of what came before.</param>
    /// <param name="bytes">The bytes; a multiple of 4, and of 8 unless they are the last ones.</param>
    public static ulong SumOf(ulong sum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            sum = (BitOperations.RotateLeft(sum, 5) ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0x9E3779B97F4A7C15UL;
        }

        return bytes.Length >= 4
            ? (BitOperations.RotateLeft(sum, 5) ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes)) * 0x9E3779B97F4A7C15UL : sum;
    }

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

    /// <summary>How many bytes the header has.</summary>
    public static int HeaderLength => HeaderSize;

    /// <summary>Makes the index of a segment that nobody writes to any more, beside it.</summary>
    /// <exception cref="IOException">It could not be read, or not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Create(string segment)
    {
        var built = new JournalIndexBuilder();
        using (FileStream file = PrivateFile.Open(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            SegmentLines.Visit(file, built.Add);
            built.SegmentLength = file.Length;
        }

        // Under a name of its own: several may do so at a time, and all write the same.
        string index = PathOf(segment), unfinished = JournalCompaction.Aside(segment);
        try
        {
            using (FileStream file = PrivateFile.Open(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(built.ToBytes(Magic));
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
