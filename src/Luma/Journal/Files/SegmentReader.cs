using Microsoft.Win32.SafeHandles;

namespace Luma;

/// <summary>Reads lines of a segment by their places; lines that follow each other are read together.</summary>
/// <param name="file">The segment, which nobody writes to any more.</param>
internal sealed class SegmentReader(SafeFileHandle file)
{
    private const int Page = 1 << 12;
    private const int Together = 1 << 16;

    private byte[] _bytes = [];
    private long _from;
    private int _count;

    /// <summary>Opens a segment, or its index: anybody may write, rename and delete it meanwhile.</summary>
    public static SafeFileHandle OpenHandle(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);

    /// <summary>The bytes at a place, until the next ones are read; fewer where the segment ends.</summary>
    public ReadOnlySpan<byte> Read(long offset, int length)
    {
        if (offset < _from || offset + length > _from + _count)
        {
            // A segment that was not compacted has the lines of one job far apart.
            bool follows = _count > 0 && offset >= _from && offset <= _from + _count + Page;
            int wanted = Math.Max(length, follows ? Together : Page);
            if (wanted > _bytes.Length) _bytes = new byte[wanted];
            _from = offset;
            _count = 0;
            while (_count < length && RandomAccess.Read(file, _bytes.AsSpan(_count, wanted - _count), offset + _count) is > 0 and int read)
            {
                _count += read;
            }
        }

        int start = (int)(offset - _from);
        return _bytes.AsSpan(start, Math.Min(length, _count - start));
    }
}
