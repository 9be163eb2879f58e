using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Luma.Tests;

/// <summary>The JSON file next to a video: what is in it, and when it is believed.</summary>
public sealed class VideoMetadataTests : IDisposable
{
    private const string JobId = "11111111-1111-4111-8111-111111111111";

    private readonly TempFolder _folder = new();
    private readonly string _video;
    private readonly LumaJob _job;

    public VideoMetadataTests()
    {
        _video = _folder["car.mp4"];
        File.WriteAllBytes(_video, [1, 2, 3]);
        _job = new LumaJob
        {
            Id = "0123456789abcdef",
            JobId = JobId,
            Name = "shot 1",
            Status = LumaJobStatus.Succeeded,
            Message = "ok",
            Kind = LumaJobKind.Extension,
            ParentJobId = "22222222-2222-4222-8222-222222222222",
            Prompt = "ein \"rotes\" Auto\nfährt <b>los</b> 🚗",
            Model = "ray-v2",
            AspectRatio = "9:16",
            ImageUrl = "https://example.org/a.png?x=%2F",
            EndImageUrl = "https://example.org/b.png",
            Duration = "5s",
            Resolution = "720p",
            Loop = true,
            Mode = "fast",
            HookUrl = "https://example.org/hook",
            VideoUrl = "https://example.org/signed.mp4",
            Width = 720,
            Height = 1280,
            Quota = 12.5m,
            SubmittedAt = new DateTime(2026, 11, 26, 8, 0, 0, DateTimeKind.Utc).ToLocalTime(),
            CompletedAt = new DateTime(2026, 11, 26, 8, 5, 0, DateTimeKind.Utc).ToLocalTime(),
            SavedPath = _video,
            Service = "api.ttapi.io",
        };
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_read()
    {
        Write();
        LumaJob read = VideoMetadata.Read(_video)!.ToJob(_video);
        Assert.Equal(_job with { Id = null, Message = null, HookUrl = null, VideoUrl = null }, read);
        Assert.Equal(["car.mp4", "car.mp4.json"], _folder.Files);
    }

    [Fact]
    public void Every_member_of_a_job_is_in_it_but_what_belongs_to_the_machine_or_is_secret()
    {
        string[] withheld = ["Id", "Message", "FailureKind", "HookUrl", "VideoUrl", "SavedPath"];
        string[] added = ["schema", "version", "file", "length", "sha256"];
        IEnumerable<string> expected = typeof(LumaJob).GetProperties().Select(property => property.Name).Except(withheld)
            .Select(JsonNamingPolicy.CamelCase.ConvertName).Concat(added);
        using JsonDocument json = JsonDocument.Parse(Metadata().ToJson());
        Assert.Equal(expected.Order(StringComparer.Ordinal),
            json.RootElement.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void It_is_readable_JSON_with_the_documented_values()
    {
        Write();
        string text = File.ReadAllText(VideoMetadata.PathOf(_video));
        Assert.Contains("\"schema\": \"https://github.com/LumaPS/LumaPS/blob/main/docs/metadata.md\",", text, StringComparison.Ordinal);
        Assert.Contains("fährt <b>los</b>", text, StringComparison.Ordinal);
        Assert.Contains("\"submittedAt\": \"2026-11-26T08:00:00Z\"", text, StringComparison.Ordinal);
        Assert.Contains("\"quota\": 12.5,", text, StringComparison.Ordinal);
        Assert.Contains("\"length\": 3,", text, StringComparison.Ordinal);
        Assert.Contains("\"sha256\": \"039058C6F2C0CB492C533B0A4D14EF77CC0F78ABCCCED5287D84A1A2011CFB81\"", text, StringComparison.Ordinal);
        foreach (string secret in new[] { "signed.mp4", "/hook", _folder.Path, "0123456789abcdef" })
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }

        using JsonDocument empty = JsonDocument.Parse(VideoMetadata.Of(new LumaJob { JobId = JobId }, "a.mp4", 1, null).ToJson());
        Assert.Equal(JsonValueKind.Null, empty.RootElement.GetProperty("prompt").ValueKind); // Always the same members.
    }

    [Fact]
    public void Renamed_together_they_still_belong_together()
    {
        Write();
        string renamed = _folder["red.mp4"];
        File.Move(_video, renamed);
        File.Move(VideoMetadata.PathOf(_video), VideoMetadata.PathOf(renamed));
        Assert.Equal(renamed, VideoMetadata.Read(renamed)!.ToJob(renamed).SavedPath);
    }

    [Fact]
    public void Another_video_of_that_name_is_not_described()
    {
        Write();
        File.WriteAllBytes(_video, [1, 2, 3, 4]);
        Assert.Null(VideoMetadata.Read(_video));
        File.Delete(_video);
        Assert.Null(VideoMetadata.Read(_video));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("not JSON")]
    [InlineData("""{"jobId":"x","length":3}""")]
    [InlineData("""{"schema":"https://example.org","version":1,"jobId":"x","length":3}""")]
    [InlineData("""{"schema":"https://github.com/LumaPS/LumaPS/blob/main/docs/metadata.md","version":2,"jobId":"x","length":3}""")]
    [InlineData("""{"schema":"https://github.com/LumaPS/LumaPS/blob/main/docs/metadata.md","version":1,"length":3}""")]
    [InlineData("""{"schema":"https://github.com/LumaPS/LumaPS/blob/main/docs/metadata.md","version":1,"jobId":"x","length":"three"}""")]
    [InlineData("""{"schema":"https://github.com/LumaPS/LumaPS/blob/main/docs/metadata.md","version":1,"jobId":"x","len""")]
    public void Invalid_metadata_file_is_ignored(string text)
    {
        File.WriteAllText(VideoMetadata.PathOf(_video), text);
        Assert.Null(VideoMetadata.Read(_video));
    }

    [Fact]
    public void What_an_editor_leaves_is_read()
    {
        string text = Encoding.UTF8.GetString(Metadata().ToJson()).ReplaceLineEndings("\n")
            .Replace("\n}", ",\n  // mine\n  \"rating\": 5,\n}", StringComparison.Ordinal);
        File.WriteAllText(VideoMetadata.PathOf(_video), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal("shot 1", VideoMetadata.Read(_video)?.Job.Name);
    }

    [Fact]
    public void Replaces_its_own_kind_and_no_other_file()
    {
        Assert.False(VideoMetadata.IsNameTaken(_video));
        Write();
        Assert.False(VideoMetadata.IsNameTaken(_video));
        VideoMetadata.Of(_job with { Name = "again" }, _video, 3, null).Write(_video);
        Assert.Equal("again", VideoMetadata.Read(_video)?.Job.Name);

        File.WriteAllText(VideoMetadata.PathOf(_video), """{"mine":true}""");
        Assert.True(VideoMetadata.IsNameTaken(_video));
        Assert.Throws<IOException>(Write);
        Assert.Equal("""{"mine":true}""", File.ReadAllText(VideoMetadata.PathOf(_video)));
        Assert.Equal(["car.mp4", "car.mp4.json"], _folder.Files);
        Metadata().Write(_video, overwrite: true);
        Assert.NotNull(VideoMetadata.Read(_video));
    }

    private VideoMetadata Metadata() => VideoMetadata.Of(_job, _video, 3, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_video))));

    private void Write() => Metadata().Write(_video);
}
