namespace Luma.Tests;

/// <summary>Characters that nobody sees.</summary>
public class VisibleTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n")]
    [InlineData("\u200B")]
    [InlineData("\uFEFF \u200B\u2060\u00A0\u00AD")]
    [InlineData("\0")]
    public async Task A_prompt_of_nothing_visible_is_refused(string prompt)
    {
        await using var lab = new TestService();
        LumaException refused =
            await Assert.ThrowsAsync<LumaException>(() => lab.Client.SubmitAsync(new GenerationRequest { Prompt = prompt }));
        Assert.Equal(LumaErrorId.LumaInvalidValue, refused.ErrorId);
        Assert.Equal(0, lab.Sandbox.RequestCount);
    }

    [Theory]
    [InlineData("\uFEFFa red car\u200B", "a red car")]
    [InlineData(" \u200B a red car \uFEFF\n", "  a red car \n")]
    [InlineData("a\u200Bred car", "a\u200Bred car")]
    [InlineData("  a red car\t", "  a red car\t")]
    [InlineData("a heart \u2764\uFE0F", "a heart \u2764\uFE0F")]
    [InlineData("\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
        "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F")]
    public async Task Invisible_characters_at_the_ends_of_a_prompt_are_removed(string given, string sent)
    {
        await using var lab = new TestService();
        LumaJob job = await lab.Client.SubmitAsync(new GenerationRequest { Prompt = given });
        Assert.Equal((sent, sent), (lab.LastBody().GetProperty("userPrompt").GetString(), job.Prompt));
    }

    [Fact]
    public async Task Spaces_and_invisible_characters_at_the_ends_of_names_and_links_are_removed()
    {
        await using var lab = new TestService();
        LumaJob job = await lab.Client.SubmitAsync(
            new GenerationRequest { Prompt = "a", Name = "\uFEFFfirst\u00A0", ImageUrl = "\u202Ahttps://example.test/a.png ",
                EndImageUrl = "https://example.test/b.png\u200B", HookUrl = "\uFEFFhttp://127.0.0.1:9/h" });
        Assert.Equal(("first", "https://example.test/a.png", "https://example.test/b.png", "http://127.0.0.1:9/h"),
            (job.Name, job.ImageUrl, job.EndImageUrl, job.HookUrl));
    }

    [Theory]
    [InlineData("🚗")]
    [InlineData("👨\u200D👩\u200D👧")]
    [InlineData("🇸🇪")]
    [InlineData("e\u0301")]
    public void What_is_shown_of_a_long_text_ends_between_two_characters(string character)
    {
        for (int before = 0; before < 8; before++)
        {
            string text = new string('a', before) + string.Concat(Enumerable.Repeat(character, 60));
            foreach (string shown in new[] { ErrorText.Prompt(text), Check.Invalid("Prompt", text, "x").Message,
                DocumentedValues.Mode.WarningFor(text)! })
            {
                string beginning = shown[(shown.IndexOf('\'') + 1)..shown.IndexOf('…')];
                Assert.StartsWith(beginning, text, StringComparison.Ordinal);
                Assert.True(beginning.Length > 30 && (beginning.Length - before) % character.Length == 0,
                    $"'{beginning}' ends within a character.");
            }
        }

        Assert.Equal(character, VisibleText.Shorten(character, character.Length));
    }

    [Theory]
    [InlineData("a red \uFFFDcar", true)]
    [InlineData("a \ud83d car", true)]
    [InlineData("a red car 🚗", false)]
    public void Prompt_in_the_wrong_encoding_causes_a_warning(string prompt, bool isWarned) =>
        Assert.Equal(isWarned,
            new GenerationRequest { Prompt = prompt }.Warnings(null).Any(warning => warning.Contains("U+FFFD", StringComparison.Ordinal)));
}
