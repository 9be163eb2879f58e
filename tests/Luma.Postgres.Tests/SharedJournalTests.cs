using Luma.Sandbox;

namespace Luma.Postgres.Tests;

/// <summary>What machines know of each other that have nothing in common but the database.</summary>
[Collection(SharedServerTests.Name)]
public sealed class SharedJournalTests(SharedServer shared)
{
    private PostgresServer Server => shared.Server;

    [PostgresFact]
    public async Task Eight_that_start_at_once_on_an_empty_database_make_its_tables_once()
    {
        string database = Server.NewDatabase();
        await using LumaSandbox sandbox = NewSandbox();
        Machine[] machines = [.. Enumerable.Range(0, 8).Select(_ => new Machine(Server.Address(database)))];
        await Task.WhenAll(machines.Select(
            (machine, i) => Task.Run(() => machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Prompt = $"shot {i}" }))));

        Assert.Equal(1L, Server.Ask<long>(database, "select count(*) from lumaps.version"));
        Assert.All(machines, machine => Assert.Equal(8, machine.Journal.Jobs(Service(sandbox)).Count));
        foreach (Machine machine in machines) machine.Dispose();
    }

    [PostgresFact]
    public async Task Test_whether_a_journal_can_be_written_leaves_no_row_and_tells_of_a_database_that_is_read_only()
    {
        string database = Server.NewDatabase();
        using (var machine = new Machine(Server.Address(database)))
        {
            await machine.Journal.CheckWritableAsync(default);
            Assert.Equal(0L, Server.Ask<long>(database, "select (select count(*) from lumaps.lines) + (select count(*) from lumaps.open)"));
        }

        Server.Execute(database, $"alter database \"{database}\" set default_transaction_read_only = on");
        using var late = new Machine(Server.Address(database, more: "&application_name=late"));
        LumaException failure = await Assert.ThrowsAsync<LumaException>(() => late.Journal.CheckWritableAsync(default));
        Assert.Equal(LumaErrorId.LumaJournalError, failure.ErrorId);
        Assert.Contains("read-only", failure.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_name_that_another_machine_has_submitted_is_its_job()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        SubmitResult first = await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "Köln 1", Prompt = "a red car" });
        SubmitResult second = await pair.B.Submitter(sandbox)
            .SubmitAsync(new GenerationRequest { Name = "KÖLN\u00A01", Prompt = "a red car" });

        Assert.Equal(first.Job.JobId, second.Job.JobId);
        Assert.Equal(first.Job.Id, second.Job.Id);
        Assert.Equal(1, sandbox.SubmitCount);
        LumaException conflict = await Assert.ThrowsAsync<LumaException>(
            () => pair.B.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "Köln 1", Prompt = "a blue car" }));
        Assert.Equal(LumaErrorId.LumaNameConflict, conflict.ErrorId);
    }

    [PostgresFact]
    public async Task The_same_names_from_two_machines_at_once_are_submitted_once_each()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        Submitter[] submitters = [pair.A.Submitter(sandbox), pair.B.Submitter(sandbox)];
        SubmitResult[] results = await Task.WhenAll(Enumerable.Range(0, 30).SelectMany(shot => submitters.Select(submitter =>
            Task.Run(() => submitter.SubmitAsync(new GenerationRequest { Name = $"shot {shot}", Prompt = $"shot {shot}" })))));

        Assert.Equal(30, sandbox.SubmitCount);
        Assert.Equal(30, results.Select(result => result.Job.JobId).Distinct().Count());
    }

    [PostgresFact]
    public async Task A_submit_of_another_machine_is_in_flight_while_that_lives_and_unconfirmed_once_its_session_is_gone()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        var answer = new TaskCompletionSource();
        sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answer.Task));
        Task arrived = sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations);
        Task<SubmitResult> submit = pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" });
        await await Task.WhenAny(arrived, submit); // A submit that fails first says why.
        Assert.Equal(LumaJobStatus.Pending, Assert.Single(pair.B.Journal.Jobs(Service(sandbox))).Status);

        Server.CutSessions(pair.Database);
        Assert.Equal(LumaJobStatus.Unconfirmed, Assert.Single(pair.B.Journal.Jobs(Service(sandbox))).Status);
        LumaException unconfirmed = await Assert.ThrowsAsync<LumaException>(
            () => pair.B.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" }));
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, unconfirmed.ErrorId);

        // It did live, and its answer gets there by its next session.
        answer.SetResult();
        SubmitResult result = await submit;
        Assert.Null(result.Problem);
        Assert.Equal(result.Job.JobId, Assert.Single(pair.B.Journal.Jobs(Service(sandbox))).JobId);
        Assert.Equal(1, sandbox.SubmitCount);
    }

    [PostgresFact]
    public async Task Nothing_is_submitted_under_a_lock_on_a_name_that_went_with_its_session()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        await pair.A.Journal.CheckWritableAsync(default);
        using IDisposable lost = await pair.A.Journal.LockNameAsync("one", null, default);
        Server.CutSessions(pair.Database);
        await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Prompt = "another car" }); // In a new session.
        SubmitResult other = await pair.B.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" });

        LumaException failure = await Assert.ThrowsAsync<LumaException>(
            () => pair.A.Journal.IntentAsync(other.Job with { Id = LumaJob.NewId(), JobId = null }, DateTime.UtcNow));
        Assert.True(failure.IsLockLost);
    }

    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_reserved_in_a_session_that_broke_is_taken_anew_before_anything_is_sent(bool isNoticedBefore)
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();

        // A waits to be let in by the service, with its name reserved.
        sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "slow down", ("Retry-After", "2")));
        Task refused = sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations);
        Task<SubmitResult> submit = pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" });
        await refused;
        await Until(() => Server.Ask<long>(pair.Database, "select count(*) from lumaps.lines where event = 'refused'") == 1);
        Server.CutSessions(pair.Database);
        if (isNoticedBefore) await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Prompt = "another car" });

        // To everybody else its name is free now, and B takes it.
        SubmitResult other = await pair.B.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" });
        LumaException lost = await Assert.ThrowsAsync<LumaException>(() => submit);
        Assert.Equal(LumaErrorId.LumaJournalError, lost.ErrorId);
        Assert.Contains("another process has taken the name", lost.Message, StringComparison.Ordinal);
        Assert.Equal(other.Job.JobId,
            Assert.Single(sandbox.Jobs, job => job.Fields["userPrompt"].GetString() == "a red car").JobId);
        Assert.Equal(isNoticedBefore ? 3 : 2, sandbox.SubmitCount); // The one that was refused, B's, and the other one of A's.
    }

    [PostgresFact]
    public async Task A_job_is_adopted_once_whoever_adopts_it()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        LumaJob made = await Machine.Client(sandbox, pair.A.Journal).SubmitAsync(new GenerationRequest { Prompt = "a red car" });
        LumaJob[] adopted = await Task.WhenAll(new[] { pair.A, pair.B }.Select(async machine =>
        {
            LumaJob found = await Machine.Client(sandbox, machine.Journal).FetchAsync(new LumaJob { JobId = made.JobId });
            return await machine.Submitter(sandbox).AdoptAsync(found, "mine");
        }));

        Assert.Equal(adopted[0].Id, adopted[1].Id);
        Assert.Equal("mine", Assert.Single(pair.B.Journal.Jobs(Service(sandbox))).Name);
    }

    [PostgresFact]
    public async Task A_callback_to_one_machine_settles_what_another_has_left_unconfirmed()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.CloseWithoutReply());
        await Assert.ThrowsAsync<LumaException>(
            () => pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" }));
        LumaJob open = Assert.Single(pair.B.Journal.Jobs(Service(sandbox)));
        Assert.Equal(LumaJobStatus.Unconfirmed, open.Status);

        await pair.B.Submitter(sandbox).SettleAsync(open.Id!, sandbox.Jobs[0].JobId);
        Assert.Equal(sandbox.Jobs[0].JobId, Assert.Single(pair.A.Journal.Jobs(Service(sandbox))).JobId);
    }

    [PostgresFact]
    public async Task Usage_lists_and_completion_see_the_jobs_of_all_machines()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "alpha 1", Prompt = "a" });
        LumaJob job = (await pair.B.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "alpha 2", Prompt = "b" })).Job;
        await Machine.Client(sandbox, pair.B.Journal).FetchAsync(job);
        await pair.B.Journal.SavedAsync(job, "/videos/b.mp4", 1234, "ABCDEF");
        string service = Service(sandbox);

        Assert.Equal(["alpha 1", "alpha 2"], pair.A.Journal.Jobs(service).Select(one => one.Name).Order());
        Assert.Equal(2, pair.A.Journal.Jobs(new JournalQuery { Service = service, NameKeyPrefix = "ALPHA" }).Count);
        Assert.Equal("alpha 1", Assert.Single(pair.A.Journal.Jobs(new JournalQuery { Service = service, IsOpen = true })).Name);
        Assert.Equal(
            "alpha 2", Assert.Single(pair.A.Journal.Jobs(new JournalQuery { Service = service, JobIdPrefix = job.JobId![..8] })).Name);
        Assert.Equal("alpha 2", Assert.Single(pair.A.Journal.Jobs(new JournalQuery { SavedPath = "/videos/b.mp4" })).Name);
        Assert.Equal("alpha 2", Assert.Single(pair.A.Journal.Jobs(new JournalQuery { Sha256 = "abcdef" })).Name);
        Assert.Empty(pair.A.Journal.Jobs(new JournalQuery { Service = service, Before = DateTime.UtcNow.AddHours(-1) }));
        Assert.Equal(2, pair.A.Journal.Jobs(new JournalQuery { Service = service, After = DateTime.UtcNow.AddHours(-1) }).Count);
        Assert.Contains(pair.A.Journal.Jobs(new JournalQuery { Service = service, Newest = 1 }), one => one.Name == "alpha 2");
        Assert.Equal("/videos/b.mp4", pair.A.Journal.Saved(job.Id!)!.Value.Path);
    }

    [PostgresFact]
    public async Task A_claim_is_held_by_one_machine_and_ends_with_its_session()
    {
        using var pair = new Pair(Server);
        var job = new LumaJob { Service = "s", JobId = "abc" };
        IDisposable? claim = await pair.A.Journal.TryClaimAsync(job, default);
        Assert.NotNull(claim);
        Assert.Null(await pair.B.Journal.TryClaimAsync(job, default));
        Assert.Null(await pair.A.Journal.TryClaimAsync(job, default));
        claim.Dispose();
        using IDisposable? second = await Eventually(() => pair.B.Journal.TryClaimAsync(job, default));
        Assert.Null(await pair.A.Journal.TryClaimAsync(job, default));

        Server.CutSessions(pair.Database);
        Assert.NotNull(await Eventually(() => pair.A.Journal.TryClaimAsync(job, default)));
    }

    [PostgresFact]
    public async Task The_index_of_open_jobs_holds_what_may_not_have_ended_and_nothing_else()
    {
        string database = Server.NewDatabase();
        using var machine = new Machine(Server.Address(database));
        var events = new Dictionary<string, (string Event, bool? Waiting)[]>
        {
            ["in flight"] = [(JournalEvents.Intent, null)],
            ["reserved"] = [(JournalEvents.Intent, true)],
            ["refused for now"] = [(JournalEvents.Intent, null), (JournalEvents.Refused, true)],
            ["accepted"] = [(JournalEvents.Intent, null), (JournalEvents.Accepted, null)],
            ["refused"] = [(JournalEvents.Intent, null), (JournalEvents.Refused, null)],
            ["not sent"] = [(JournalEvents.Intent, null), (JournalEvents.Unsent, null)],
            ["removed"] = [(JournalEvents.Intent, null), (JournalEvents.Accepted, null), (JournalEvents.Removed, null)],
        };
        foreach ((string id, (string Event, bool? Waiting)[] written) in events)
        {
            foreach ((string name, bool? waiting) in written) await AppendAsync(id, name, waiting);
        }

        foreach (JobStatusInfo state in JobStatusInfo.All)
        {
            await AppendAsync(state.Status, JournalEvents.Intent);
            await AppendAsync(state.Status, JournalEvents.Accepted);
            await AppendAsync(state.Status, JournalEvents.Status, status: state.Status);
        }

        string[] open = ["in flight", "reserved", "refused for now", "accepted",
            .. JobStatusInfo.All.Where(state => !state.HasEnded).Select(state => state.Status)];
        Assert.Equal(open.Order(StringComparer.Ordinal),
            Server.Ask<string[]>(database, "select array_agg(id order by id) from lumaps.open"));

        Task AppendAsync(string id, string name, bool? waiting = null, string? status = null) =>
            machine.Journal.Store.AppendAsync(new JournalLine { Event = name, Id = id, At = DateTime.UtcNow, Waiting = waiting,
                Status = status, Service = "https://service.example", JobId = name == JournalEvents.Accepted ? $"job {id}" : null });
    }

    [PostgresFact]
    public async Task A_line_that_commits_late_is_seen_by_whoever_looks_after_it_did()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "first", Prompt = "a" });

        // A row with a lower number than others that are visible already.
        using Npgsql.NpgsqlConnection late = Server.Open(pair.Database);
        using Npgsql.NpgsqlTransaction transaction = await late.BeginTransactionAsync();
        using var insert =
            new Npgsql.NpgsqlCommand(
                $$"""
                insert into lumaps.lines (writer, id, event, name_key, line) values
                (1, '0123456789abcdef', 'intent', 'LATE', '{"v":1,"event":"intent","id":"0123456789abcdef",
                "at":"2026-01-01T00:00:00Z","service":"{{Service(sandbox)}}","name":"late","prompt":"x"}'),
                (1, '0123456789abcdef', 'accepted', null, '{"v":1,"event":"accepted","id":"0123456789abcdef",
                "at":"2026-01-01T00:00:00Z","jobId":"late-job"}')
                """.ReplaceLineEndings(" "), late, transaction);
        await insert.ExecuteNonQueryAsync();
        await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "second", Prompt = "b" });
        Assert.Equal(["first", "second"], pair.B.Journal.Jobs(Service(sandbox)).Select(job => job.Name).Order());
        await transaction.CommitAsync();
        Assert.Equal(["first", "late", "second"], pair.B.Journal.Jobs(Service(sandbox)).Select(job => job.Name).Order());
        Assert.Equal("late-job", Assert.Single(pair.B.Journal.Named(Service(sandbox), "late")).JobId);
    }

    [PostgresFact]
    public async Task Text_that_a_database_does_not_take_is_written_and_found_all_the_same()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        string[] names = ["nul\0name", "half \ud800", new string('x', 5000), "quote ' \" \\ ; -- :p @p", "emoji 🎬"];
        foreach (string name in names)
        {
            SubmitResult made = await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = name, Prompt = $"of {name}" });
            SubmitResult known = await pair.B.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = name, Prompt = $"of {name}" });
            Assert.Equal(made.Job.JobId, known.Job.JobId);
        }

        Assert.Equal(names.Length, sandbox.SubmitCount);
    }

    [PostgresFact]
    public async Task Rows_that_cannot_be_read_are_skipped_and_counted_once()
    {
        using var pair = new Pair(Server);
        await using LumaSandbox sandbox = NewSandbox();
        await pair.A.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a" });
        Server.Execute(pair.Database,
            """insert into lumaps.lines (writer, id, event, line) values (1, 'x', 'intent', '{"v":3,"event":"intent","id":"x"}')""");
        for (int look = 0; look < 3; look++) Assert.Single(pair.B.Journal.Jobs(Service(sandbox)));
        Assert.Equal(1, pair.B.Journal.SkippedLines);
    }

    private static LumaSandbox NewSandbox() => LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0, RecordRequests = true });

    private static string Service(LumaSandbox sandbox) => CrashTests.Worker.Program.Connect(sandbox.ApiKey, sandbox.BaseUri).Service;

    private static async Task Until(Func<bool> holds)
    {
        long deadline = Environment.TickCount64 + 20_000;
        while (!holds())
        {
            Assert.True(Environment.TickCount64 < deadline, "It did not come to that.");
            await Task.Delay(10);
        }
    }

    private static async Task<T?> Eventually<T>(Func<Task<T?>> attempt)
        where T : class
    {
        T? result = null;
        long deadline = Environment.TickCount64 + 20_000;
        while ((result = await attempt()) is null && Environment.TickCount64 < deadline) await Task.Delay(10);
        return result;
    }

    private sealed class Pair : IDisposable
    {
        public Pair(PostgresServer server)
        {
            Database = server.NewDatabase();
            A = new Machine(server.Address(Database));
            B = new Machine(server.Address(Database));
        }

        public string Database { get; }

        public Machine A { get; }

        public Machine B { get; }

        public void Dispose()
        {
            A.Dispose();
            B.Dispose();
        }
    }
}
