namespace Luma.Tests;

/// <summary>Values as spreadsheets, other APIs and other keyboards write them.</summary>
public class DocumentedValuesTests
{
    [Theory]
    [InlineData("AspectRatio", "16:9", "16:9", "16 : 9", "16:09", "016:9", "16：9", "１６：９", "16x9", "16×9", "16/9", "\uFEFF16:9\u200B",
        " 16:9\u00A0", "16∶9", "١٦:٩", "۱۶:۹", "๑๖:๙", "16⁄9")]
    [InlineData("AspectRatio", "9:16", "9:16", "09:16", "9/16")]
    [InlineData("AspectRatio", "1:1", "1:1", "01:01")]
    [InlineData("Model", "ray-v2", "ray-v2", "RAY-V2", "Ray V2", "ray_v2", "rayv2", "ray‑v2", "ray–v2")]
    [InlineData("Model", "ray-v3-reasoning", "Ray-V3-Reasoning", "ray v3 reasoning")]
    [InlineData("Duration", "5s", "5s", "5", "5S", "5 s", "5sec", "5 secs", "5 seconds", "5 Second", "5.0", "5,00", "05", "00:00:05",
        "0:00:05", "00:00:05.000", "５", "٥", "٥٫٠")]
    [InlineData("Duration", "10s", "10s", "10", "10 s", "10sec", "10.0", "00:00:10", "10 sec.")]
    [InlineData("Resolution", "720p", "720p", "720", "720P", "720 p", "720.0", "0720")]
    [InlineData("Resolution", "1080p", "1080p", "1080", "1080P", "1080.0", "1080 P", "１０８０ｐ")]
    [InlineData("Mode", "fast", "fast", "Fast", "FAST", " fast ", "fast\u200B", "ｆａｓｔ")]
    [InlineData("Mode", "relax", "relax", "Relax")]
    public void A_documented_value_in_another_spelling_is_sent_in_the_documented_one(string field, string sent, params string[] spellings)
    {
        foreach (string spelling in spellings)
        {
            Assert.Equal(sent, DocumentedValues.Normalize(field, spelling));
            Assert.Null(Of(field).WarningFor(spelling));
        }
    }

    [Theory]
    [InlineData("AspectRatio", "2:1")]
    [InlineData("AspectRatio", "16:9:1")]
    [InlineData("AspectRatio", "169")]
    [InlineData("AspectRatio", "1:69")]
    [InlineData("AspectRatio", "golden hour")]
    [InlineData("AspectRatio", "16:09:00")]
    [InlineData("Model", "ray-v9")]
    [InlineData("Model", "ray-v2.1")]
    [InlineData("Model", "ray-v2!")]
    [InlineData("Duration", "20s")]
    [InlineData("Duration", "7.5")]
    [InlineData("Duration", "-5")]
    [InlineData("Duration", "00:05:00")]
    [InlineData("Duration", "5m")]
    [InlineData("Resolution", "4k")]
    [InlineData("Resolution", "1920x1080")]
    [InlineData("Mode", "turbo")]
    [InlineData("Mode", "16:9")]
    [InlineData("Mode", "-a---")]
    [InlineData("Mode", "\ud83d")]
    public void Undocumented_value_is_sent_as_is_with_a_warning(string field, string value)
    {
        Assert.Equal(value, DocumentedValues.Normalize(field, value));
        string warning = Of(field).WarningFor(value)!;
        Assert.StartsWith(
            $"'{value}' is not among the documented values of -{field} ({Of(field).Values[0]}, ", warning, StringComparison.Ordinal);
        Assert.EndsWith("It is sent as is, and the job may be charged.", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7", "7s")]
    [InlineData("7 s", "7s")]
    [InlineData("00:00:07", "7s")]
    public void A_whole_number_of_seconds_is_sent_with_its_unit(string given, string sent)
    {
        Assert.Equal(sent, DocumentedValues.Duration.Normalize(given));
        Assert.NotNull(DocumentedValues.Duration.WarningFor(given));
    }

    [Theory]
    [InlineData("Mode", "16 : 9", "It is a value of -AspectRatio: check the columns.")]
    [InlineData("AspectRatio", "RAY-V2", "It is a value of -Model: check the columns.")]
    [InlineData("Model", "Fast", "It is a value of -Mode: check the columns.")]
    [InlineData("AspectRatio", "16:09:00", "A spreadsheet has turned a ratio into a time: format that column as text.")]
    [InlineData("AspectRatio", "12/30/1899 16:09:00", "A spreadsheet has turned a ratio into a time: format that column as text.")]
    public void Warning_identifies_values_of_other_fields_and_of_spreadsheets(string field, string value, string says) =>
        Assert.Contains(says, Of(field).WarningFor(value), StringComparison.Ordinal);

    [Fact]
    public void No_value_is_no_value_and_no_warning()
    {
        Assert.All(DocumentedValues.All, values => Assert.Null(values.Normalize((string?)null) ?? values.WarningFor(null)));
    }

    [Theory]
    [InlineData("10", "1080")]
    [InlineData("10 s", "1080P")]
    [InlineData("10sec", "1080p")]
    [InlineData("00:00:10", "1080.0")]
    [InlineData("10.0", "1080 p")]
    [InlineData("１０", "１０８０")]
    public async Task Ten_seconds_in_1080p_are_refused_in_any_spelling_before_anything_is_sent(string duration, string resolution)
    {
        await using var lab = new TestService();
        LumaException refused = await Assert.ThrowsAsync<LumaException>(
            () => lab.Client.SubmitAsync(new GenerationRequest { Prompt = "a", Duration = duration, Resolution = resolution }));
        Assert.Equal(LumaErrorId.LumaInvalidValue, refused.ErrorId);
        Assert.Equal(0, lab.Sandbox.RequestCount);
    }

    private static DocumentedValues Of(string field) => DocumentedValues.All.Single(values => values.Parameter == field);
}
