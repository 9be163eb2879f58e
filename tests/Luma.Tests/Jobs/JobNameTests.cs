namespace Luma.Tests;

/// <summary>Which names are one name, wherever one is looked up.</summary>
public sealed class JobNameTests
{
    [Theory]
    [InlineData("shot 01", "SHOT 01")]
    [InlineData("Käse", "Ka\u0308se")]
    [InlineData("KÄSE", "ka\u0308se")]
    [InlineData("shot 01", "shot\u00A001")]
    [InlineData("shot\u202F01", "shot\u300001")]
    [InlineData("no\uFFFEcharacter", "NO\uFFFEcharacter")]
    public void Case_Unicode_form_and_kind_of_blank_tell_no_names_apart(string a, string b)
    {
        Assert.True(JobName.AreSame(a, b));
        Assert.Equal(JobName.Key(a), JobName.Key(b));
        Assert.Equal(JobName.Key(a), JobName.Key(JobName.Key(a)));
    }

    [Fact]
    public void Lone_surrogate_in_a_name_equals_its_recorded_form() =>
        Assert.True(JobName.AreSame("half " + (char)0xD83D, "half \uFFFD"));

    [Theory]
    [InlineData("shot 01", "shot01")]
    [InlineData("shot 01", "shot  01")]
    [InlineData("Käse", "Kase")]
    [InlineData("x", null)]
    public void Other_names_are_others(string a, string? b) => Assert.False(JobName.AreSame(a, b));
}
