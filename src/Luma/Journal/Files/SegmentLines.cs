namespace Luma;

/// <summary>The lines of a segment that nobody writes to any more, one after the other, without all of it in memory.</summary>
internal static class SegmentLines
{
    private const int ChunkSize = 1 << 18;

    /// <summary>Called for each line that is not blank.</summary>
    /// <param name="offset">Where it begins, in bytes.</param>
    /// <param name="text">The line without its end.</param>
    public delegate void Visitor(long offset, ReadOnlySpan<byte> text);

    public static void Visit(FileStream file, Visitor visit)
    {
        byte[] bytes = new byte[ChunkSize];
        int kept = 0;
        long start = 0;
        file.Position = 0;
        while (true)
        {
            if (kept == bytes.Length) Array.Resize(ref bytes, bytes.Length * 2);
            int read = file.Read(bytes.AsSpan(kept));
            int end = kept + read, done = 0;
            while (bytes.AsSpan(done, end - done).IndexOf((byte)'\n') is >= 0 and int length)
            {
                Tell(start + done, bytes.AsSpan(done, length), visit);
                done += length + 1;
            }

            if (read == 0)
            {
                Tell(start + done, bytes.AsSpan(done, end - done), visit); // Its process will not end this line any more.
                return;
            }

            kept = end - done;
            bytes.AsSpan(done, kept).CopyTo(bytes);
            start += done;
        }
    }

    private static void Tell(long offset, ReadOnlySpan<byte> text, Visitor visit)
    {
        if (!text.TrimEnd("\r "u8).IsEmpty) visit(offset, text);
    }
}
