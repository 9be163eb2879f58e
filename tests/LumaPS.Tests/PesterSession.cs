using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Xunit.Abstractions;

namespace LumaPS.Tests;

/// <summary>
/// A PowerShell that runs Pester files one after the other: what PowerShell, Pester and the module cost when they are used
/// for the first time is most of what a file costs. A file that has failed leaves no process to the next.
/// </summary>
public sealed class PesterSession : IAsyncLifetime, IDisposable
{
    /// <summary>What <c>Invoke-PesterFiles.ps1</c> writes when a file is done.</summary>
    private const string Done = "---- done ----";

    // More where all is slower, as under Wine.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(
        int.TryParse(Environment.GetEnvironmentVariable("LUMAPS_TEST_MINUTES"), NumberStyles.None, CultureInfo.InvariantCulture,
            out int minutes) ? minutes : 3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("LumaPS.Tests-");
    private Process? _process;
    private StreamWriter? _files;
    private Channel<string> _output = Channel.CreateUnbounded<string>();

    /// <summary>Passes if Pester found tests in the file and none failed.</summary>
    public async Task RunAsync(string shell, string file, ITestOutputHelper output)
    {
        bool hasPassed = false;
        try
        {
            if (_process is null) await StartAsync(shell);
            await RunAsync(Path.Combine(Repository.PesterFolder, file), output);
            hasPassed = true;
        }
        finally
        {
            if (!hasPassed) await EndAsync();
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await EndAsync();
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something the tests started still has it open; it is in the system's folder for temporary files.
        }
    }

    public void Dispose()
    {
        _files?.Dispose();
        _process?.Dispose();
    }

    private async Task RunAsync(string path, ITestOutputHelper output)
    {
        DirectoryInfo folder = _folder.CreateSubdirectory(Guid.NewGuid().ToString("n"));
        string result = Path.Combine(folder.FullName, "result.json");
        string work = folder.CreateSubdirectory("work").FullName;
        await _files!.WriteLineAsync(JsonSerializer.Serialize(
            new { Path = path, ResultPath = result, WorkingDirectory = work, Home = Path.Combine(folder.FullName, "home") }));
        await _files.FlushAsync();

        var said = new StringBuilder();
        bool isDone = false;
        using var limit = new CancellationTokenSource(_limit);
        try
        {
            await foreach (string line in _output.Reader.ReadAllAsync(limit.Token))
            {
                isDone = line == Done;
                if (isDone) break;
                said.AppendLine(line);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{Path.GetFileName(path)} was not done after {_limit.TotalMinutes} minutes, and was killed.");
        }
        finally
        {
            output.WriteLine(said.ToString());
        }

        if (!isDone) Assert.Fail("PowerShell ended before the file was done.");
        if (!File.Exists(result)) Assert.Fail("There is no result.");
        Result told = JsonSerializer.Deserialize<Result>(await File.ReadAllTextAsync(result))!;
        if (told.Problems.Length > 0) Assert.Fail(string.Join("\n", told.Problems));
        if (told.Total == 0) Assert.Fail($"Pester found no test in {Path.GetFileName(path)}.");
    }

    private async Task StartAsync(string shell)
    {
        // A pipe of its own: what the tests start inherits the standard input.
        string name = "LumaPS.Tests-" + Guid.NewGuid().ToString("n");
        var pipe = new NamedPipeServerStream(name, PipeDirection.Out, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        ProcessStartInfo start =
            PowerShellHost.Find(shell)!.Start("-File", Path.Combine(Repository.PesterFolder, "Invoke-PesterFiles.ps1"), name);
        start.WorkingDirectory = _folder.FullName;
        start.Environment["LUMAPS_MODULE"] = Repository.ModuleFolder;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        _output = Channel.CreateUnbounded<string>();
        ChannelWriter<string> lines = _output.Writer;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) lines.TryComplete();
            else lines.TryWrite(line.Data);
        };
        _process.ErrorDataReceived += (_, line) => lines.TryWrite(line.Data ?? "");
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _files = new StreamWriter(pipe);
        using var limit = new CancellationTokenSource(_limit);
        Task connected = pipe.WaitForConnectionAsync(limit.Token);
        if (await Task.WhenAny(connected, _process.WaitForExitAsync(limit.Token)) == connected) await connected;
        else Assert.Fail($"PowerShell ended with exit code {_process.ExitCode} before it took a file.");
    }

    private async Task EndAsync()
    {
        if (_process is null) return;
        try
        {
            await _files!.DisposeAsync();
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // It has ended by itself, or never came.
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _process = null;
    }

    private sealed record Result(int Total, string[] Problems);
}
