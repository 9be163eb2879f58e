using System.Text;

namespace Luma.Tests;

public class FileNameTemplateTests
{
    private const string JobId = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3";

    [Fact]
    public void The_default_is_the_name_and_the_jobId()
    {
        Assert.Equal($"first-{JobId}.mp4", Name(FileNameTemplate.Default, new LumaJob { JobId = JobId, Name = "first" }));
        Assert.Equal($"{JobId}.mp4", Name(FileNameTemplate.Default, new LumaJob { JobId = JobId }));
    }

    [Theory]
    [InlineData("{Name}", "first.mp4")]
    [InlineData("{Name}.mp4", "first.mp4")]
    [InlineData("{Name}.MP4", "first.mp4")]
    [InlineData("{name}_{JOBID}", "first_" + JobId + ".mp4")]
    [InlineData("shot {Name} ({Mode})", "shot first (fast).mp4")]
    [InlineData("{Kind}-{Model}-{Duration}-{Resolution}", "Generation-ray-v2-5s-720p.mp4")]
    [InlineData("{AspectRatio}", "16_9.mp4")]
    [InlineData("{Date}", "2025-03-04.mp4")]
    [InlineData("{Id}", "0123.mp4")]
    [InlineData("fixed", "fixed.mp4")]
    [InlineData("{Prompt}", "a red car.mp4")]
    [InlineData("v1.2 {Name}", "v1.2 first.mp4")]
    public void Placeholders_are_filled(string template, string expected) => Assert.Equal(expected, Name(template));

    [Theory]
    [InlineData("{Model}-{Name}", "first.mp4")]
    [InlineData("{Name}-{Model}", "first.mp4")]
    [InlineData("{Name}-{Model}-{Mode}", "first-fast.mp4")]
    [InlineData("{Name} _ {Model}", "first.mp4")]
    [InlineData("{Model}-{Resolution}-{Name}", "first.mp4")]
    [InlineData("{Name}-{Model}-{Resolution}", "first.mp4")]
    [InlineData("{Model}", JobId + ".mp4")]
    [InlineData("{Model}-{Resolution}", JobId + ".mp4")]
    public void An_empty_part_drops_its_separator(string template, string expected) =>
        Assert.Equal(expected, Name(template, new LumaJob { JobId = JobId, Name = "first", Mode = "fast", Model = " " }));

    [Theory]
    [InlineData("{Nmae}.mp4")]
    [InlineData("{Name}-{VideoUrl}")]
    [InlineData("{Prompt}{Connection}")]
    public void Unknown_placeholder_is_refused_with_the_list_of_valid_ones(string template)
    {
        LumaException failure = Assert.Throws<LumaException>(() => new FileNameTemplate(template));
        Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
        Assert.Contains("{JobId}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a/{Name}")]
    [InlineData("..\\{Name}")]
    [InlineData("/etc/x")]
    public void A_path_is_no_template(string template) =>
        Assert.Equal(LumaErrorId.LumaInvalidValue, Assert.Throws<LumaException>(() => new FileNameTemplate(template)).ErrorId);

    [Theory]
    [InlineData("../../etc/passwd", "_.._.._etc_passwd.mp4")]
    [InlineData("..\\..\\x", "_.._.._x.mp4")]
    [InlineData("C:\\x", "C__x.mp4")]
    [InlineData("a/b", "a_b.mp4")]
    [InlineData("a<b>c:d\"e|f?g*h", "a_b_c_d_e_f_g_h.mp4")]
    [InlineData("a\0b\nc\td", "a_b_c_d.mp4")]
    [InlineData("a\u202Egpj.4pm", "a_gpj.4pm.mp4")] // Turned around on the screen, it would look like another kind of file.
    [InlineData("a\u200Bb\uFEFFc", "a_b_c.mp4")]
    [InlineData("a\u2028b\u2029c\u0085d", "a_b_c_d.mp4")]
    [InlineData("🚗 rotes Auto, ü, 車", "🚗 rotes Auto, ü, 車.mp4")]
    [InlineData("u\u0308", "\u00FC.mp4")]
    public void File_name_contains_only_characters_that_file_systems_allow(string name, string expected) =>
        Assert.Equal(expected, Name("{Name}", new LumaJob { JobId = JobId, Name = name }));

    [Theory]
    [InlineData("👨‍👩‍👧")] // A family: three emojis with joiners between them.
    [InlineData("🏳️‍🌈")]
    [InlineData("👩🏽‍🚀")]
    [InlineData("🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F")] // Scotland.
    [InlineData("🇩🇪")]
    [InlineData("1️⃣")]
    public void A_joined_emoji_stays_in_one_piece_also_where_a_name_is_shortened(string emoji)
    {
        Assert.Equal($"a {emoji} b.mp4", Name("{Name}", new LumaJob { JobId = JobId, Name = $"a {emoji} b" }));
        string name = Name("{Prompt}-{JobId}", new LumaJob { JobId = JobId, Prompt = string.Concat(Enumerable.Repeat(emoji, 200)) });
        string prompt = name[..^$"-{JobId}.mp4".Length];
        Assert.InRange(prompt.Length, emoji.Length, 200);
        Assert.Equal("", prompt.Replace(emoji, "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a\u200D", "a_.mp4")]
    [InlineData("\u200Da", "_a.mp4")]
    [InlineData("a\u200Cb", "a_b.mp4")]
    [InlineData("a\u00ADb", "a_b.mp4")]
    [InlineData("a\U000E0067\U000E007F", "a__.mp4")]
    public void A_joiner_that_joins_nothing_is_replaced(string name, string expected) =>
        Assert.Equal(expected, Name("{Name}", new LumaJob { JobId = JobId, Name = name }));

    [Fact]
    public void Half_a_surrogate_pair_is_replaced() =>
        Assert.Equal("half _ pair.mp4", Name("{Name}", new LumaJob { JobId = JobId, Name = "half \ud83d pair" }));

    [Theory]
    [InlineData("CON")]
    [InlineData("con")]
    [InlineData("nul")]
    [InlineData("NUL.mp4")]
    [InlineData("nul.tar.gz")]
    [InlineData("Com1")]
    [InlineData("COM¹")]
    [InlineData("LPT9")]
    [InlineData("aux")]
    [InlineData("PRN")]
    [InlineData("CONIN$")]
    [InlineData("CON .x")]
    public void A_device_is_no_name(string name)
    {
        foreach (string culture in new[] { "en-US", "tr-TR" })
            Cultures.With(culture,
                () => Assert.StartsWith("_", Name("{Name}", new LumaJob { JobId = JobId, Name = name }), StringComparison.Ordinal));
        Assert.StartsWith("_", Name(name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONSOLE")]
    [InlineData("COM10")]
    [InlineData("nullable")]
    [InlineData("a.con")]
    public void A_name_that_only_begins_like_a_device_is_fine(string name) => Assert.Equal(name + ".mp4", Name(name));

    [Theory]
    [InlineData(".hidden", "_.hidden.mp4")]
    [InlineData("  .hidden", "_.hidden.mp4")]
    [InlineData("end.", "end.mp4")]
    [InlineData("end ", "end.mp4")]
    [InlineData("end. . .", "end.mp4")]
    [InlineData("...", JobId + ".mp4")]
    [InlineData(" . ", JobId + ".mp4")]
    public void Dots_and_spaces_at_the_ends_are_removed(string name, string expected) =>
        Assert.Equal(expected, Name("{Name}", new LumaJob { JobId = JobId, Name = name }));

    [Theory]
    [InlineData("x")]
    [InlineData("ü")]
    [InlineData("車")]
    [InlineData("🚗")]
    [InlineData("a\u0301")]
    [InlineData("\uFB2C")] // Becomes three times as long when it is normalized.
    public void A_long_name_is_shortened_between_characters_and_the_jobId_stays(string unit)
    {
        string longText = string.Concat(Enumerable.Repeat(unit, 2000));
        var job = new LumaJob
            { JobId = JobId, Name = longText, Prompt = longText, Model = longText, Mode = longText, Resolution = longText };
        foreach (string template in new[] { FileNameTemplate.Default, "{Prompt}-{Name}-{Model}-{Mode}-{Resolution}-{JobId}",
            "{JobId} {Prompt}{Prompt}{Prompt}{Prompt}{Prompt}" })
        {
            string name = Name(template, job);
            Assert.InRange(Encoding.UTF8.GetByteCount(name + ".part.json"), JobId.Length, 255);
            Assert.Contains(JobId, name, StringComparison.Ordinal);
            Assert.EndsWith(".mp4", name, StringComparison.Ordinal);
            Assert.DoesNotContain('\uFFFD', name);
            Assert.Equal(name, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
        }
    }

    [Fact]
    public void A_long_template_or_jobId_makes_no_name_that_is_too_long()
    {
        Assert.Equal($"{JobId}.mp4", Name(new string('x', 1000) + "{JobId}"));
        Assert.InRange(Encoding.UTF8.GetByteCount(Name("{JobId}", new LumaJob { JobId = new string('é', 1000) })), 5, 255);
        Assert.Equal("video.mp4", Name("{JobId}", new LumaJob { JobId = "a" + new string('\u0301', 1000) }));
    }

    [Fact]
    public void Two_jobs_of_one_long_name_have_two_files()
    {
        string name = new('x', 1000);
        Assert.NotEqual(Name(FileNameTemplate.Default, new LumaJob { JobId = JobId, Name = name }),
            Name(FileNameTemplate.Default, new LumaJob { JobId = Guid.NewGuid().ToString(), Name = name }));
    }

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    [InlineData("th-TH")]
    public void The_users_culture_changes_nothing(string culture) =>
        Cultures.With(culture, () => Assert.Equal($"first-2025-03-04-{JobId}.mp4", Name("{NAME}-{date}-{JOBID}")));

    private static string Name(string template, LumaJob? job = null) => new FileNameTemplate(template).NameFor(job ?? new LumaJob
    {
        Id = "0123", JobId = JobId, Name = "first", Kind = LumaJobKind.Generation, Prompt = "a red car", Model = "ray-v2",
        AspectRatio = "16:9",
        Duration = "5s", Resolution = "720p", Mode = "fast", SubmittedAt = new DateTime(2025, 3, 4, 5, 6, 7, DateTimeKind.Local),
    });
}
