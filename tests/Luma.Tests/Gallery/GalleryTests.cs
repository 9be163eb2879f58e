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
    public void Unknown_file_is_shown_with_its_name_and_date()
    {
        Video($"{First}.mp4", 10);
        Video("holiday.mp4", 10);
        Video("half.mp4.part", 10);
        IReadOnlyList<GalleryVideo> videos = new GallerySource(_journal).In(_folder.Path);
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
        LumaJob job = new GallerySource(_journal).In(_folder.Path).Single().Job! with { Name = prompt, Model = prompt, Mode = prompt,
            AspectRatio = prompt, ImageUrl = prompt, ParentJobId = prompt };
        string page = Render([new GalleryVideo(new FileInfo(_folder["a.mp4"]), job)], prompt);
        foreach (string tag in new[] { "<script", "<img", "<svg", "<style", "{{videos}}</ul>" })
        {
            Assert.Equal(Regex.Count(harmless, Regex.Escape(tag)), Regex.Count(page, Regex.Escape(tag)));
        }
    }

    [Fact]
    public void Page_loads_nothing_from_other_hosts()
    {
        string page =
            Render(
                [new GalleryVideo(new FileInfo(Video("a.mp4", 1)),
                    Job("a", First, "x", "here") with { ImageUrl = "https://example.org/a.png", VideoUrl = "https://example.org/a.mp4" })]);
        Assert.Matches("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; media-src 'self' file:; style-src " +
            "'sha256-[^']+'; script-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'\">", page);
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
        GalleryVideo[] videos =
            [new(new FileInfo(Video("a.mp4", 1500000)),
                Job("a", First, "x", "here") with { Quota = 12.5m, SubmittedAt = new DateTime(2026, 11, 22, 8, 5, 0) })];
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
    public void Read_only_page_is_replaced_with_Force()
    {
        string path = _folder["gallery.html"];
        GalleryPage.Write(path, Render([]));
        File.SetAttributes(path, FileAttributes.ReadOnly);
        foreach (Action look in new Action[] { () => GalleryPage.Check(path), () => GalleryPage.Write(path, Render([], "again")) })
        {
            LumaException failure = Assert.Throws<LumaException>(look);
            Assert.Equal(LumaErrorId.LumaFileExists, failure.ErrorId);
            Assert.Contains("is read-only", failure.Message, StringComparison.Ordinal);
        }

        GalleryPage.Check(path, overwrite: true);
        Assert.True(File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly));
        GalleryPage.Write(path, Render([], "again"), overwrite: true);
        Assert.Contains("<title>again</title>", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.False(File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly));
    }

    [WindowsFact]
    public void Open_page_is_detected_before_the_work()
    {
        string path = _folder["gallery.html"];
        GalleryPage.Write(path, Render([]));
        using (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            LumaException failure = Assert.Throws<LumaException>(() => GalleryPage.Check(path));
            Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
            Assert.Contains("Close the program that has the file open", failure.RecommendedAction, StringComparison.Ordinal);
        }

        GalleryPage.Check(path);
    }

    [Fact]
    public void Invalid_page_name_is_detected_before_the_work()
    {
        Directory.CreateDirectory(_folder["folder.html"]);
        File.WriteAllText(_folder["file"], "");
        foreach (string path in new[] { _folder["folder.html"], _folder[new string('x', 300) + ".html"] })
        {
            Assert.Equal(LumaErrorId.LumaInvalidValue, Assert.Throws<LumaException>(() => GalleryPage.Check(path)).ErrorId);
        }

        GalleryPage.Check(_folder["new/gallery.html"]);
        Assert.Equal(["file"], _folder.Files);
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

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1000, "1 KB")]
    [InlineData(29504, "29 KB")]
    [InlineData(1020000, "996 KB")]
    [InlineData(1024000, "1.0 MB")]
    [InlineData(1500000, "1.4 MB")]
    [InlineData(3221225472, "3.0 GB")]
    public void Sizes_have_a_unit_that_leaves_something_in_front_of_the_point(long bytes, string text) =>
        Assert.Equal(text, GalleryHtml.Size(bytes));

    [Fact]
    public void Details_tell_the_size_of_a_small_file_in_KB() =>
        Assert.Contains("a.mp4, 29 KB", Render([new GalleryVideo(new FileInfo(Video("a.mp4", 29504)), null)]), StringComparison.Ordinal);

    [Fact]
    public void File_unknown_to_the_journal_is_described_by_its_metadata_file()
    {
        string moved = Video("moved.mp4", 10), known = Video("known.mp4", 10), changed = Video("changed.mp4", 10);
        foreach (string path in new[] { moved, known, changed })
        {
            VideoMetadata.Of(Job("x", First, "from the file", "here"), path, 10, null).Write(path);
        }

        Record("b", Second, "from the journal", "here", known);
        Video("changed.mp4", 11);
        Assert.Equal([null, "from the journal", "from the file"], Prompts());
    }

    [Fact]
    public void Metadata_of_a_job_that_the_journal_knows_are_completed_by_it()
    {
        string moved = Video("moved.mp4", 10);
        VideoMetadata.Of(Job("x", First, "old words", "here"), moved, 10, null).Write(moved);
        Record("a", First, "a red car", "here", _folder["gone.mp4"]);
        Assert.Equal(["a red car"], Prompts());
    }

    [Fact]
    public void Folders_in_the_folder_are_searched_on_demand()
    {
        Directory.CreateDirectory(_folder["b/c"]);
        foreach (string name in new[] { "2.mp4", "1.mp4", "b/3.mp4", "b/c/4.MP4" }) Video(name, 1);
        var source = new GallerySource(null);
        Assert.Equal(["1.mp4", "2.mp4"], source.In(_folder.Path).Select(video => video.File.Name));
        IReadOnlyList<GalleryVideo> all = source.In(_folder.Path, recurse: true);
        Assert.Equal(["1.mp4", "2.mp4", "3.mp4", "4.MP4"], all.Select(video => video.File.Name));
        string page = Render(all);
        Assert.Contains("<option>b/c</option>", page, StringComparison.Ordinal);
        Assert.Contains("data-src=\"b/c/4.MP4\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"folder\"", Render(source.In(_folder.Path)), StringComparison.Ordinal);
    }

    [UnixFact]
    public void Links_to_folders_are_not_followed()
    {
        Directory.CreateDirectory(_folder["a"]);
        Video("a/1.mp4", 1);
        Directory.CreateSymbolicLink(_folder["a/around"], _folder.Path);
        Assert.Single(new GallerySource(null).In(_folder.Path, recurse: true));
    }

    [Fact]
    public void Jobs_without_a_video_are_those_since_the_first_of_the_videos()
    {
        DateTime start = DateTime.UtcNow.AddDays(-30);
        Record("a", First, "a red car", "here", Video("car.mp4", 10), start);
        RecordWithout("b", "too early", "here", start.AddDays(-1), LumaJobStatus.Failed);
        RecordWithout("c", "failed", "here", start.AddDays(1), LumaJobStatus.Failed);
        RecordWithout("d", "open", "here", start.AddDays(2), LumaJobStatus.Running);
        RecordWithout("e", "not saved", "here", start.AddDays(3), LumaJobStatus.Succeeded);
        RecordWithout("f", "elsewhere", "there", start.AddDays(3), LumaJobStatus.Failed);
        var source = new GallerySource(_journal);
        IReadOnlyList<GalleryVideo> videos = source.In(_folder.Path);
        IReadOnlyList<LumaJob> jobs = source.Without(videos, "there", DateTime.Now);
        Assert.Equal(["not saved", "open", "failed"], jobs.Select(job => job.Prompt));
        string page = GalleryPage.Render(videos, "title", _folder.Path, jobs);
        Assert.Contains("3 jobs without a video: 1 failed, 1 open, 1 not saved<", page, StringComparison.Ordinal);
        Assert.Contains("because &lt;b&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_videos_they_are_those_of_the_last_week_of_the_service()
    {
        RecordWithout("a", "long ago", "here", DateTime.UtcNow.AddDays(-8), LumaJobStatus.Failed);
        RecordWithout("b", "failed", "here", DateTime.UtcNow.AddDays(-6), LumaJobStatus.Failed);
        RecordWithout("c", "elsewhere", "there", DateTime.UtcNow, LumaJobStatus.Failed);
        var source = new GallerySource(_journal);
        Assert.Equal(["failed"], source.Without([], "here", DateTime.Now).Select(job => job.Prompt));

        // Of videos that this journal has never seen it cannot say what belongs to them.
        Video("holiday.mp4", 1);
        Assert.Empty(source.Without(source.In(_folder.Path), "here", DateTime.Now));
    }

    [Fact]
    public void An_empty_page_says_how_to_fill_it()
    {
        string page = Render([]);
        Assert.Contains("Save-LumaVideo</span> <span>-Destination</span> <span>.</span>", page, StringComparison.Ordinal);
        Assert.Contains("<code>-Recurse</code>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("How to fill", Render([new GalleryVideo(new FileInfo(Video("a.mp4", 1)), null)]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_has_the_name_above_the_prompt()
    {
        LumaJob job = Job("a", First, "a red car", "here");
        GalleryVideo Of(LumaJob? shown) => new(new FileInfo(Video("a.mp4", 1)), shown);
        Assert.Matches("<h2[^>]*>shot 1</h2>\\s*<p class=\"prompt\"[^>]*>a red car</p>", Render([Of(job with { Name = "shot 1" })]));
        Assert.Matches("<h2[^>]*>a red car</h2>", Render([Of(job)]));
        Assert.Matches("<h2[^>]*>a.mp4</h2>", Render([Of(null)]));
    }

    [Fact]
    public void A_card_is_as_wide_as_its_video_whatever_was_asked_for()
    {
        File.WriteAllBytes(_folder["tall.mp4"], Clip("9x16"));
        var tall = new GalleryVideo(new FileInfo(_folder["tall.mp4"]), Job("a", First, "x", "here") with { AspectRatio = "16:9" });
        Assert.Contains("class=\"card r562\"", Render([tall]), StringComparison.Ordinal);
        Assert.Contains(".r562{--r:0.562}", Render([tall]), StringComparison.Ordinal);
        var unreadable = new FileInfo(Video("a.mp4", 1));
        Assert.Contains("card r750", Render([new GalleryVideo(unreadable, Job("a", First, "x", "here") with { AspectRatio = "3:4" })]),
            StringComparison.Ordinal);
        LumaJob wide = Job("a", First, "x", "here") with { Width = 840, Height = 360 };
        Assert.Contains("card r2333", Render([new GalleryVideo(unreadable, wide)]), StringComparison.Ordinal);
        Assert.Contains("card r1778", Render([new GalleryVideo(unreadable, null)]), StringComparison.Ordinal);
    }

    private static LumaJob Job(string id, string jobId, string prompt, string service) =>
        new() { Id = id, JobId = jobId, Prompt = prompt, Service = service, Kind = LumaJobKind.Generation };

    private string Render(IReadOnlyList<GalleryVideo> videos, string title = "title") => GalleryPage.Render(videos, title, _folder.Path);

    private IEnumerable<string?> Prompts() => new GallerySource(_journal).In(_folder.Path).Select(video => video.Job?.Prompt);

    private string Video(string name, int length)
    {
        File.WriteAllBytes(_folder[name], new byte[length]);
        return _folder[name];
    }

    private static byte[] Clip(string name)
    {
        using Stream clip = typeof(LumaSandbox).Assembly.GetManifestResourceStream(name + ".mp4")!;
        byte[] bytes = new byte[clip.Length];
        clip.ReadExactly(bytes);
        return bytes;
    }

    // As a process that is gone has left it: a journal that is written to stays open until this one ends.
    private void Record(string id, string jobId, string prompt, string service, string path, DateTime? at = null) => Record(
        id,
        Intent(id, prompt, service, at ?? DateTime.UtcNow),
        new JournalLine { Event = JournalEvents.Accepted, Id = id, JobId = jobId },
        new JournalLine { Event = JournalEvents.Saved, Id = id, Path = path, Length = 10 });

    private void RecordWithout(string id, string prompt, string service, DateTime at, string status) => Record(
        id,
        Intent(id, prompt, service, at),
        new JournalLine { Event = JournalEvents.Accepted, Id = id, JobId = Guid.NewGuid().ToString() },
        new JournalLine
            { Event = JournalEvents.Status, Id = id, Status = status, Message = status == LumaJobStatus.Failed ? "because <b>" : null });

    private static JournalLine Intent(string id, string prompt, string service, DateTime at) =>
        new() { Event = JournalEvents.Intent, Id = id, Service = service, Kind = LumaJobKind.Generation,
            Request = new() { Prompt = prompt }, SubmittedAt = at };

    private void Record(string id, params JournalLine[] lines)
    {
        Directory.CreateDirectory(_journal.Location);
        using FileStream segment = new(Path.Combine(_journal.Location, id + ".jsonl"), FileMode.CreateNew);
        foreach (JournalLine line in lines) segment.Write(JournalJson.Write(line));
    }
}
