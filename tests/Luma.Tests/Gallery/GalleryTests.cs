using System.Text.RegularExpressions;

namespace Luma.Tests.Gallery;

/// <summary>The page of a folder's videos: whose they are, what it says, and how it is written.</summary>
public sealed class GalleryTests : IDisposable
{
    private const string First = "11111111-1111-4111-8111-111111111111";
    private const string Second = "22222222-2222-4222-8222-222222222222";

    private readonly TempFolder _folder = new();
    private readonly Journal _journal;

    public GalleryTests() => _journal = Journal.At(_folder["journal"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_belongs_to_the_job_that_was_saved_under_its_path()
    {
        Record("a", First, "a red car", "here", Video("car.mp4", 10));
        Record("b", Second, "a blue car", "elsewhere", Video("blue.MP4", 10));
        Assert.Equal(["a blue car", "a red car"], Prompts());
    }

    [Fact]
    public void A_file_that_is_another_one_by_now_does_not()
    {
        Record("a", First, "a red car", "here", Video("car.mp4", 10));
        Video("car.mp4", 11);
        Assert.Equal([null], Prompts());
    }

    [Fact]
    public void A_file_that_was_moved_belongs_to_the_job_in_its_name()
    {
        Record("a", First, "a red car", "here", _folder["gone.mp4"]);
        Record("b", Second, "it turns left", "here", _folder["gone too.mp4"]);
        Video($"take 1-{First.ToUpperInvariant()}.mp4", 10);
        Video($"take 2-{First}-{Second}.mp4", 10);
        Assert.Equal(["a red car", "it turns left"], Prompts());
    }

    [Fact]
    public void A_file_nobody_knows_is_shown_with_what_there_is()
    {
        Video($"{First}.mp4", 10);
        Video("holiday.mp4", 10);
        Video("half.mp4.part", 10);
        IReadOnlyList<GalleryVideo> videos = GalleryVideo.In(_folder.Path, _journal);
        Assert.Equal([(First, null), (null, null)], videos.Select(video => (video.JobId, video.Job)));
        string page = Render(videos);
        Assert.Contains("holiday.mp4", page, StringComparison.Ordinal);
        Assert.Contains("Not in the journal", page, StringComparison.Ordinal);
        Assert.DoesNotContain("half", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("</style></title><svg onload='alert(1)'>")]
    [InlineData("{{script}} {{videos}}")]
    public void A_prompt_is_text_wherever_it_stands(string prompt)
    {
        string harmless = Render([new GalleryVideo(new FileInfo(Video("a.mp4", 1)), Job("a", First, "x", "here"))]);
        Record("a", First, prompt, "here", Video("a.mp4", 10));
        LumaJob job = GalleryVideo.In(_folder.Path, _journal).Single().Job! with { Name = prompt, Model = prompt, Mode = prompt, AspectRatio = prompt, ImageUrl = prompt, ParentJobId = prompt };
        string page = Render([new GalleryVideo(new FileInfo(_folder["a.mp4"]), job)], prompt);
        foreach (string tag in new[] { "<script", "<img", "<svg", "<style", "{{videos}}</ul>" })
        {
            Assert.Equal(Regex.Count(harmless, Regex.Escape(tag)), Regex.Count(page, Regex.Escape(tag)));
        }
    }

    [Fact]
    public void The_page_asks_nobody_else_for_anything()
    {
        string page = Render([new GalleryVideo(new FileInfo(Video("a.mp4", 1)), Job("a", First, "x", "here") with { ImageUrl = "https://example.org/a.png", VideoUrl = "https://example.org/a.mp4" })]);
        Assert.Matches("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; media-src 'self' file:; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'\">", page);
        Assert.DoesNotMatch("(src|href|url)\\s*[=(]\\s*[\"']?(https?:)?//", page);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.DoesNotContain("example.org/a.mp4", page, StringComparison.Ordinal); // The link is signed, and of no use here.
    }

    [Theory]
    [InlineData("a b&c#1 50%+?.mp4", "a%20b%26c%231%2050%25%2B%3F.mp4")]
    [InlineData("\"quoted\".mp4", "%22quoted%22.mp4")]
    [InlineData("javascript:x.mp4", "javascript%3Ax.mp4")]
    [InlineData("Würfel.mp4", "W%C3%BCrfel.mp4")]
    public void Links_are_relative_and_percent_encoded(string name, string link)
    {
        Assert.Equal(link, GalleryPage.RelativeLink(_folder.Path, Path.Combine(_folder.Path, name)));
        Assert.Equal($"../{link}", GalleryPage.RelativeLink(_folder["page"], Path.Combine(_folder.Path, name)));
    }

    [Fact]
    public void The_page_is_the_same_in_every_culture()
    {
        GalleryVideo[] videos = [new(new FileInfo(Video("a.mp4", 1500000)), Job("a", First, "x", "here") with { Quota = 12.5m, SubmittedAt = new DateTime(2026, 11, 22, 8, 5, 0) })];
        string page = Render(videos);
        Assert.Contains(">2026-11-22 08:05<", page, StringComparison.Ordinal);
        Assert.Contains("12.5 quota (0.125 USD)", page, StringComparison.Ordinal);
        Assert.Contains("data-quota=\"12.5\"", page, StringComparison.Ordinal);
        Assert.Contains("1.4 MB", page, StringComparison.Ordinal);
        foreach (string culture in new[] { "th-TH", "ar-SA", "de-DE" }) Cultures.With(culture, () => Assert.Equal(page, Render(videos)));
    }

    [Fact]
    public void Writes_over_its_own_pages_and_no_others()
    {
        string path = _folder["new/gallery.html"];
        GalleryPage.Write(path, Render([]));
        Assert.True(GalleryPage.IsGallery(path));
        GalleryPage.Write(path, Render([], "again"));
        Assert.Contains("<title>again</title>", File.ReadAllText(path), StringComparison.Ordinal);

        File.WriteAllText(path, "mine");
        Assert.Equal(LumaErrorId.LumaFileExists, Assert.Throws<LumaException>(() => GalleryPage.Write(path, Render([]))).ErrorId);
        Assert.Equal("mine", File.ReadAllText(path));
        GalleryPage.Write(path, Render([]), overwrite: true);
        Assert.Equal(["new/gallery.html"], _folder.Files.Select(file => file.Replace('\\', '/')));
    }

    [Fact]
    public void What_cannot_be_written_leaves_nothing()
    {
        File.WriteAllText(_folder["file"], "");
        LumaException failure = Assert.Throws<LumaException>(() => GalleryPage.Write(_folder["file/gallery.html"], Render([])));
        Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
        Directory.CreateDirectory(_folder["folder.html"]);
        Assert.Throws<LumaException>(() => GalleryPage.Write(_folder["folder.html"], Render([])));
        Assert.Equal(["file"], _folder.Files);
    }

    private static LumaJob Job(string id, string jobId, string prompt, string service) => new() { Id = id, JobId = jobId, Prompt = prompt, Service = service, Kind = LumaJobKind.Generation };

    private string Render(IReadOnlyList<GalleryVideo> videos, string title = "title") => GalleryPage.Render(videos, title, _folder.Path);

    private IEnumerable<string?> Prompts() => GalleryVideo.In(_folder.Path, _journal).Select(video => video.Job?.Prompt);

    private string Video(string name, int length)
    {
        File.WriteAllBytes(_folder[name], new byte[length]);
        return _folder[name];
    }

    // As a process that is gone has left it: a journal that is written to stays open until this one ends.
    private void Record(string id, string jobId, string prompt, string service, string path)
    {
        Directory.CreateDirectory(_journal.Location);
        using FileStream segment = new(Path.Combine(_journal.Location, id + ".jsonl"), FileMode.CreateNew);
        segment.Write(JournalJson.Write(new JournalLine { Event = JournalEvents.Intent, Id = id, Prompt = prompt, Service = service, Kind = LumaJobKind.Generation, SubmittedAt = DateTime.UtcNow }));
        segment.Write(JournalJson.Write(new JournalLine { Event = JournalEvents.Accepted, Id = id, JobId = jobId }));
        segment.Write(JournalJson.Write(new JournalLine { Event = JournalEvents.Saved, Id = id, Path = path, Length = 10 }));
    }
}
