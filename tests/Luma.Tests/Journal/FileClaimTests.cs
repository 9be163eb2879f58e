namespace Luma.Tests;

/// <summary>A claim belongs to one holder and ends with it.</summary>
public sealed class FileClaimTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_claim_keeps_out_this_process_and_all_others_until_it_ends()
    {
        Journal one = _folder.Open(), other = _folder.Open();
        var job = new LumaJob { Id = "a", JobId = "J-1", Service = "s" };
        IDisposable? held = await one.TryClaimAsync(job, CancellationToken.None);
        Assert.NotNull(held);
        Assert.Null(await one.TryClaimAsync(job with { Id = null, JobId = "j-1" }, CancellationToken.None));
        Assert.Null(await other.TryClaimAsync(job, CancellationToken.None));
        using (IDisposable? second = await other.TryClaimAsync(job with { JobId = "j-2" }, CancellationToken.None)) Assert.NotNull(second);

        held.Dispose();
        held.Dispose();
        using (IDisposable? next = await other.TryClaimAsync(job, CancellationToken.None)) Assert.NotNull(next);
        Assert.Empty(Directory.GetFiles(_folder.Path, FileClaims.Prefix + "*"));
    }

    [Fact]
    public async Task Of_many_who_want_it_one_has_it_at_a_time()
    {
        int holders = 0, most = 0, taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            Journal journal = _folder.Open();
            for (int i = 0; i < 25; i++)
            {
                using IDisposable? claim = await journal.TryClaimAsync(new LumaJob { JobId = "j" }, CancellationToken.None);
                if (claim is null) continue;
                Interlocked.Increment(ref taken);
                int now = Interlocked.Increment(ref holders);
                if (now > 1) Volatile.Write(ref most, now);
                await Task.Yield();
                Interlocked.Decrement(ref holders);
            }
        })));
        Assert.Equal(0, most);
        Assert.NotEqual(0, taken);
    }

    [Fact]
    public async Task What_a_killed_process_has_left_is_cleared_away_and_what_is_held_stays()
    {
        Journal journal = _folder.Open();
        using IDisposable? held = await journal.TryClaimAsync(new LumaJob { JobId = "j" }, CancellationToken.None);
        File.WriteAllText(Path.Combine(_folder.Path, FileClaims.Prefix + "0123456789ABCDEF.lock"), "");
        await JournalCompaction.RunAsync(_folder.Path);
        Assert.Single(Directory.GetFiles(_folder.Path, FileClaims.Prefix + "*"));
        Assert.Null(await _folder.Open().TryClaimAsync(new LumaJob { JobId = "j" }, CancellationToken.None));
    }
}
