using System.Security.Cryptography;

namespace Luma.Tests;

/// <summary>The hash that follows behind a download.</summary>
public sealed class PartFileHashTests : IDisposable
{
    private const int MiB = 1024 * 1024;
    private readonly TempFolder _folder = new();
    private readonly string _id = Guid.NewGuid().ToString();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_that_of_all_bytes_however_they_came()
    {
        byte[] video = RandomNumberGenerator.GetBytes(3 * MiB);
        using PartFile part = Open();
        foreach ((int from, int to) in ((int, int)[])[(0, 1), (1, 1000), (1000, 2 * MiB), (2 * MiB, 3 * MiB)])
        {
            await part.AppendAsync(video.AsMemory(from, to - from), default);
        }

        Assert.Equal(Hash(video), await part.FinishAsync(default));
    }

    [Fact]
    public async Task It_counts_what_an_earlier_call_had_left()
    {
        byte[] video = RandomNumberGenerator.GetBytes(MiB);
        using (PartFile part = Open())
        {
            part.From(new Uri("https://videos.example/a.mp4"), new("\"tag\""));
            await part.AppendAsync(video.AsMemory(0, 1000), default);
        }

        using PartFile next = Open();
        Assert.Equal(1000, next.Stream.Length);
        await next.AppendAsync(video.AsMemory(1000), default);
        Assert.Equal(Hash(video), await next.FinishAsync(default));
    }

    [Fact]
    public async Task It_begins_again_with_the_file()
    {
        byte[] wrong = RandomNumberGenerator.GetBytes(2 * MiB), video = RandomNumberGenerator.GetBytes(MiB);
        using PartFile part = Open();
        await part.AppendAsync(wrong, default);
        part.Restart();
        await part.AppendAsync(video, default);
        Assert.Equal(Hash(video), await part.FinishAsync(default));
        Assert.Equal(MiB, part.Stream.Length);
    }

    [Fact]
    public async Task Large_file_is_flushed_while_it_is_written_and_is_complete()
    {
        byte[] piece = RandomNumberGenerator.GetBytes(64 * MiB);
        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using PartFile part = Open();
        for (int i = 0; i < 3; i++)
        {
            await part.AppendAsync(piece, default);
            expected.AppendData(piece);
        }

        Assert.Equal(Convert.ToHexString(expected.GetHashAndReset()), await part.FinishAsync(default));
    }

    [Fact]
    public async Task Disposing_of_it_in_the_middle_leaves_the_file_free()
    {
        PartFile part = Open();
        part.From(new Uri("https://videos.example/a.mp4"), new("\"tag\""));
        await part.AppendAsync(new byte[8 * MiB], default);
        part.Dispose();
        using PartFile next = Open();
        Assert.Equal(8 * MiB, next.Stream.Length);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    private PartFile Open() => PartFile.Open(_folder["a.mp4"], _id);
}
