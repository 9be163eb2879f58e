using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Luma;

/// <summary>A segment of a process that is gone, read by its index: what is not asked for is not read.</summary>
internal sealed class IndexedSegment : IDisposable
{
    private const int KeysTogether = 256;

    private readonly string _path;
    private readonly SafeFileHandle _segment;
    private readonly SafeFileHandle _file;
    private readonly JournalIndex _index;
    private ulong[]? _everyNthKey;

    private IndexedSegment(string path, SafeFileHandle segment, SafeFileHandle file, JournalIndex index)
    {
        _path = path;
        _segment = segment;
        _file = file;
        _index = index;
    }

    /// <summary>How many lines could not be read when the index was made.</summary>
    public int Skipped => _index.Skipped;

    /// <summary>Opens a segment and its index; null where there is none that fits it.</summary>
    /// <exception cref="FileNotFoundException">The segment was compacted away.</exception>
    public static IndexedSegment? TryOpen(string path)
    {
        string indexPath = JournalIndex.PathOf(path);
        if (!File.Exists(indexPath)) return null;
        SafeFileHandle? segment = null, file = null;
        try
        {
            segment = Open(path);
            file = Open(indexPath);
            byte[] header = new byte[JournalIndex.HeaderLength];
            int read = RandomAccess.Read(file, header, 0);
            if (JournalIndex.ReadHeader(header.AsSpan(0, read)) is { } index && index.SegmentLength == RandomAccess.GetLength(segment)
                && index.Length == RandomAccess.GetLength(file) && IsWhole(file, index))
            {
                var opened = new IndexedSegment(path, segment, file, index);
                segment = file = null;
                return opened;
            }

            return null;
        }
        catch (Exception exception) when (segment is not null && exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            segment?.Dispose();
            file?.Dispose();
        }
    }

    /// <summary>What it tells of a record; null: nothing.</summary>
    /// <exception cref="InvalidDataException">The index does not fit the segment.</exception>
    public JournalPart? Part(string id) => WithKey('i', id).Select(Read).FirstOrDefault(part => part.Id == id);

    /// <summary>What it tells of the records that may match: those that one of the query's members finds.</summary>
    /// <exception cref="InvalidDataException">The index does not fit the segment.</exception>
    public IEnumerable<JournalPart> Find(JournalQuery query) => (query switch
    {
        { Id: { } id } => WithKey('i', id),
        { NameKey: { } key } => WithKey('n', key),
        { JobId: { } jobId } => WithKey('j', jobId),
        { SavedPath: { } path } => WithKey('p', path),
        { Sha256: { } hash } => WithKey('s', hash),
        { JobIdPrefix: { } prefix } =>
            WithPrefix(_index.JobIdsAt, _index.JobIds, prefix.ToUpperInvariant(), line => line.JobId?.ToUpperInvariant()),
        { NameKeyPrefix: { } prefix } =>
            WithPrefix(_index.NamesAt, _index.Names, prefix, line => line.Name is null ? null : JobName.Key(line.Name)),
        { IsOpen: true } => Enumerable.Range(0, _index.Open).Select(i => Number(_index.OpenAt, i)),
        _ when query is { After: not null } or { Before: not null } => Between(query.After, query.Before),
        { Newest: { } count } =>
            Enumerable.Range(Math.Max(0, _index.Times - count), Math.Min(count, _index.Times)).Select(i => Entry(_index.TimesAt, i).Record),
        _ => Enumerable.Range(0, _index.Records),
    }).Distinct().Select(Read);

    /// <summary>All that it tells.</summary>
    public IEnumerable<JournalPart> All()
    {
        // From the front to the back, which is what reading is fastest at.
        var lines = new Dictionary<string, List<JournalLine>>();
        using (FileStream file = PrivateFile.Open(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            SegmentLines.Visit(file, (_, text) =>
            {
                if (JournalJson.Read(text) is not { } line) return;
                if (!lines.TryGetValue(line.Id!, out List<JournalLine>? known)) lines[line.Id!] = known = new List<JournalLine>(4);
                known.AddRange(JournalPacking.Unpack(line));
            });
        }

        return lines.Select(record => new JournalPart(record.Key, record.Value, IsWriterAlive: false, IsOwn: false));
    }

    public void Dispose()
    {
        _segment.Dispose();
        _file.Dispose();
    }

    private static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);

    private static bool IsWhole(SafeFileHandle file, JournalIndex index)
    {
        byte[] bytes = new byte[1 << 16];
        ulong sum = 0;
        for (long at = JournalIndex.HeaderLength; at < index.Length;)
        {
            int count = 0;
            while (count < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(count), at + count) is > 0 and int read) count += read;
            if (count == 0) return false;
            sum = JournalIndex.SumOf(sum, bytes.AsSpan(0, count));
            at += count;
        }

        return sum == index.Sum;
    }

    private IEnumerable<int> WithKey(char kind, string text)
    {
        // Of each block the first key is in memory, so that a look-up reads one block and not a key of each of many.
        ulong hash = JournalIndex.Hash(kind, text);
        ulong[] firsts = _everyNthKey ??= FirstKeys();
        int block = Array.BinarySearch(firsts, hash);
        for (block = block < 0 ? ~block : block; block > 0 && firsts[block - 1] >= hash;) block--;
        byte[] entries = new byte[KeysTogether * JournalIndex.KeySize];
        for (block = Math.Max(0, block - 1); block < firsts.Length && firsts[block] <= hash; block++)
        {
            int count = Math.Min(KeysTogether, _index.Keys - (block * KeysTogether));
            Fill(_file, entries.AsSpan(0, count * JournalIndex.KeySize),
                _index.KeysAt + ((long)block * KeysTogether * JournalIndex.KeySize));
            for (int i = 0; i < count; i++)
            {
                int at = i * JournalIndex.KeySize;
                if (BinaryPrimitives.ReadUInt64LittleEndian(entries.AsSpan(at)) == hash)
                {
                    yield return BinaryPrimitives.ReadInt32LittleEndian(entries.AsSpan(at + 8));
                }
            }
        }
    }

    private ulong[] FirstKeys()
    {
        ulong[] firsts = new ulong[(_index.Keys + KeysTogether - 1) / KeysTogether];
        for (int block = 0; block < firsts.Length; block++) firsts[block] = Entry(_index.KeysAt, block * KeysTogether).Key;
        return firsts;
    }

    private IEnumerable<int> Between(DateTime? after, DateTime? before)
    {
        for (int i = after is { } from ? FirstAtLeast(_index.TimesAt, _index.Times, (ulong)from.Ticks) : 0; i < _index.Times; i++)
        {
            (ulong ticks, int record) = Entry(_index.TimesAt, i);
            if (before is { } to && ticks >= (ulong)to.Ticks) yield break;
            yield return record;
        }
    }

    private IEnumerable<int> WithPrefix(long table, int count, string prefix, Func<JournalLine, string?> keyOf)
    {
        string Key(int i) => keyOf(ReadLine(Number(table, i)).Line) ?? throw Unfitting();
        int low = 0, high = count;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (string.CompareOrdinal(Key(middle), prefix) < 0) low = middle + 1;
            else high = middle;
        }

        for (; low < count && Key(low).StartsWith(prefix, StringComparison.Ordinal); low++)
        {
            yield return ReadLine(Number(table, low)).Record;
        }
    }

    private int FirstAtLeast(long table, int count, ulong key)
    {
        int low = 0, high = count;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (Entry(table, middle).Key < key) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private JournalPart Read(int record)
    {
        if (record < 0 || record >= _index.Records) throw Unfitting();
        var lines = new List<JournalLine>(4);
        for (int line = Number(_index.RecordsAt, record), end = Number(_index.RecordsAt, record + 1); line < end; line++)
        {
            lines.AddRange(JournalPacking.Unpack(ReadLine(line).Line));
        }

        if (lines.Count == 0 || lines.Exists(line => line.Id != lines[0].Id)) throw Unfitting();
        return new JournalPart(lines[0].Id!, lines, IsWriterAlive: false, IsOwn: false);
    }

    private (JournalLine Line, int Record) ReadLine(int line)
    {
        if (line < 0 || line >= _index.Lines) throw Unfitting();
        Span<byte> entry = stackalloc byte[JournalIndex.LineSize];
        Fill(_file, entry, JournalIndex.LinesAt + ((long)line * JournalIndex.LineSize));
        long offset = BinaryPrimitives.ReadInt64LittleEndian(entry);
        int length = BinaryPrimitives.ReadInt32LittleEndian(entry[8..]);
        if (offset < 0 || length <= 0 || offset + length > _index.SegmentLength) throw Unfitting();
        byte[] text = new byte[length];
        Fill(_segment, text, offset);
        return (JournalJson.Read(text) ?? throw Unfitting(), BinaryPrimitives.ReadInt32LittleEndian(entry[12..]));
    }

    private int Number(long table, int i)
    {
        Span<byte> number = stackalloc byte[JournalIndex.RecordSize];
        Fill(_file, number, table + ((long)i * JournalIndex.RecordSize));
        return BinaryPrimitives.ReadInt32LittleEndian(number);
    }

    private (ulong Key, int Record) Entry(long table, int i)
    {
        Span<byte> entry = stackalloc byte[JournalIndex.KeySize];
        Fill(_file, entry, table + ((long)i * JournalIndex.KeySize));
        return (BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadInt32LittleEndian(entry[8..]));
    }

    private void Fill(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(file, bytes, offset);
            if (read == 0) throw Unfitting();
            bytes = bytes[read..];
            offset += read;
        }
    }

    private InvalidDataException Unfitting() => new($"The index of {_path} does not fit it.");
}
