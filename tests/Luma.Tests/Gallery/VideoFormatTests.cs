using System.Buffers.Binary;

namespace Luma.Tests.Gallery;

/// <summary>What an MP4 says about its picture.</summary>
public sealed class VideoFormatTests
{
    [Theory]
    [InlineData("9x16", 360, 640)]
    [InlineData("3x4", 480, 640)]
    [InlineData("1x1", 512, 512)]
    [InlineData("4x3", 640, 480)]
    [InlineData("16x9", 640, 360)]
    [InlineData("21x9", 840, 360)]
    public void Tells_the_size_and_the_length_of_a_video(string clip, int width, int height)
    {
        VideoFormat format = VideoFormat.Read(Clip(clip))!;
        Assert.Equal((width, height), (format.Width, format.Height));
        Assert.Equal(5, format.Length!.Value.TotalSeconds, 0.1);
    }

    [Fact]
    public void A_picture_that_is_turned_has_its_sides_exchanged()
    {
        byte[] bytes = Bytes("16x9");
        int matrix = bytes.AsSpan().IndexOf("tkhd"u8) + 4 + 40;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(matrix), 0);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(matrix + 4), 1 << 16);
        VideoFormat format = VideoFormat.Read(new MemoryStream(bytes))!;
        Assert.Equal((360, 640), (format.Width, format.Height));
    }

    [Fact]
    public void What_is_no_video_or_damaged_has_none_wherever_it_is_cut()
    {
        byte[] bytes = Bytes("16x9");
        int index = bytes.AsSpan().IndexOf("moov"u8);
        int end = index - 4 + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(index - 4));
        for (int length = 0; length < end; length++) Assert.Null(VideoFormat.Read(new MemoryStream(bytes, 0, length)));
        Assert.NotNull(VideoFormat.Read(new MemoryStream(bytes, 0, end)));
        Assert.Null(VideoFormat.Read(new MemoryStream("<html>an error page that goes on and on</html>"u8.ToArray())));
        Assert.Null(VideoFormat.Read(new MemoryStream(new byte[64])));
        Assert.Null(VideoFormat.Read(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));
    }

    [Fact]
    public void Whatever_a_damaged_index_says_it_is_read_without_an_exception()
    {
        byte[] bytes = Bytes("9x16");
        int index = bytes.AsSpan().IndexOf("moov"u8);
        var random = new Random(1);
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = [.. bytes];
            for (int count = 0; count < 4; count++)
            {
                damaged[random.Next(index, Math.Min(index + 400, damaged.Length))] = (byte)random.Next(256);
            }

            VideoFormat? format = VideoFormat.Read(new MemoryStream(damaged));
            Assert.True(format is null or { Width: > 0, Height: > 0 });
        }
    }

    private static Stream Clip(string name) => typeof(LumaSandbox).Assembly.GetManifestResourceStream(name + ".mp4")!;

    private static byte[] Bytes(string name)
    {
        using Stream clip = Clip(name);
        byte[] bytes = new byte[clip.Length];
        clip.ReadExactly(bytes);
        return bytes;
    }
}
