using System.Globalization;
using System.Net;

namespace Luma.Tests;

/// <summary>Faults of the way and of the folder that look like others, or like none.</summary>
public class VideoTransferTests
{
    [Fact]
    public async Task Download_restarts_when_the_ETag_changes()
    {
        SandboxFault other = SandboxFault.Reply(
            206, "video/mp4", new string('x', 200_000), ("Content-Range", "bytes 100000-299999/300000"), ("ETag", "\"another\""));
        await using Saving saving = await Saving.StartAsync(faults: [SandboxFault.TruncateBody(100_000), other]);
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-", null], saving.Ranges);
    }

    [Fact]
    public async Task What_was_complete_already_is_not_downloaded_again()
    {
        await using Saving saving = await Saving.StartAsync();
        string tag = await TagAsync(saving);
        saving.Sandbox.Misbehave(
            SandboxTarget.Video,
            // All of it, and the connection breaks before its end.
            SandboxFault.NoContentLength(chunked: true).And(SandboxFault.TruncateBody(300_000)),
            SandboxFault.Reply(416, "video/mp4", "", ("Content-Range", "bytes */300000"), ("ETag", tag)));
        await saving.AssertSavesAsync();
        Assert.Equal("bytes=300000-", saving.Ranges[^1]);
    }

    // As TLS tells of a cut: an IOException without a socket's.
    [Theory]
    [InlineData("Received an unexpected EOF or 0 bytes from the transport stream.")]
    [InlineData("Cannot determine the frame size or a corrupted frame was received.")]
    public async Task Download_resumes_after_any_connection_error(string message)
    {
        await using Saving saving = await Saving.StartAsync();
        int answers = 0;
        saving.TestService.Answered = response =>
        {
            if (answers++ > 0) return;
            var cut = new StreamContent(new Cut(response.Content.ReadAsStream(), 100_000, message));
            foreach ((string name, IEnumerable<string> values) in response.Content.Headers)
            {
                cut.Headers.TryAddWithoutValidation(name, values);
            }

            response.Content = cut;
        };
        await saving.AssertSavesAsync();
        Assert.Equal([null, "bytes=100000-"], saving.Ranges);
    }

    [Fact]
    public async Task Connect_timeout_of_a_download_is_retried_and_reported_as_such()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using Saving saving = await Saving.StartAsync();
        LumaConnection connection = saving.TestService.Connect(
            saving.Sandbox.BaseUri, saving.Sandbox.ApiKey, retries: 1, connectTimeout: TimeSpan.FromSeconds(0.3));
        var saver = new VideoSaver(new LumaClient(connection)) { FirstWait = TimeSpan.Zero };
        string link = new Uri(server.Address("https"), "a.mp4").AbsoluteUri;
        saving.FetchGives(link);
        LumaException failure = await TestService.FailureAsync(saver.SaveAsync(saving.Job with { VideoUrl = link }, saving.Target));
        Assert.Equal(LumaErrorId.LumaDownloadFailed, failure.ErrorId);
        Assert.Contains("no connection in time", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Connections);
        Assert.Empty(saving.Folder.Files);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("unknown")]
    public async Task Unreachable_host_is_reported_as_such(string kind)
    {
        await using Saving saving = await Saving.StartAsync(retries: 0);
        string link = kind == "refused" ? $"http://127.0.0.1:{RawServer.ClosedPort()}/a.mp4" : "https://luma-tests.invalid/a.mp4";
        saving.FetchGives(link);
        LumaException failure = await TestService.FailureAsync(saving.SaveAsync(job: saving.Job with { VideoUrl = link }));
        Assert.Equal(LumaErrorId.LumaDownloadFailed, failure.ErrorId);
        Assert.Contains("the connection to", failure.Message, StringComparison.Ordinal);
        Assert.Empty(saving.Folder.Files);
    }

    // Bytes that were not flushed before a power cut may be zeros, and the file as long as before.
    [Fact]
    public async Task Part_file_from_before_the_system_started_is_restarted()
    {
        await using Saving saving = await Saving.StartAsync();
        await saving.SaveWhereAFileAppearsAsync();
        await File.WriteAllBytesAsync(saving.Part, new byte[300_000]);
        File.SetLastWriteTimeUtc(saving.Part, new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));
        await saving.SaveAsync(overwrite: true);
        Assert.Equal(saving.Video, await File.ReadAllBytesAsync(saving.Target));
        Assert.Equal([null, null], saving.Ranges);
    }

    // Whoever waits for the lock may get that of a file which has its final name by now.
    [UnixFact]
    public async Task Part_file_that_is_renamed_while_another_process_opens_it_stays_complete()
    {
        using var folder = new TempFolder();
        byte[] video = new byte[4096];
        Random.Shared.NextBytes(video);
        for (int i = 0; i < 100; i++)
        {
            string target = folder[$"{i.ToString(CultureInfo.InvariantCulture)}.mp4"],
            id = $"job{i.ToString(CultureInfo.InvariantCulture)}";
            using var together = new Barrier(2);
            PartFile first = PartFile.Open(target, id);
            await first.AppendAsync(video, CancellationToken.None);
            Task other = Task.Run(() =>
            {
                together.SignalAndWait();
                for (int tries = 0; tries < 5; tries++)
                {
                    try
                    {
                        PartFile.Open(target, id).Dispose();
                    }
                    catch (IOException)
                    {
                        // The other has it.
                    }
                }
            });
            together.SignalAndWait();
            first.MoveTo(target, overwrite: false, "00");
            first.Dispose();
            await other;
            Assert.Equal((i, video.Length), (i, new FileInfo(target).Length));
        }
    }

    private static async Task<string> TagAsync(Saving saving)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using HttpResponseMessage answer = await client.GetAsync(new Uri(saving.Job.VideoUrl!));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.ETag!.ToString();
    }

    private sealed class Cut(Stream inner, int left, string message) : Stream
    {
        private int _left = left;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0) throw new IOException(message);
            int read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
