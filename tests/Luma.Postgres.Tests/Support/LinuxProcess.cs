using System.Diagnostics;
using System.Text;

namespace Luma.Postgres.Tests;

/// <summary>A program that runs on <see cref="Linux"/> beside the tests.</summary>
internal sealed class LinuxProcess : IDisposable
{
    private readonly StringBuilder _said = new();
    private readonly Process? _process;
    private readonly string _log;
    private readonly string _over;

    private LinuxProcess(string folder, string[] command)
    {
        _log = $"{folder}/{Guid.NewGuid():n}.log";
        _over = _log + ".over";
        if (Linux.IsAroundWine)
        {
            Linux.StartAroundWine("""cd "${0%/*}"; exec >"$0" 2>&1; "$@"; : >"$0.over" """, [_log, .. command]);
            return;
        }

        var start = new ProcessStartInfo(command[0], command[1..])
            { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public bool HasExited => _process?.HasExited ?? File.Exists(Linux.Open(_over));

    /// <summary>What it has said so far.</summary>
    public string Output
    {
        get
        {
            if (_process is null) return File.ReadAllText(Linux.Open(_log));
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts a command in a folder.</summary>
    public static LinuxProcess Start(string folder, string[] command) => new(folder, command);

    public async Task WaitForExitAsync()
    {
        if (_process is not null) await _process.WaitForExitAsync();
        while (!HasExited) await Task.Delay(5);
    }

    public void Dispose() => _process?.Dispose();

    private void Note(string? line)
    {
        lock (_said) _said.AppendLine(line);
    }
}
