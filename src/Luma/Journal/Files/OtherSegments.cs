namespace Luma;

/// <summary>
/// The segments that a compaction leaves as they are; they are read only if it has to know whether they tell of a record.
/// </summary>
internal sealed class OtherSegments(IEnumerable<string> paths) : IDisposable
{
    private readonly Lazy<(List<IndexedSegment> Indexed, List<JournalSegment> Read, bool AreAll)> _segments = new(() =>
    {
        var indexed = new List<IndexedSegment>();
        var read = new List<JournalSegment>();
        bool areAll = true;
        foreach (string path in paths)
        {
            if (IndexedSegment.TryOpen(path) is { } opened)
            {
                indexed.Add(opened);
                continue;
            }

            var segment = new JournalSegment(path);
            try
            {
                segment.Read(isOwn: false);
                read.Add(segment);
            }
            catch (UnauthorizedAccessException)
            {
                areAll = false; // Another user's: it may tell of anything.
            }
        }

        return (indexed, read, areAll);
    });

    public bool Have(string id) => !_segments.Value.AreAll || _segments.Value.Read.Exists(segment => segment.Has(id))
        || _segments.Value.Indexed.Exists(segment => segment.Part(id) is not null);

    public void Dispose()
    {
        if (!_segments.IsValueCreated) return;
        foreach (IndexedSegment segment in _segments.Value.Indexed) segment.Dispose();
    }
}
