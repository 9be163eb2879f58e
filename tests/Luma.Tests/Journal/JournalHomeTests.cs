namespace Luma.Tests;

/// <summary>Where the journal is: one place, wherever a process was started.</summary>
public sealed class JournalHomeTests
{
    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [Theory]
    [InlineData("~", "")]
    [InlineData("~/.lumaps", ".lumaps")]
    [InlineData(" ~/a/../.lumaps ", ".lumaps")]
    public void A_leading_tilde_is_the_home_folder(string value, string below) =>
        Assert.Equal(Path.GetFullPath(Path.Combine(Home, below)), JournalHome.Absolute(value));

    [Fact]
    public void An_absolute_path_is_taken_as_it_is() =>
        Assert.Equal(Path.GetFullPath(Path.Combine(Home, "x y")), JournalHome.Absolute(Path.Combine(Home, "x y")));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("~/.local/share")]
    public void A_home_that_is_no_absolute_path_is_refused(string dataFolder)
    {
        LumaException error = Assert.Throws<LumaException>(() => JournalHome.OfUser(dataFolder));
        Assert.Equal(LumaErrorId.LumaJournalError, error.ErrorId);
        Assert.Contains($"'{dataFolder}', which is not an absolute path", error.Message, StringComparison.Ordinal);
        Assert.Contains("HOME", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(Home, "LumaPS"), JournalHome.OfUser(Home));
    }

    [Theory]
    [InlineData("$HOME/x", "variable")]
    [InlineData("%USERPROFILE%\\x", "variable")]
    [InlineData("\"~/.lumaps\"", "quotes")]
    [InlineData("'/var/lumaps'", "quotes")]
    [InlineData("lumaps", "wherever")]
    [InlineData("./lumaps", "wherever")]
    [InlineData("~alice/x", "wherever")]
    public void Any_other_path_is_refused_and_told_why(string value, string why)
    {
        LumaException error = Assert.Throws<LumaException>(() => JournalHome.Absolute(value));
        Assert.Equal(LumaErrorId.LumaJournalError, error.ErrorId);
        Assert.Contains($"'{value}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains("LUMAPS_HOME", error.RecommendedAction, StringComparison.Ordinal);
    }
}
