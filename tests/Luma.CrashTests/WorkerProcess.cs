using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.CrashTests;

/// <summary>A worker that runs, what it has told, and the ways to end it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const uint QueryEndSession = 0x0011;
    private const uint EndSession = 0x0016;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    /// <summary>Where the .NET that runs this is installed.</summary>
    private static readonly string _dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    /// <summary>
    /// The command that starts the worker; on Windows its own program, so that killing it leaves nothing between the two.
    /// </summary>
    private static readonly string[] _command = OperatingSystem.IsWindows()
        ? [Path.ChangeExtension(typeof(Plan).Assembly.Location, ".exe")]
        : [Path.Combine(_dotnet, "dotnet"), typeof(Plan).Assembly.Location];

    private readonly Process _process;
    private readonly object _lock = new();
    private readonly List<Report> _reports = [];
    private readonly List<(Func<Report, bool> Match, TaskCompletionSource<Report> Found)> _waiters = [];
    private readonly Task<string> _errors;
    private readonly Task _output;

    private WorkerProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _output = Task.Run(ReadAsync);
    }

    /// <summary>Its process's number.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Ends with the process.</summary>
    public Task Exited => _process.WaitForExitAsync();

    /// <summary>What it has told so far.</summary>
    public IReadOnlyList<Report> Reports
    {
        get { lock (_lock) return _reports.ToArray(); }
    }

    /// <summary>Starts a worker.</summary>
    /// <param name="home">Its LUMAPS_HOME.</param>
    /// <param name="sandbox">Its service.</param>
    /// <param name="plan">What it is to do.</param>
    /// <param name="under">A program to run it under, with its arguments.</param>
    public static WorkerProcess Start(string home, LumaSandbox sandbox, Plan plan, params string[] under) =>
        Start(home, null, sandbox, plan, under);

    /// <summary>Starts a worker.</summary>
    /// <param name="home">Its LUMAPS_HOME.</param>
    /// <param name="journal">Its LUMAPS_JOURNAL; null: that of this process.</param>
    /// <param name="sandbox">Its service.</param>
    /// <param name="plan">What it is to do.</param>
    /// <param name="under">A program to run it under, with its arguments.</param>
    public static WorkerProcess Start(string home, string? journal, LumaSandbox sandbox, Plan plan, params string[] under)
    {
        string[] command = [.. under, .. _command];
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["LUMAPS_HOME"] = home,
                ["TTAPI_KEY"] = sandbox.ApiKey,
                ["TTAPI_BASE_URI"] = sandbox.BaseUri.AbsoluteUri,
                ["DOTNET_EnableDiagnostics"] = "0",
                ["DOTNET_ROOT"] = _dotnet,
            },
        };
        if (journal is not null) start.Environment["LUMAPS_JOURNAL"] = journal;
        foreach (string argument in command.Skip(1)) start.ArgumentList.Add(argument);
        var worker = new WorkerProcess(Process.Start(start)!);
        worker.Tell(JsonSerializer.Serialize(plan));
        return worker;
    }

    /// <summary>Writes a line to its standard input.</summary>
    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>SIGKILL: it gets no chance to do anything.</summary>
    /// <returns>Whether it was still there to be killed.</returns>
    public async Task<bool> KillAsync()
    {
        if (_process.HasExited) return false;
        _process.Kill();
        await EndedAsync();
        return _process.ExitCode is not (Worker.Program.Whole or Worker.Program.NotWhole);
    }

    /// <summary>Kills what it runs under, too.</summary>
    public async Task KillTreeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await EndedAsync();
    }

    /// <summary>
    /// Sends a signal: INT as Ctrl+C does, TERM as a system that shuts down, HUP as a terminal that is closed. On Windows these
    /// are a console's events, and only a process itself can raise them all.
    /// </summary>
    public async Task SignalAsync(string signal)
    {
        if (OperatingSystem.IsWindows())
        {
            Tell(signal);
            return;
        }

        using Process kill = Process.Start("sh", ["-c", $"kill -{signal} {_process.Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Tells it that the user logs off, as Windows tells each window.</summary>
    /// <returns>Once it has heard of it; what ends when it has done what it had to.</returns>
    public async Task<Task> LogOffAsync()
    {
        long deadline = Environment.TickCount64 + (long)_limit.TotalMilliseconds;
        nint window;
        while ((window = FindWindow("LumaPS.SessionEnd", _process.Id.ToString(CultureInfo.InvariantCulture))) == 0)
        {
            Assert.True(Environment.TickCount64 < deadline, "It has no window that could be told.");
            await Task.Delay(20);
        }

        Assert.Equal(1, SendMessage(window, QueryEndSession, 0, 0));
        return Task.Run(() => SendMessage(window, EndSession, 1, 0));
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(_limit);
        await _output;
        return _process.ExitCode;
    }

    /// <summary>The first report that matches, of those that came and those to come; an error if it ends without.</summary>
    public async Task<Report> ReportAsync(Func<Report, bool> match)
    {
        var found = new TaskCompletionSource<Report>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_reports.Find(report => match(report)) is { } known) return known;
            _waiters.Add((match, found));
        }

        if (await Task.WhenAny(found.Task, _output).WaitAsync(_limit) == found.Task || found.Task.IsCompleted) return await found.Task;
        throw new InvalidOperationException($"The worker ended before that. {await DescribeAsync()}");
    }

    /// <summary>What it has told, for a test's message.</summary>
    public async Task<string> DescribeAsync()
    {
        string errors = _process.HasExited ? await _errors : "";
        return string.Join(Environment.NewLine, [.. Reports.Select(report => report.ToString()), errors]);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    [DllImport("user32.dll", EntryPoint = "FindWindowW", CharSet = CharSet.Unicode)]
    private static extern nint FindWindow(string windowClass, string title);

    [DllImport("user32.dll", EntryPoint = "SendMessageW")]
    private static extern nint SendMessage(nint window, uint message, nint parameter, nint details);

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Report.Read(line) is not { } report) continue;
            lock (_lock)
            {
                _reports.Add(report);
                foreach ((Func<Report, bool> match, TaskCompletionSource<Report> found) in _waiters)
                {
                    if (match(report)) found.TrySetResult(report);
                }
            }
        }
    }
}
