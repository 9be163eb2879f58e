using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using System.Text.RegularExpressions;

namespace Luma.Tests;

/// <summary>What is written: as docs/journal.md says, flushed, for its owner alone, and an error where the disk does not take it.</summary>
public sealed partial class JournalWritingTests : IDisposable
{
    private static readonly DateTime _at = new(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);

    private static readonly LumaJob _job = new()
    {
        Id = "00000000000000a1", Service = "api.ttapi.io", Name = "shot-01", Kind = LumaJobKind.Generation,
        Prompt = "ein rotes Auto, \"schnell\" & 日本語", Model = "ray-v3", AspectRatio = "16:9",
        ImageUrl = "https://a.example/1.png?x=1&y=%20",
        EndImageUrl = "https://a.example/2.png", Duration = "5s", Resolution = "720p", Loop = false, Mode = "fast",
        HookUrl = "https://a.example/hook",
    };

    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lines_are_as_the_format_says()
    {
        Journal journal = _folder.Open();
        await journal.IntentAsync(_job, _at, isWaiting: true);
        await journal.IntentAsync(_job, _at);
        await journal.IntentAsync(
            new LumaJob { Id = "a2", Service = "s", Kind = LumaJobKind.Extension, ParentJobId = "p", Prompt = "on" }, _at);
        await journal.AdoptedAsync(new LumaJob { Id = "a3", Service = "s", Name = "n" });
        await journal.AcceptedAsync("a1", "j1", _at);
        await journal.AcceptedAsync("a3", "j3", null, "n");
        await journal.RefusedAsync("a1", "LumaBadRequest");
        await journal.WaitingAsync("a1", "LumaRateLimited");
        await journal.UnsentAsync("a1");
        await journal.UnconfirmedAsync("a1", "no answer");
        await journal.StatusAsync(_job with { Status = LumaJobStatus.Succeeded, Message = "ok", VideoUrl = "https://v.example/a%20b.mp4",
            Width = 640, Height = 360, Quota = 25.5m, CompletedAt = _at });
        await journal.SavedAsync(_job, "/videos/ä.mp4", 29504, "AB12");
        await journal.RemoveAsync("a1");
        await journal.StatusAsync(new LumaJob { JobId = "not in the journal" });

        Assert.Equal(
            [
                """
                {"v":1,"event":"intent","id":"00000000000000a1","at":"*","service":"api.ttapi.io","name":"shot-01","kind":"Generation",
                "prompt":"ein rotes Auto, \"schnell\" & 日本語","model":"ray-v3","aspectRatio":"16:9",
                "imageUrl":"https://a.example/1.png?x=1&y=%20","endImageUrl":"https://a.example/2.png","duration":"5s",
                "resolution":"720p","loop":false,"mode":"fast","hookUrl":"https://a.example/hook","waiting":true,
                "submittedAt":"2026-05-04T03:02:01Z"}
                """.ReplaceLineEndings(""),
                """
                {"v":1,"event":"intent","id":"00000000000000a1","at":"*","service":"api.ttapi.io","name":"shot-01","kind":"Generation",
                "prompt":"ein rotes Auto, \"schnell\" & 日本語","model":"ray-v3","aspectRatio":"16:9",
                "imageUrl":"https://a.example/1.png?x=1&y=%20","endImageUrl":"https://a.example/2.png","duration":"5s",
                "resolution":"720p","loop":false,"mode":"fast","hookUrl":"https://a.example/hook","submittedAt":"2026-05-04T03:02:01Z"}
                """.ReplaceLineEndings(""),
                """
                {"v":1,"event":"intent","id":"a2","at":"*","service":"s","kind":"Extension","parentJobId":"p","prompt":"on",
                "submittedAt":"2026-05-04T03:02:01Z"}
                """.ReplaceLineEndings(""),
                """{"v":1,"event":"intent","id":"a3","at":"*","service":"s","name":"n","adopted":true}""",
                """{"v":1,"event":"accepted","id":"a1","at":"*","jobId":"j1","submittedAt":"2026-05-04T03:02:01Z"}""",
                """{"v":1,"event":"accepted","id":"a3","at":"*","jobId":"j3","name":"n"}""",
                """{"v":1,"event":"refused","id":"a1","at":"*","error":"LumaBadRequest"}""",
                """{"v":1,"event":"refused","id":"a1","at":"*","waiting":true,"error":"LumaRateLimited"}""",
                """{"v":1,"event":"unsent","id":"a1","at":"*"}""",
                """{"v":1,"event":"status","id":"a1","at":"*","status":"Unconfirmed","message":"no answer"}""",
                """
                {"v":1,"event":"status","id":"00000000000000a1","at":"*","status":"Succeeded","message":"ok",
                "videoUrl":"https://v.example/a%20b.mp4","width":640,"height":360,"quota":25.5,"completedAt":"2026-05-04T03:02:01Z"}
                """.ReplaceLineEndings(""),
                """{"v":1,"event":"saved","id":"00000000000000a1","at":"*","path":"/videos/ä.mp4","length":29504,"sha256":"AB12"}""",
                """{"v":1,"event":"removed","id":"a1","at":"*"}""",
            ],
            _folder.Lines().Select(line => At().Replace(line, "\"at\":\"*\"")));
        string segment = Assert.Single(_folder.Segments);
        Assert.True(File.Exists(Path.ChangeExtension(segment, ".lock")));
    }

    [Fact]
    public async Task Many_lines_at_once_are_all_on_the_disk_when_they_are_done_and_share_their_flushes()
    {
        const int Count = 400;
        Journal journal = _folder.Open();
        using var together = new Barrier(8);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                Task.WaitAll([.. Enumerable.Range(0, Count / 8).Select(i => journal.IntentAsync(_job with { Id = $"{worker}-{i}" }, _at))]);
                string written = string.Join('\n', _folder.Lines());
                Assert.All(Enumerable.Range(0, Count / 8),
                    i => Assert.Contains($"\"id\":\"{worker}-{i}\"", written, StringComparison.Ordinal));
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.Equal(Count, _folder.Lines().Length);
        Assert.InRange(((FileJournalStore)journal.Store).Flushes, 1, Count / 2);
        Assert.Equal(Count, _folder.Open().Jobs("api.ttapi.io").Count);
        Assert.Equal(0, journal.SkippedLines);
        Assert.Single(_folder.Segments);
    }

    [Fact]
    public async Task Files_and_folder_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        Journal journal = _folder.Open();
        (await journal.LockNameAsync("name", null, CancellationToken.None)).Dispose();
        await journal.UnsentAsync("a");
        for (int i = 0; i < JournalCompaction.Threshold; i++) _folder.Write($"x{i}", [JournalLines.Intent($"b{i}")]);
        foreach (string path in Directory.GetFiles(_folder.Path, "x*"))
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await JournalCompaction.RunAsync(_folder.Path);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Path));
        Assert.Contains(Path.Combine(_folder.Path, "compaction.lock"), Directory.GetFiles(_folder.Path));
        foreach (string path in Directory.GetFiles(_folder.Path))
        {
            Assert.Equal((path, UnixFileMode.UserRead | UnixFileMode.UserWrite), (path, File.GetUnixFileMode(path)));
        }
    }

    [Fact]
    public async Task Where_no_folder_can_be_made_it_is_a_journal_error()
    {
        _folder.Write("file", "");
        Journal journal = Journal.At(Path.Combine(_folder.Path, "file.jsonl", "journal"));
        Assert.Empty(journal.Jobs("s"));
        Assert.Equal(LumaErrorId.LumaJournalError, (await Assert.ThrowsAsync<LumaException>(() => journal.UnsentAsync("a"))).ErrorId);
        LumaException error = await Assert.ThrowsAsync<LumaException>(() => journal.LockNameAsync("name", null, CancellationToken.None));
        Assert.Equal(LumaErrorId.LumaJournalError, error.ErrorId);
        Assert.Contains("LUMAPS_HOME", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_a_journal_error_for_every_line_and_no_end()
    {
        if (!File.Exists(FullDisk.Device)) return;
        Journal journal = _folder.Open();
        JournalWriter? before = FullDisk.Fill(journal, _folder);
        for (int i = 0; i < 3; i++)
        {
            Task written = journal.IntentAsync(_job, _at);
            LumaException error = await Assert.ThrowsAsync<LumaException>(() => written.WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.Equal(LumaErrorId.LumaJournalError, error.ErrorId);
        }

        FullDisk.Empty(journal, before);
        await journal.IntentAsync(_job, _at);
        Assert.Single(_folder.Open().Jobs("api.ttapi.io"));
    }

    [WindowsFact]
    [SupportedOSPlatform("windows")]
    public async Task A_folder_outside_the_profile_is_for_its_owner_the_system_and_the_administrators()
    {
        string folder = Path.Combine(Path.GetPathRoot(Environment.SystemDirectory)!, $"lumaps-{Guid.NewGuid():N}", "journal");
        await Journal.At(folder).UnsentAsync("a");
        using var user = WindowsIdentity.GetCurrent();
        IdentityReference[] allowed = [user.User!, new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
            new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null)];
        DirectorySecurity rights = new DirectoryInfo(folder).GetAccessControl();
        Assert.True(rights.AreAccessRulesProtected);
        Assert.All(rights.GetAccessRules(true, true, typeof(SecurityIdentifier)).OfType<FileSystemAccessRule>(),
            rule => Assert.Contains(rule.IdentityReference, allowed));
    }

    [WindowsFact]
    public async Task A_folder_whose_process_runs_is_not_removed()
    {
        Journal journal = _folder.Open();
        await journal.IntentAsync(_job, _at);
        Assert.Throws<IOException>(() => Directory.Delete(_folder.Path, recursive: true));
        await journal.AcceptedAsync(_job.Id!, "j1", _at);
        Assert.Equal("j1", Assert.Single(_folder.Open().Jobs("api.ttapi.io")).JobId);
    }

    [UnixFact]
    public async Task A_folder_removed_while_the_process_runs_is_made_again()
    {
        Journal journal = _folder.Open();
        await journal.IntentAsync(_job, _at);
        await journal.AcceptedAsync(_job.Id!, "j1", _at);
        Assert.NotNull(journal.Find("api.ttapi.io", "j1"));
        Directory.Delete(_folder.Path, recursive: true);

        await journal.IntentAsync(_job with { Id = "a2", Name = "shot-02" }, _at);
        await journal.AcceptedAsync("a2", "j2", _at);
        Assert.Equal("a2", Assert.Single(journal.Jobs("api.ttapi.io")).Id);
        Assert.Null(journal.Find("api.ttapi.io", "j1"));
        Assert.Empty(journal.Named("api.ttapi.io", "shot-01"));
        Assert.Equal("a2", journal.Find("api.ttapi.io", "j2")?.Id);
        Assert.Equal("a2", _folder.Open().Find("api.ttapi.io", "j2")?.Id);
    }

    [Fact]
    public async Task The_lock_on_names_keeps_out_this_process_and_all_others()
    {
        Journal one = _folder.Open(), other = _folder.Open();
        IDisposable held = await one.LockNameAsync("name", null, CancellationToken.None);
        Assert.Throws<IOException>(() => _folder.Live("names"));
        Task<IDisposable> sameProcess = one.LockNameAsync("name", null, CancellationToken.None),
        otherProcess = other.LockNameAsync("name", null, CancellationToken.None);
        using (var stop = new CancellationTokenSource())
        {
            Task<IDisposable> stopped = other.LockNameAsync("name", null, stop.Token);
            stop.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        }

        Assert.False(sameProcess.IsCompleted || otherProcess.IsCompleted);
        held.Dispose();
        IDisposable next = await await Task.WhenAny(sameProcess, otherProcess).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(sameProcess.IsCompleted && otherProcess.IsCompleted);
        next.Dispose();
        (await sameProcess.WaitAsync(TimeSpan.FromSeconds(20))).Dispose();
        (await otherProcess.WaitAsync(TimeSpan.FromSeconds(20))).Dispose();

        // Another program that holds the file.
        FileStream foreign = _folder.Live("names");
        Task<IDisposable> waiting = one.LockNameAsync("name", null, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        foreign.Dispose();
        (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Dispose();
    }

    [Fact]
    public async Task Line_after_one_that_could_be_neither_written_nor_rolled_back_is_complete()
    {
        Journal journal = _folder.Open();
        using var torn = new TornStream(_folder.Write("torn", ""));
        FullDisk.Use(journal, _folder.Live("torn"), torn);
        Assert.Equal(LumaErrorId.LumaJournalError, (await Assert.ThrowsAsync<LumaException>(() => journal.IntentAsync(_job, _at))).ErrorId);
        await journal.IntentAsync(_job with { Id = "a2", Name = "shot-02" }, _at);
        await journal.AcceptedAsync("a2", "j2", _at);

        Journal reader = _folder.Open();
        Assert.Equal(("a2", "j2"), (reader.Find("api.ttapi.io", "j2")?.Id, Assert.Single(reader.Jobs("api.ttapi.io")).JobId));
        Assert.Equal(1, reader.SkippedLines);
    }

    [Fact]
    public void Lines_that_were_taken_back_after_they_were_read_are_forgotten()
    {
        _folder.Live("x");
        string path = _folder.Write("x", [JournalLines.Intent("a1"), JournalLines.Intent("a2")]);
        Journal reader = _folder.Open();
        Assert.Equal(2, reader.Jobs(JournalLines.Service).Count);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(JournalJson.Write(JournalLines.Intent("a1")).Length);
            file.Seek(0, SeekOrigin.End);
            foreach (
                JournalLine line in new[] { JournalLines.Intent("a3", prompt: new string('x', 500)), JournalLines.Accepted("a3", "j3") })
            {
                file.Write(JournalJson.Write(line));
            }
        }

        Assert.Equal(["a1", "a3"], reader.Jobs(JournalLines.Service).Select(job => job.Id!).Order(StringComparer.Ordinal));
        Assert.Equal("j3", reader.Find(JournalLines.Service, "j3")?.JobId);
        Assert.Equal(0, reader.SkippedLines);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("loop")]
    public async Task A_lock_that_cannot_be_taken_is_a_journal_error_and_no_endless_wait(string kind)
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_folder.Path);
        string path = Path.Combine(_folder.Path, "names.lock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (kind == "folder") Directory.CreateDirectory(path);
        if (kind == "socket") socket.Bind(new UnixDomainSocketEndPoint(path)); // It exists, and nobody can open it as a file.
        if (kind == "loop") File.CreateSymbolicLink(path, path);
        Task<IDisposable> taking = _folder.Open().LockNameAsync("name", null, CancellationToken.None);
        LumaException error = await Assert.ThrowsAsync<LumaException>(() => taking.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(LumaErrorId.LumaJournalError, error.ErrorId);
        Assert.Contains("names.lock", error.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("""
        "at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z"
        """)]
    private static partial Regex At();
}

/// <summary>A disk that takes nothing more, where the system has a device that stands for one.</summary>
internal static class FullDisk
{
    public const string Device = "/dev/full";

    /// <returns>What wrote before; it continues to hold its lock.</returns>
    public static JournalWriter? Fill(Journal journal, JournalFolder folder)
    {
        JournalWriter? before = Store(journal).Writer;
        Store(journal).Writer = new JournalWriter(
            folder.Live("full"),
            new FileStream(Device,
                new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 }));
        return before;
    }

    /// <summary>Makes a journal write to a stream.</summary>
    public static void Use(Journal journal, FileStream lockFile, FileStream file) =>
        Store(journal).Writer = new JournalWriter(lockFile, file);

    public static void Empty(Journal journal, JournalWriter? before) => Store(journal).Writer = before;

    private static FileJournalStore Store(Journal journal) => (FileJournalStore)journal.Store;
}

/// <summary>A file whose first write ends in the middle and which then cannot be shortened.</summary>
internal sealed class TornStream(string path) : FileStream(
    path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 })
{
    private bool _wasTorn;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_wasTorn)
        {
            base.Write(buffer);
            return;
        }

        _wasTorn = true;
        base.Write(buffer[..(buffer.Length / 2)]);
        throw new IOException("There is no space left.");
    }

    public override void SetLength(long value) => throw new IOException("It cannot be shortened.");
}
