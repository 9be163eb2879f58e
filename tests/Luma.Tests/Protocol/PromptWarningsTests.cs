namespace Luma.Tests;

/// <summary>Prompts that nobody has written.</summary>
public class PromptWarningsTests
{
    [Theory]
    [InlineData("#N/A", "a formula fails")]
    [InlineData("#REF!", "a formula fails")]
    [InlineData("#NAME?", "a formula fails")]
    [InlineData("#DIV/0!", "a formula fails")]
    [InlineData("#WERT!", "a formula fails")]
    [InlineData("#NV", "a formula fails")]
    [InlineData("16:9", "a value of -AspectRatio: check the columns")]
    [InlineData(" 16 : 09 ", "a value of -AspectRatio: check the columns")]
    [InlineData("RAY-V2", "a value of -Model: check the columns")]
    [InlineData("https://example.com/a.png", "a link: check the columns")]
    [InlineData("a red \uFFFDcar", "U+FFFD")]
    public void Failed_formula_and_another_columns_value_cause_a_warning(string prompt, string says)
    {
        string warning = Assert.Single(new GenerationRequest { Prompt = prompt }.Warnings(null));
        Assert.Contains(says, warning, StringComparison.Ordinal);
        Assert.EndsWith("It is sent as is, and the job may be charged.", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a red car")]
    [InlineData("relax")]
    [InlineData("5")]
    [InlineData("#sunset")]
    [InlineData("#1 in a race, what a day!")]
    [InlineData("in 16:9")]
    [InlineData("https://example.com/a.png a dog runs")]
    public void Plausible_prompt_causes_no_warning(string prompt) =>
        Assert.Empty(new GenerationRequest { Prompt = prompt }.Warnings(null));
}
