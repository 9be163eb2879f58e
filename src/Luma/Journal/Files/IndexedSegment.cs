using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace Luma;

/// <summary>A segment of a process that is gone, read by its index: what is not asked for is not read.</summary>
internal sealed class IndexedSegment : IDisposable
{
    private const int RecordsTogether = 512;

    private readonly SafeFileHandle _segment;
    private readonly JournalIndexFile _file;
    private readonly JournalIndex _index;

    private IndexedSegment(SafeFileHandle segment, JournalIndexFile file)
    {
        _segment = segment;
        _file = file;
        _index = file.Index;
    }

    /// <summary>How many lines could not be read when the index was made.</summary>
    public int Skipped => _index.Skipped;

    /// <summary>Opens a segment and its index; null where there is none that fits it.</summary>
    /// <exception cref="FileNotFoundException">The segment was compacted away.</exception>
    public static IndexedSegment? TryOpen(string path)
    {
        string indexPath = JournalIndex.PathOf(path);
        if (!File.Exists(indexPath)) return null;
        SafeFileHandle? segment = null;
        try
        {
            segment = SegmentReader.OpenHandle(path);
            if (JournalIndexFile.TryOpen(indexPath, RandomAccess.GetLength(segment)) is not { } file) return null;
            var opened = new IndexedSegment(segment, file);
            segment = null;
            return opened;
        }
        catch (Exception exception) when (segment is not null && exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            segment?.Dispose();
        }
    }

    /// <summary>What it tells of a record; null: nothing.</summary>
    /// <exception cref="InvalidDataException">The index does not fit the segment.</exception>
    public JournalPart? Part(string id)
    {
        foreach (int record in WithKey(_index.IdsAt, _index.Records, 'i', id))
        {
            if (Read(record) is { } part && part.Id == id) return part;
        }

        return null;
    }

    /// <summary>What it tells of the records that may match: those that one of the query's members finds.</summary>
    /// <exception cref="InvalidDataException">The index does not fit the segment.</exception>
    public IEnumerable<JournalPart> Find(JournalQuery query)
    {
        var seen = new HashSet<int>();
        foreach (int record in Records(query))
        {
            if (seen.Add(record)) yield return Read(record);
        }
    }

    /// <summary>What something makes of each part of it, in their order; what it leaves out is left out.</summary>
    /// <param name="select">Called on several threads at a time.</param>
    /// <exception cref="InvalidDataException">The index does not fit the segment.</exception>
    public IEnumerable<T> Select<T>(Func<JournalPart, T?> select)
        where T : class
    {
        var found = new List<T>[(_index.Records + RecordsTogether - 1) / RecordsTogether];
        try
        {
            Parallel.For(0, found.Length, SelectRange);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        return found.SelectMany(range => range);

        void SelectRange(int range)
        {
            var reader = new SegmentReader(_segment);
            found[range] = new List<T>(RecordsTogether);
            int end = Math.Min(_index.Records, (range + 1) * RecordsTogether);
            for (int record = range * RecordsTogether; record < end; record++)
            {
                if (select(Read(record, reader)) is { } selected) found[range].Add(selected);
            }
        }
    }

    /// <summary>Adds the hashes of its records' ids.</summary>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public void AddIds(List<ulong> hashes)
    {
        for (int i = 0; i < _index.Records; i++) hashes.Add(_file.Entry(_index.IdsAt, i).Key);
    }

    public void Dispose()
    {
        _segment.Dispose();
        _file.Dispose();
    }

    private IEnumerable<int> Records(JournalQuery query) => query switch
    {
        { Id: { } id } => WithKey(_index.IdsAt, _index.Records, 'i', id),
        { NameKey: { } key } => WithKey(_index.KeysAt, _index.Keys, 'n', key),
        { JobId: { } jobId } => WithKey(_index.KeysAt, _index.Keys, 'j', jobId),
        { SavedPath: { } path } => WithKey(_index.KeysAt, _index.Keys, 'p', path),
        { Sha256: { } hash } => WithKey(_index.KeysAt, _index.Keys, 's', hash),
        { JobIdPrefix: { } prefix } =>
            WithPrefix(_index.JobIdsAt, _index.JobIds, prefix.ToUpperInvariant(), line => line.JobId?.ToUpperInvariant()),
        { NameKeyPrefix: { } prefix } =>
            WithPrefix(_index.NamesAt, _index.Names, prefix, line => line.Name is null ? null : JobName.Key(line.Name)),
        { IsOpen: true } => Enumerable.Range(0, _index.Open).Select(i => _file.Number(_index.OpenAt, i)),
        _ when query is { After: not null } or { Before: not null } => Between(query.After, query.Before),
        { Newest: { } count } => Enumerable.Range(Math.Max(0, _index.Times - count), Math.Min(count, _index.Times))
            .Select(i => _file.Entry(_index.TimesAt, i).Record),
        _ => Enumerable.Range(0, _index.Records),
    };

    private IEnumerable<int> WithKey(long table, int count, char kind, string text)
    {
        ulong hash = JournalIndex.Hash(kind, text);
        for (int i = _file.FirstAtLeast(table, count, hash); i < count; i++)
        {
            (ulong key, int record) = _file.Entry(table, i);
            if (key != hash) yield break;
            yield return record;
        }
    }

    private IEnumerable<int> Between(DateTime? after, DateTime? before)
    {
        for (int i = after is { } from ? _file.FirstAtLeast(_index.TimesAt, _index.Times, (ulong)from.Ticks) : 0; i < _index.Times; i++)
        {
            (ulong ticks, int record) = _file.Entry(_index.TimesAt, i);
            if (before is { } to && ticks >= (ulong)to.Ticks) yield break;
            yield return record;
        }
    }

    private IEnumerable<int> WithPrefix(long table, int count, string prefix, Func<JournalLine, string?> keyOf)
    {
        var reader = new SegmentReader(_segment);
        string Key(int i) => keyOf(ReadLine(_file.Number(table, i), reader).Line) ?? throw _file.Damaged();
        int low = 0, high = count;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (string.CompareOrdinal(Key(middle), prefix) < 0) low = middle + 1;
            else high = middle;
        }

        for (; low < count && Key(low).StartsWith(prefix, StringComparison.Ordinal); low++)
        {
            yield return ReadLine(_file.Number(table, low), reader).Record;
        }
    }

    private JournalPart Read(int record) => Read(record, new SegmentReader(_segment));

    private JournalPart Read(int record, SegmentReader reader)
    {
        if (record < 0 || record >= _index.Records) throw _file.Damaged();
        var lines = new List<JournalLine>(4);
        int end = _file.Number(_index.RecordsAt, record + 1);
        for (int line = _file.Number(_index.RecordsAt, record); line < end; line++)
        {
            lines.AddRange(JournalPacking.Unpack(ReadLine(line, reader).Line));
        }

        if (lines.Count == 0 || lines.Exists(line => line.Id != lines[0].Id)) throw _file.Damaged();
        return new JournalPart(lines[0].Id!, lines, IsWriterAlive: false, IsOwn: false);
    }

    private (JournalLine Line, int Record) ReadLine(int line, SegmentReader reader)
    {
        (long offset, int length, int record) = _file.Line(line);
        return (JournalJson.Read(reader.Read(offset, length)) ?? throw _file.Damaged(), record);
    }
}
