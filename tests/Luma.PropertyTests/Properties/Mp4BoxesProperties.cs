using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Luma.Sandbox;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>A video that is cut is never taken for a whole one, and nothing that comes instead makes the reader fail or run on.</summary>
public sealed class Mp4BoxesProperties(ITestOutputHelper output) : PropertyTest(output)
{
    private static readonly byte[][] _clips = [.. typeof(LumaSandbox).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".mp4", StringComparison.Ordinal)).Select(Clip)];

    [Fact]
    public void Every_clip_is_complete()
    {
        Assert.Equal(6, _clips.Length);
        Assert.All(_clips, clip => Assert.True(IsWhole(clip)));
    }

    [Fact]
    public void Truncated_clip_is_never_complete() =>
        Holds(from clip in Gen.Elements(_clips) from length in Gen.Choose(0, clip.Length - 1) select (clip, length),
            input => Assert.False(IsWhole(input.clip[..input.length]), $"Cut to {input.length} of {input.clip.Length} bytes."));

    [Fact]
    public void Clip_truncated_at_or_near_a_box_is_never_complete()
    {
        foreach (byte[] clip in _clips)
        {
            foreach (int length in Boxes(clip).SelectMany(at => new[] { at - 1, at, at + 1, at + 7, at + 8 })
                .Where(at => at >= 0 && at < clip.Length))
            {
                Assert.False(IsWhole(clip[..length]), $"Cut to {length} of {clip.Length} bytes.");
            }
        }
    }

    [Fact]
    public void Clip_with_trailing_bytes_is_never_complete() =>
        Holds(from clip in Gen.Elements(_clips) from more in Gen.Choose(1, 7) select (byte[])[.. clip, .. new byte[more]],
            bytes => Assert.False(IsWhole(bytes)));

    [Fact]
    public void Any_bytes_are_complete_or_not() => Holds(Gen.OneOf(Any.Bytes, Boxed, Any.Mutated(Boxed)), bytes => IsWhole(bytes));

    // Boxes with sizes that are right, wrong, 0, 1 and beyond all bounds.
    private static Gen<byte[]> Boxed =>
        from boxes in (
            from type in Gen.Elements("ftyp", "moov", "mdat", "free", "\0\0\0\0")
            from size in Gen.Frequency((6, Gen.Constant(-1L)), (2, Gen.Elements(0L, 1, 2, 7, 8, 9, int.MaxValue, uint.MaxValue)))
            from large in Gen.Elements(0L, 15, 16, 24, long.MaxValue, long.MinValue, -1)
            from content in Any.Bytes
            select Box(type, size, large, content)).ListOf(5)
        select (byte[])[.. Box("ftyp", -1, 0, "isom"u8.ToArray()), .. boxes.SelectMany(box => box)];

    private static byte[] Box(string type, long size, long large, byte[] content)
    {
        byte[] box = [.. new byte[4], .. Encoding.ASCII.GetBytes(type), .. size == 1 ? new byte[8] : [], .. content];
        BinaryPrimitives.WriteUInt32BigEndian(box, size < 0 ? (uint)box.Length : (uint)size);
        if (size == 1) BinaryPrimitives.WriteInt64BigEndian(box.AsSpan(8), large);
        return box;
    }

    private static IEnumerable<int> Boxes(byte[] clip)
    {
        for (int at = 0; at < clip.Length; at += (int)BinaryPrimitives.ReadUInt32BigEndian(clip.AsSpan(at))) yield return at;
    }

    private static byte[] Clip(string name)
    {
        using Stream resource = typeof(LumaSandbox).Assembly.GetManifestResourceStream(name)!;
        byte[] clip = new byte[resource.Length];
        resource.ReadExactly(clip);
        return clip;
    }

    private static bool IsWhole(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return Mp4Boxes.IsWhole(stream);
    }
}
