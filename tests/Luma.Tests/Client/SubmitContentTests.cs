using System.Text;

namespace Luma.Tests;

/// <summary>The body that can be sent once.</summary>
public class SubmitContentTests
{
    [Fact]
    public async Task Content_knows_whether_it_was_sent_and_is_sent_once()
    {
        using var content = new SubmitContent("{}"u8.ToArray());
        Assert.False(content.MayHaveLeft);
        using var first = new MemoryStream();
        await content.CopyToAsync(first);
        Assert.Equal("{}", Encoding.UTF8.GetString(first.ToArray()));
        Assert.True(content.MayHaveLeft);

        using var second = new MemoryStream();
        await Assert.ThrowsAsync<InvalidOperationException>(() => content.CopyToAsync(second));
        Assert.Equal(0, second.Length);
        Assert.True(content.MayHaveLeft);
    }

    [Fact]
    public async Task Content_counts_as_sent_as_soon_as_sending_has_begun()
    {
        using var content = new SubmitContent("{}"u8.ToArray());
        await Assert.ThrowsAnyAsync<Exception>(() => content.CopyToAsync(new ClosedStream()));
        Assert.True(content.MayHaveLeft);
        Assert.False(content.TryWithhold());
    }

    [Fact]
    public async Task Withheld_content_is_not_sent()
    {
        using var content = new SubmitContent("{}"u8.ToArray());
        Assert.True(content.TryWithhold());
        using var stream = new MemoryStream();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => content.CopyToAsync(stream));
        Assert.Equal(0, stream.Length);
        Assert.False(content.MayHaveLeft);
    }

    [Fact]
    public async Task Sent_content_cannot_be_withheld()
    {
        using var content = new SubmitContent("{}"u8.ToArray());
        await content.CopyToAsync(Stream.Null);
        Assert.False(content.TryWithhold());
        Assert.True(content.MayHaveLeft);
    }

    [Fact]
    public async Task Of_sending_and_withholding_at_the_same_time_one_wins()
    {
        for (int i = 0; i < 200; i++)
        {
            using var content = new SubmitContent("{}"u8.ToArray());
            using var stream = new MemoryStream();
            using var start = new Barrier(2);
            Task send = Task.Run(async () =>
            {
                start.SignalAndWait();
                await content.CopyToAsync(stream);
            });
            start.SignalAndWait();
            bool withheld = content.TryWithhold();
            Exception? failure = await Record.ExceptionAsync(() => send);
            Assert.Equal(withheld, failure is OperationCanceledException);
            Assert.Equal(withheld ? 0 : 2, stream.Length);
            Assert.Equal(!withheld, content.MayHaveLeft);
        }
    }

    [Fact]
    public void Its_length_is_known_in_advance()
    {
        using var content = new SubmitContent("{}"u8.ToArray());
        Assert.Equal(2, content.Headers.ContentLength);
        Assert.Equal("application/json; charset=utf-8", content.Headers.ContentType!.ToString());
    }

    private sealed class ClosedStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("closed");
    }
}
