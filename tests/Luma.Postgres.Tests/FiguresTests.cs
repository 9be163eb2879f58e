using System.Diagnostics;
using System.Globalization;
using Luma.CrashTests;
using Luma.CrashTests.Worker;
using Luma.Sandbox;
using Npgsql;

namespace Luma.Postgres.Tests;

/// <summary>
/// The figures of docs/scaling.md: LUMAPS_POSTGRES_LONG=1 measures them, with a server that flushes to its disk. What is
/// asserted is the work that is done, and never a time.
/// </summary>
public sealed class FiguresTests(ITestOutputHelper output)
{
    [LongPostgresFact]
    public async Task A_thousand_named_submits_in_files_and_in_the_database()
    {
        const int Names = 1000, Rounds = 3;
        await using PostgresServer server = await PostgresServer.StartAsync("fsync=on");
        var ratios = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            await using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0 });
            using var machine = new Machine(server.Address(server.NewDatabase()));
            double files = await SubmitAsync(sandbox, Journal.At(Path.Combine(machine.Folder, "journal")), Names);
            double database = await SubmitAsync(sandbox, machine.Journal, Names);
            Assert.Equal(2 * Names, sandbox.SubmitCount);
            if (round == 0) continue; // Warm.
            ratios.Add(database / files);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Names} named submits, 16 at a time: files {files:0.00} s, PostgreSQL {database:0.00} s, ratio {database / files:0.00}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median ratio {ratios.Order().ElementAt(ratios.Count / 2):0.00}"));
    }

    [LongPostgresFact]
    public async Task Submits_of_several_processes_near_the_database_and_far_from_it()
    {
        const int Names = 200;
        await using PostgresServer server = await PostgresServer.StartAsync("fsync=on");
        foreach (int milliseconds in new[] { 0, 30 })
        {
            await using var relay = new Relay(() => server.Port, TimeSpan.FromMilliseconds(milliseconds / 2.0));
            foreach (int processes in new[] { 1, 2, 4, 8 })
            {
                await using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0 });
                string database = server.NewDatabase(), address = server.Address(database, milliseconds == 0 ? null : relay.Port);
                Machine[] machines = [.. Enumerable.Range(0, processes).Select(_ => new Machine(address))];
                WorkerProcess[] workers = [.. machines.Select((machine, i) => WorkerProcess.Start(machine.Folder, address, sandbox, new Plan
                {
                    // One row first, so that start-up is not measured: it is over when that one is.
                    Items = [.. Enumerable.Range(1, Names).Select(shot => new PlanItem($"machine {i} shot {shot}", "a red car"))],
                    ThrottleLimit = 16,
                    WaitForGo = true,
                }))];
                foreach (WorkerProcess worker in workers) await worker.ReportAsync(report => report.Event == Report.Ready);
                foreach (WorkerProcess worker in workers) worker.Tell("go");
                foreach (WorkerProcess worker in workers) await worker.ReportAsync(report => report.Event == Report.Submitted);
                long start = Stopwatch.GetTimestamp();
                int before = sandbox.SubmitCount;
                foreach (WorkerProcess worker in workers) Assert.Equal(Program.Whole, await worker.EndedAsync());
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds, rate = (sandbox.SubmitCount - before) / seconds;
                Assert.Equal(processes * Names, sandbox.SubmitCount);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"round trip {milliseconds} ms, {processes} processes: {rate:0} submits/s, {1000 * 16 * processes / rate:0} ms each"));
                Array.ForEach(workers, worker => worker.Dispose());
                Array.ForEach(machines, machine => machine.Dispose());
            }
        }
    }

    [LongPostgresFact]
    public async Task A_million_jobs()
    {
        const int Jobs = 1_000_000;
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        await FillAsync(server, database, Jobs);
        using var machine = new Machine(server.Address(database));
        string[] names = [.. Enumerable.Range(0, 51).Select(i => $"shot-{1 + (i * 19_001)}")];
        foreach ((string what, Func<string, int> look) in new (string, Func<string, int>)[]
        {
            ("by name", name => machine.Journal.Named("api.ttapi.io", name).Count),
            ("by jobId", name => machine.Journal.Find("api.ttapi.io", $"job-{name[5..]}") is null ? 0 : 1),
            ("what is open", _ => machine.Journal.Jobs(new JournalQuery { Service = "api.ttapi.io", IsOpen = true }).Count - 100 + 1),
            ("the ten newest", _ => machine.Journal.Jobs(new JournalQuery { Service = "api.ttapi.io", Newest = 10 }).Count >= 10 ? 1 : 0),
        })
        {
            var times = new List<double>();
            foreach (string name in names)
            {
                long start = Stopwatch.GetTimestamp();
                Assert.Equal(1, look(name));
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Jobs} jobs, {what}: first {times[0]:0.0} ms, median {times.Order().ElementAt(25):0.0} ms, slowest " +
                $"{times.Skip(1).Max():0.0} ms"));
        }

        output.WriteLine($"{server.Ask<string>(database, "select pg_size_pretty(pg_database_size(current_database()))")}");
    }

    [PostgresFact]
    public async Task Look_ups_go_by_an_index_and_read_no_more_than_the_answer()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string database = server.NewDatabase();
        await FillAsync(server, database, 20_000);
        foreach (JournalQuery query in new JournalQuery[]
        {
            new() { NameKey = "SHOT-777" }, new() { JobId = "JOB-777" }, new() { Id = "0000000000000309" }, new() { IsOpen = true },
            new() { JobIdPrefix = "job-7777" },
            new() { NameKeyPrefix = "SHOT-7777" }, new() { SavedPath = "/videos/777.mp4" }, new() { Sha256 = "00FF" },
            new() { After = DateTime.UtcNow.AddDays(-1) },
        })
        {
            using NpgsqlConnection connection = server.Open(database);
            using NpgsqlCommand command = connection.CreateCommand();
            PostgresQuery.Add(command, query, null);
            command.CommandText = "explain " + command.CommandText;
            using NpgsqlDataReader reader = command.ExecuteReader();
            var plan = new List<string>();
            while (reader.Read()) plan.Add(reader.GetString(0));
            Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on lines", StringComparison.Ordinal));
        }
    }

    private static async Task<double> SubmitAsync(LumaSandbox sandbox, Journal journal, int names)
    {
        var submitter = new Submitter(Machine.Client(sandbox, journal), journal);
        using var places = new SemaphoreSlim(16);
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(1, names).Select(async shot =>
        {
            await places.WaitAsync();
            try
            {
                await Task.Run(() => submitter.SubmitAsync(new GenerationRequest { Name = $"shot {shot}", Prompt = "a red car" }));
            }
            finally
            {
                places.Release();
            }
        }));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Jobs that have ended, a hundred of them open, as the module would have written them.
    private static async Task FillAsync(PostgresServer server, string database, int jobs)
    {
        using (var machine = new Machine(server.Address(database))) (await machine.Journal.LockNameAsync("x", null, default)).Dispose();
        using NpgsqlConnection connection = server.Open(database);
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = $$"""
            insert into lumaps.lines (writer, id, event, service, name_key, job_key, submitted_at, line)
            select 1, lpad(to_hex(n), 16, '0'), e, case e when 'intent' then 'api.ttapi.io' end,
              case e when 'intent' then 'SHOT-' || n end, case e when 'accepted' then 'JOB-' || n end,
              case e when 'intent' then now() - make_interval(mins => {{jobs}} - n) - interval '2 days' end,
              case e
                when 'intent' then json_build_object('v', 1, 'event', e, 'id', lpad(to_hex(n), 16, '0'), 'at', '2026-01-01T00:00:00Z',
                  'service', 'api.ttapi.io', 'kind', 'Generation', 'name', 'shot-' || n,
                  'prompt', 'the prompt of shot ' || n || ', which is about as long as prompts are',
                  'submittedAt', to_char(now() at time zone 'utc' - make_interval(mins => {{jobs}} - n) - interval '2 days',
                    'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                when 'accepted' then json_build_object('v', 1, 'event', e, 'id', lpad(to_hex(n), 16, '0'), 'at', '2026-01-01T00:00:00Z',
                  'jobId', 'job-' || n)
                else json_build_object('v', 1, 'event', e, 'id', lpad(to_hex(n), 16, '0'), 'at', '2026-01-01T00:00:00Z',
                  'status', 'Succeeded', 'quota', 25) end
            from generate_series(1, {{jobs}}) n, unnest(array['intent', 'accepted', 'status']) e where e <> 'status' or n > 100;
            insert into lumaps.open select lpad(to_hex(n), 16, '0') from generate_series(1, 100) n;
            analyze lumaps.lines; analyze lumaps.open;
            """;
        await command.ExecuteNonQueryAsync();
    }
}
