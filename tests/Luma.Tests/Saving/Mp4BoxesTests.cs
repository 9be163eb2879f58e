using System.Buffers.Binary;
using System.Text;

namespace Luma.Tests;

public class Mp4BoxesTests
{
    private static readonly byte[] _whole = [.. Box("ftyp", 24), .. Box("moov", 100), .. Box("free", 8), .. Box("mdat", 500)];

    [Fact]
    public void The_boxes_of_a_video_end_where_it_ends()
    {
        Assert.True(IsWhole(_whole));
        Assert.True(IsWhole([.. Box("ftyp", 24), .. Box("mdat", 500), .. Box("moov", 100)]));
        Assert.True(IsWhole([.. Box("ftyp", 24), .. Box("moov", 100), .. LargeBox("mdat", 500)]));
        Assert.True(IsWhole([.. _whole, .. Box("uuid", 30)]));
    }

    [Fact]
    public void Every_cut_of_a_video_is_noticed()
    {
        for (int length = 0; length < _whole.Length; length++) Assert.False(IsWhole(_whole[..length]), $"{length} bytes");
    }

    [Fact]
    public void A_byte_too_many_is_noticed() => Assert.False(IsWhole([.. _whole, 0]));

    [Fact]
    public void What_is_not_a_video_is_noticed()
    {
        Assert.False(IsWhole([]));
        Assert.False(IsWhole("<html>Please log in</html>"u8.ToArray()));
        Assert.False(IsWhole([.. Box("moov", 100), .. Box("ftyp", 24), .. Box("mdat", 500)]));
        Assert.False(IsWhole([.. Box("ftyp", 24), .. Box("mdat", 500)]));
        Assert.False(IsWhole(new byte[1000]));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    [InlineData(7u)]
    public void A_size_that_is_none_is_noticed(uint size)
    {
        byte[] odd = Box("mdat", 500);
        BinaryPrimitives.WriteUInt32BigEndian(odd, size);
        Assert.False(IsWhole([.. Box("ftyp", 24), .. Box("moov", 100), .. odd]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_large_size_that_is_none_is_noticed(long size)
    {
        byte[] odd = LargeBox("mdat", 500);
        BinaryPrimitives.WriteInt64BigEndian(odd.AsSpan(8), size);
        Assert.False(IsWhole([.. Box("ftyp", 24), .. Box("moov", 100), .. odd]));
    }

    [Theory]
    [InlineData("16:9")]
    [InlineData("9:16")]
    [InlineData("1:1")]
    public async Task Videos_of_the_sandbox_are_complete(string aspectRatio)
    {
        await using var lab = new TestService();
        LumaJob job = await lab.Client.SubmitAsync(new GenerationRequest { Prompt = "a", AspectRatio = aspectRatio });
        Assert.True(IsWhole(lab.Sandbox.GetVideoBytes(job.JobId!)));
    }

    private static bool IsWhole(byte[] bytes) => Mp4Boxes.IsWhole(new MemoryStream(bytes));

    private static byte[] Box(string type, int size)
    {
        byte[] box = new byte[size];
        BinaryPrimitives.WriteUInt32BigEndian(box, (uint)size);
        Encoding.ASCII.GetBytes(type, box.AsSpan(4));
        return box;
    }

    private static byte[] LargeBox(string type, int size)
    {
        byte[] box = Box(type, size);
        BinaryPrimitives.WriteUInt32BigEndian(box, 1);
        BinaryPrimitives.WriteInt64BigEndian(box.AsSpan(8), size);
        return box;
    }
}
