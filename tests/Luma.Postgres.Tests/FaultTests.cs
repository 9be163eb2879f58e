using Luma.CrashTests;
using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.Postgres.Tests;

/// <summary>What happens to money and jobs when the database does what databases do.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(20);

    [PostgresFact]
    public async Task Without_the_server_nothing_is_sent()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string address = server.Address(server.NewDatabase());
        await server.StopAsync();
        using var machine = new Machine(address);
        await using LumaSandbox sandbox = NewSandbox();
        foreach (string? name in new[] { "one", null })
        {
            LumaException away = await Assert.ThrowsAsync<LumaException>(
                () => machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = name, Prompt = "a red car" }));
            Assert.Equal(LumaErrorId.LumaJournalError, away.ErrorId);
            ShowsNoPassword(away);
        }

        Assert.Equal(0, sandbox.SubmitCount);

        // It is there at the next attempt, and so is everything else.
        await server.StartAgainAsync();
        Assert.Null((await machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" })).Problem);
        Assert.Single(machine.Journal.Jobs(Service(sandbox)));
    }

    [PostgresFact]
    public async Task A_submit_that_has_left_when_the_server_goes_away_gives_its_job_and_the_line_is_delivered_when_the_server_is_back()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using var machine = new Machine(server.Address(server.NewDatabase()));
        await using LumaSandbox sandbox = NewSandbox();
        SubmitResult result = await SubmitWhileTheServerGoesAsync(server, machine, sandbox);

        Assert.Equal(sandbox.Jobs[0].JobId, result.Job.JobId);
        Assert.Equal(LumaErrorId.LumaJournalError, result.Problem!.ErrorId);
        Assert.Equal(result.Job.JobId, result.Problem.JobId);
        Assert.Contains(result.Job.JobId!, result.Problem.Message, StringComparison.Ordinal);
        Assert.Contains("delivered from there when the server is back", result.Problem.Message, StringComparison.Ordinal);
        ShowsNoPassword(result.Problem);
        Assert.Contains(machine.KeptLines, line => line.Contains(result.Job.JobId!, StringComparison.Ordinal));

        await server.StartAgainAsync();
        using var other = new Machine(machine.Address);
        await UntilAsync(() => other.Journal.Jobs(Service(sandbox)).Any(job => job.JobId == result.Job.JobId));
        await UntilAsync(() => machine.KeptLines.Length == 0);
        Assert.Equal(1, sandbox.SubmitCount);
    }

    [PostgresFact]
    public async Task Lines_that_a_process_has_kept_when_it_ended_are_delivered_by_the_next_one_on_its_machine()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using LumaSandbox sandbox = NewSandbox();
        string database = server.NewDatabase();
        using var machine = new Machine(server.Address(database));
        var answer = new TaskCompletionSource();
        sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answer.Task));
        Task arrived = sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations);
        using (WorkerProcess worker = Worker(machine, sandbox, new Plan { Items = [new PlanItem("one", "a red car")] }))
        {
            await arrived;
            await server.StopAsync();
            answer.SetResult();

            // Its line is on the disk long before it gives the server up, and then it is killed.
            await UntilAsync(() => machine.KeptLines.Length > 0);
            await worker.KillAsync();
        }

        await server.StartAgainAsync();
        Assert.Contains(sandbox.Jobs[0].JobId, Assert.Single(machine.KeptLines), StringComparison.Ordinal);
        using WorkerProcess next = Worker(machine, sandbox, new Plan { Items = [new PlanItem("one", "a red car")] });
        Assert.True(await next.EndedAsync() == Program.Whole, await next.DescribeAsync());
        Assert.Empty(machine.KeptLines);
        Assert.Equal(1, sandbox.SubmitCount);
        Assert.Equal(sandbox.Jobs[0].JobId, Assert.Single(machine.Journal.Jobs(Service(sandbox))).JobId);

        // As lines of the process that wrote them: what that one had reserved must not look alive.
        Assert.Equal(1L, server.Ask<long>(database,
            "select count(distinct writer) from lumaps.lines where event in ('intent', 'accepted')"));
    }

    [PostgresFact]
    public async Task A_server_that_is_killed_in_the_middle_of_a_batch_and_started_again_costs_no_job()
    {
        const int Names = 60;
        await using PostgresServer server = await PostgresServer.StartAsync();
        using var machine = new Machine(server.Address(server.NewDatabase()), _long);
        await using LumaSandbox sandbox = NewSandbox();
        sandbox.LatencyMilliseconds = 20;
        Task<List<SubmitResult>> batch = SubmitAsync(machine.Submitter(sandbox), Names, 8);
        for (int kill = 1; kill <= 2; kill++)
        {
            await UntilAsync(() => sandbox.SubmitCount >= kill * 15);
            await server.KillAsync();
            await server.StartAgainAsync();
        }

        List<SubmitResult> results = await batch;
        Assert.All(results, result => Assert.Null(result.Problem));
        Assert.Equal(Names, sandbox.SubmitCount);
        Assert.Equal(
            sandbox.Jobs.Select(job => job.JobId).Order(), machine.Journal.Jobs(Service(sandbox)).Select(job => job.JobId!).Order());
        await UntilAsync(() => machine.KeptLines.Length == 0);
    }

    [PostgresFact]
    public async Task A_connection_that_is_cut_between_any_two_answers_of_the_server_costs_no_job()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        await using var relay = new Relay(() => server.Port);
        await using LumaSandbox sandbox = NewSandbox();
        using var other = new Machine(server.Address(database));
        int cuts = 0;
        for (int cut = 1; cut <= 14; cut++)
        {
            // A process of its own each time: the session's first answers are among those that do not come.
            using var machine = new Machine(server.Address(database, relay.Port), _long);
            int from = relay.Answers, at = cut, before = sandbox.SubmitCount;
            string name = $"shot {cut}";
            relay.CutAt(answer =>
            {
                if (answer != from + at) return false;
                cuts++;
                return true;
            });
            SubmitResult result =
                await RetryAsync(() => machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = name, Prompt = "a red car" }));
            Assert.Null(result.Problem);
            Assert.Equal(before + 1, sandbox.SubmitCount);
            relay.CutAt(null);
            Assert.Equal(result.Job.JobId, Assert.Single(other.Journal.Named(Service(sandbox), name), record => record.IsJob).JobId);
        }

        Assert.InRange(cuts, 8, 14);
    }

    [PostgresFact]
    public async Task A_network_that_falls_silent_after_a_submit_left_gives_the_job_and_keeps_the_line()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        await using var relay = new Relay(() => server.Port);
        using var machine = new Machine(server.Address(database, relay.Port) + "&connect_timeout=5", TimeSpan.FromSeconds(1));
        await using LumaSandbox sandbox = NewSandbox();
        var answer = new TaskCompletionSource();
        sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answer.Task));
        Task arrived = sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations);
        Task<SubmitResult> submit = machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" });
        await await Task.WhenAny(arrived, submit); // A submit that fails first says why.
        relay.FallSilent();
        answer.SetResult();

        // The line is safe while it is still waited for.
        await UntilAsync(() => machine.KeptLines.Length > 0);
        Assert.False(submit.IsCompleted);
        relay.Cut();
        SubmitResult result = await submit;
        Assert.Equal(sandbox.Jobs[0].JobId, result.Job.JobId);
        Assert.Equal(LumaErrorId.LumaJournalError, result.Problem!.ErrorId);

        relay.Speak();
        using var other = new Machine(server.Address(database));
        await UntilAsync(() => other.Journal.Jobs(Service(sandbox)).Any(job => job.JobId == result.Job.JobId));
    }

    [PostgresFact]
    public async Task Of_several_servers_the_next_one_is_taken_when_one_is_gone()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        await using var first = new Relay(() => server.Port);
        await using var second = new Relay(() => server.Port);
        string address =
            $"postgresql://{PostgresServer.User}:{Uri.EscapeDataString(PostgresServer.Password)}" +
            $"@127.0.0.1:{first.Port},127.0.0.1:{second.Port}/{database}?sslmode=disable";
        using var machine = new Machine(address, _long);
        await using LumaSandbox sandbox = NewSandbox();
        sandbox.LatencyMilliseconds = 20;
        Task<List<SubmitResult>> batch = SubmitAsync(machine.Submitter(sandbox), 40, 8);
        await UntilAsync(() => sandbox.SubmitCount >= 10);
        Assert.Equal(0, second.Connections);
        await first.DisposeAsync();

        Assert.All(await batch, result => Assert.Null(result.Problem));
        Assert.True(second.Connections > 0);
        Assert.Equal(40, sandbox.SubmitCount);
        Assert.Equal(40, machine.Journal.Jobs(Service(sandbox)).Count);
    }

    [PostgresFact]
    public async Task A_standby_that_is_named_first_is_skipped_for_the_primary()
    {
        await using PostgresServer standby = await PostgresServer.StartAsync(), primary = await PostgresServer.StartAsync();
        await standby.StopAsync();
        File.WriteAllText(Path.Combine(standby.Folder, "data", "standby.signal"), "");
        await standby.StartAgainAsync();
        string address = $"postgresql://{PostgresServer.User}:{Uri.EscapeDataString(PostgresServer.Password)}" +
            $"@127.0.0.1:{standby.Port},127.0.0.1:{primary.Port}/postgres?sslmode=disable";
        using var machine = new Machine(address);
        await using LumaSandbox sandbox = NewSandbox();
        Assert.Null((await machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" })).Problem);
        Assert.Single(machine.Journal.Jobs(Service(sandbox)));
        Assert.True(primary.Ask<long>("postgres", "select count(*) from lumaps.lines") > 0);
    }

    [PostgresFact]
    public async Task A_server_that_takes_no_writes_is_said_to_be_one()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        using var before = new Machine(server.Address(database));
        await using LumaSandbox sandbox = NewSandbox();
        await before.Submitter(sandbox).SubmitAsync(new GenerationRequest { Prompt = "a red car" });
        server.Execute("postgres", $"alter database {database} set default_transaction_read_only = on");
        using var machine = new Machine(server.Address(database), TimeSpan.Zero);
        LumaException standby = await Assert.ThrowsAsync<LumaException>(
            () => machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" }));
        Assert.Contains("a standby or read-only", standby.Message, StringComparison.Ordinal);
        Assert.Equal(1, sandbox.SubmitCount);
    }

    [PostgresFact]
    public async Task A_wrong_password_is_said_to_be_one_and_not_shown()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string address = server.Address(server.NewDatabase())
            .Replace(Uri.EscapeDataString(PostgresServer.Password), "wrong-and-secret", StringComparison.Ordinal);
        using var machine = new Machine(address);
        await using LumaSandbox sandbox = NewSandbox();
        LumaException wrong = await Assert.ThrowsAsync<LumaException>(
            () => machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" }));
        Assert.Equal(LumaErrorId.LumaJournalError, wrong.ErrorId);
        Assert.Contains("does not accept this user or its password", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-and-secret", wrong.ToString() + wrong.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("does not accept", Assert.Throws<LumaException>(() => machine.Journal.Jobs("s")).Message, StringComparison.Ordinal);
        Assert.Equal(0, sandbox.SubmitCount);
    }

    [PostgresFact]
    public async Task A_user_without_the_rights_is_told_so_and_the_documented_ones_are_enough()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        server.Execute(database,
            $"revoke create on database {database} from public; create role runner login password " +
            $"'{PostgresServer.Password.Replace("'", "''", StringComparison.Ordinal)}'");
        using var runner = new Machine(server.Address(database, user: "runner"));
        await using LumaSandbox sandbox = NewSandbox();
        async Task<LumaException> RefusedAsync()
        {
            LumaException refused = await Assert.ThrowsAsync<LumaException>(
                () => runner.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" }));
            Assert.Equal(0, sandbox.SubmitCount);
            return refused;
        }

        // It may make no tables, and once they are there it may use none.
        Assert.Contains("does not have the rights", (await RefusedAsync()).Message, StringComparison.Ordinal);
        using (var owner = new Machine(server.Address(database))) (await owner.Journal.LockNameAsync("x", null, default)).Dispose();
        Assert.Contains("does not have the rights", (await RefusedAsync()).Message, StringComparison.Ordinal);

        server.Execute(database, Documented("grant ").Replace("luma_runners", "runner", StringComparison.Ordinal));
        Assert.Null((await runner.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" })).Problem);
        LumaJob job = Assert.Single(runner.Journal.Jobs(Service(sandbox)));
        await runner.Journal.StatusAsync(job with { Status = LumaJobStatus.Succeeded });
        await runner.Journal.RemoveAsync(job.Id!);
        Assert.Empty(runner.Journal.Jobs(Service(sandbox)));
    }

    [PostgresFact]
    public async Task A_database_of_a_newer_version_is_neither_written_nor_read()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        await using LumaSandbox sandbox = NewSandbox();
        using (var today = new Machine(server.Address(database)))
        {
            await today.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a" });
        }

        server.Execute(database, "update lumaps.version set version = 2");
        using var machine = new Machine(server.Address(database));
        LumaException newer = await Assert.ThrowsAsync<LumaException>(
            () => machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "two", Prompt = "b" }));
        Assert.Contains("a newer version of LumaPS", newer.Message, StringComparison.Ordinal);
        Assert.Contains("Update", newer.RecommendedAction, StringComparison.Ordinal);
        Assert.Throws<LumaException>(() => machine.Journal.Jobs(Service(sandbox)));
        Assert.Equal(1, sandbox.SubmitCount);
    }

    [PostgresFact]
    public async Task A_database_that_cannot_hold_every_text_is_refused()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        server.Execute("postgres", "create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'");
        using var machine = new Machine(server.Address("latin"));
        LumaException unfit = await Assert.ThrowsAsync<LumaException>(() => machine.Journal.LockNameAsync("x", null, default));
        Assert.Contains("LATIN1", unfit.Message, StringComparison.Ordinal);
    }

    [MountedPostgresFact]
    public async Task A_full_disk_at_the_server_sends_nothing_and_loses_nothing_that_was_sent()
    {
        using var disk = new SmallDisk(megabytes: 12);
        await using PostgresServer server = await PostgresServer.StartAsync();
        server.Execute("postgres", $"create tablespace small location '{disk.Folder}'");
        server.Execute("postgres", "create database journal tablespace small");
        using var machine = new Machine(server.Address("journal"));
        await using LumaSandbox sandbox = NewSandbox();
        var answer = new TaskCompletionSource();
        sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answer.Task));
        Task arrived = sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations);
        Task<SubmitResult> left = machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "left", Prompt = "a red car" });
        await await Task.WhenAny(arrived, left);

        // All the room there is, up to the last page of the journal's own tables.
        disk.Fill();
        Assert.ThrowsAny<Npgsql.PostgresException>(() => server.Execute("journal",
            "insert into lumaps.lines (writer, id, event, line) select 1, 'filler', 'x', to_json(repeat(md5(n::text), 40)) from " +
            "generate_series(1, 100000) n"));
        LumaException full = await RefusedUntilFullAsync(machine, sandbox);
        Assert.Contains("disk is full", full.Message, StringComparison.Ordinal);
        int sent = sandbox.SubmitCount;
        answer.SetResult();
        SubmitResult result = await left;
        Assert.Equal(sandbox.Jobs.Count, sent); // What was refused was not sent.
        Assert.NotNull(result.Job.JobId);

        disk.Empty();
        await UntilAsync(() => machine.Journal.Jobs(Service(sandbox)).Any(job => job.JobId == result.Job.JobId));
        Assert.Equal(sandbox.Jobs.Select(job => job.JobId).Order(),
            machine.Journal.Jobs(Service(sandbox)).Where(job => job.JobId is not null).Select(job => job.JobId!).Order());
    }

    [NetworkPostgresFact]
    public async Task A_machine_that_vanishes_without_closing_is_noticed_and_what_it_had_open_is_unconfirmed()
    {
        await using var network = await PulledCable.CreateAsync();
        await using PostgresServer server = await PostgresServer.StartAsync($"listen_addresses=127.0.0.1,{PulledCable.ServerAddress}");
        server.Trust(PulledCable.ClientAddress);
        string database = server.NewDatabase();
        using var here = new Machine(server.Address(database));
        using var there = new Machine(server.Address(database).Replace("127.0.0.1", PulledCable.ServerAddress, StringComparison.Ordinal));
        await using LumaSandbox sandbox = NewSandbox();
        using WorkerProcess worker = WorkerProcess.Start(there.Folder, sandbox, new Plan { Items = [new PlanItem("one", "a red car")] },
            [.. network.Enter, "env", $"LUMAPS_JOURNAL={there.Address}", "TTAPI_BASE_URI=silent:"]);
        await worker.ReportAsync(report => report.Event == Report.Sent);
        Assert.Equal(LumaJobStatus.Pending, Assert.Single(here.Journal.JobsOfAllServices()).Status);

        network.Pull();
        await UntilAsync(() => here.Journal.JobsOfAllServices()[0].Status == LumaJobStatus.Unconfirmed, seconds: 60);
        await worker.KillTreeAsync();
    }

    private static WorkerProcess Worker(Machine machine, LumaSandbox sandbox, Plan plan) =>
        WorkerProcess.Start(machine.Folder, machine.Address, sandbox, plan);

    private static LumaSandbox NewSandbox() => LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0, RecordRequests = true });

    private static string Service(LumaSandbox sandbox) => Program.Connect(sandbox.ApiKey, sandbox.BaseUri).Service;

    private static void ShowsNoPassword(LumaException exception)
    {
        string text = exception + exception.RecommendedAction;
        Assert.DoesNotContain(PostgresServer.Password, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.EscapeDataString(PostgresServer.Password), text, StringComparison.Ordinal);
    }

    // What docs/scaling.md tells an administrator to run.
    private static string Documented(string begin)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "LumaPS.sln"))) folder = Path.GetDirectoryName(folder);
        string[] lines = [.. File.ReadAllLines(Path.Combine(folder!, "docs", "scaling.md"))
            .Where(line => line.StartsWith(begin, StringComparison.Ordinal))];
        Assert.NotEmpty(lines);
        return string.Join('\n', lines);
    }

    private static async Task<SubmitResult> SubmitWhileTheServerGoesAsync(PostgresServer server, Machine machine, LumaSandbox sandbox)
    {
        var answer = new TaskCompletionSource();
        sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answer.Task));
        Task arrived = sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations);
        Task<SubmitResult> submit = machine.Submitter(sandbox).SubmitAsync(new GenerationRequest { Name = "one", Prompt = "a red car" });
        await await Task.WhenAny(arrived, submit); // A submit that fails first says why.
        await server.StopAsync();
        answer.SetResult();
        return await submit;
    }

    private static async Task<List<SubmitResult>> SubmitAsync(Submitter submitter, int names, int atATime)
    {
        using var places = new SemaphoreSlim(atATime);
        SubmitResult[] results = await Task.WhenAll(Enumerable.Range(1, names).Select(async shot =>
        {
            await places.WaitAsync();
            try
            {
                return await Task.Run(
                    () => submitter.SubmitAsync(new GenerationRequest { Name = $"shot {shot}", Prompt = $"shot {shot}" }));
            }
            finally
            {
                places.Release();
            }
        }));
        return [.. results];
    }

    // As a user does who runs it again.
    private static async Task<SubmitResult> RetryAsync(Func<Task<SubmitResult>> submit)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await submit();
            }
            catch (LumaException exception) when (exception.ErrorId == LumaErrorId.LumaJournalError && attempt < 4)
            {
            }
        }
    }

    private static async Task<LumaException> RefusedUntilFullAsync(Machine machine, LumaSandbox sandbox)
    {
        for (int attempt = 1; attempt < 200; attempt++)
        {
            try
            {
                await machine.Submitter(sandbox)
                    .SubmitAsync(new GenerationRequest { Name = $"more {attempt}", Prompt = new string('x', 4000) });
            }
            catch (LumaException exception)
            {
                return exception;
            }
        }

        throw new InvalidOperationException("The disk did not fill up.");
    }

    private static async Task UntilAsync(Func<bool> holds, int seconds = 30)
    {
        long deadline = Environment.TickCount64 + (seconds * 1000L);
        while (!holds())
        {
            Assert.True(Environment.TickCount64 < deadline, "It did not come to that.");
            await Task.Delay(10);
        }
    }
}
