using System.Runtime.Versioning;

namespace Luma.Tests;

/// <summary>A file of another user in the journal's folder, as one run as root leaves it.</summary>
public sealed class JournalOwnerTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void What_another_user_has_written_is_named_the_rest_is_listed_and_no_name_is_taken()
    {
        if (!OperatingSystem.IsLinux()) return;
        _folder.Write("mine", [JournalLines.Intent("a", "shot"), JournalLines.Accepted("a", "j")]);
        string locked = _folder.Write("roots", [JournalLines.Intent("b", "other"), JournalLines.Accepted("b", "k")]);
        File.SetUnixFileMode(
            Path.Combine(_folder.Path, "mine.jsonl"), UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(locked, UnixFileMode.None);
        Unprivileged.Run(() =>
        {
            Journal journal = _folder.Open();
            Assert.Equal("a", Assert.Single(journal.Jobs(JournalLines.Service)).Id);
            Assert.Contains(locked, journal.Unreadable, StringComparison.Ordinal);
            Assert.Contains($"belongs to {Environment.UserName}", journal.Unreadable, StringComparison.Ordinal);

            LumaException error = Assert.Throws<LumaException>(() => journal.Named(JournalLines.Service, "shot"));
            Assert.Equal(LumaErrorId.LumaJournalError, error.ErrorId);
            Assert.Contains(locked, error.Message, StringComparison.Ordinal);
        });

        File.SetUnixFileMode(locked, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Journal readable = _folder.Open();
        Assert.Equal(2, readable.Jobs(JournalLines.Service).Count);
        Assert.Null(readable.Unreadable);
    }
}
