using System.Runtime.InteropServices;
using System.Text.Json;
using Luma.Http;
using Luma.Postgres;

namespace Luma.CrashTests.Worker;

/// <summary>
/// A process that works with the journal, to be killed. Address and key are in the environment as users have them, the
/// journal's folder is LUMAPS_HOME, and the plan comes on the standard input. A second line there says "go" (where the
/// plan waits for it), a line "exit" ends the process immediately, the way a script's exit does. On Windows "INT", "TERM" and "HUP"
/// are what a console makes of Ctrl+C, of a system that shuts down and of its closing.
/// </summary>
public static class Program
{
    /// <summary>All jobs are where they should be.</summary>
    public const int Whole = 0;

    /// <summary>Some are not; the reports tell which.</summary>
    public const int NotWhole = 3;

    /// <summary>It was interrupted.</summary>
    public const int Interrupted = 130;

    /// <summary>A connection as the module makes it.</summary>
    public static LumaConnection Connect(string apiKey, Uri address) =>
        new(new LumaConnectionOptions { ApiKey = apiKey, BaseUri = address }, (handler, retries) => HttpPipeline.Create(handler, retries));

    private static async Task<int> Main()
    {
        Plan plan = JsonSerializer.Deserialize<Plan>((await Console.In.ReadLineAsync())!)!;
        LumaConnection connection = Connect(Environment.GetEnvironmentVariable("TTAPI_KEY")!, Address());
        Journal.Databases = PostgresConnections.Open;
        using var stopping = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            stopping.Cancel();
        });
        var go = new TaskCompletionSource();
        _ = Task.Run(() => Listen(go));
        new Report(Report.Ready).Write();
        if (plan.WaitForGo) await go.Task;

        using var batch = new Batch(plan, connection, Journal.OfUser());
        Task<int> run = batch.RunAsync(stopping.Token);
        var stopped = new TaskCompletionSource();
        using CancellationTokenRegistration stop = stopping.Token.Register(stopped.SetResult);
        if (await Task.WhenAny(run, stopped.Task) == run) return await run == 0 ? Whole : NotWhole;

        // Like a pipeline that is stopped: nobody waits for what has left.
        new Report(Report.Stopped).Write();
        return Interrupted;
    }

    private static Uri Address()
    {
        string address = Environment.GetEnvironmentVariable("TTAPI_BASE_URI")!;
        return address == SilentService.Address ? SilentService.Start() : new Uri(address);
    }

    private static void Listen(TaskCompletionSource go)
    {
        while (Console.In.ReadLine() is { } line)
        {
            if (line == "go") go.TrySetResult();
            if (line is "INT" or "TERM" or "HUP") ConsoleEvent.Raise(line);
            if (line != "exit") continue;
            new Report(Report.Stopped).Write();
            Environment.Exit(Interrupted);
        }
    }
}
