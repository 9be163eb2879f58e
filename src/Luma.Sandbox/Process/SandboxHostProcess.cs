using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;

namespace Luma.Sandbox;

/// <summary>The main program of a process that keeps a sandbox, for <see cref="LumaSandboxProcess"/>.</summary>
public static class SandboxHostProcess
{
    /// <summary>What it says once the sandbox answers.</summary>
    internal const string Ready = "ready";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts the sandbox that it is told to by whoever began the process, and returns when that is told to stop.</summary>
    /// <param name="pipe">The pipe over which it is told, and says whether it has started.</param>
    public static void Run(string pipe)
    {
        using PosixSignalRegistration? hangUp = Ignore(PosixSignal.SIGHUP), interrupt = Ignore(PosixSignal.SIGINT),
            quit = Ignore(PosixSignal.SIGQUIT);
        if (!OperatingSystem.IsWindows()) _ = NewSession(); // Else the terminal that it was started in would take it along.
        RunAsync(pipe).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(string pipe)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var control = new SandboxControl(() => stopped.TrySetResult());
        LumaSandbox? sandbox = null;
        await using (
            var channel = new NamedPipeClientStream(".", pipe, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly))
        {
            await channel.ConnectAsync((int)_patience.TotalMilliseconds);
            using var reader = new StreamReader(channel, Encoding.UTF8, leaveOpen: true);
            string settings = await reader.ReadLineAsync().WaitAsync(_patience)
                ?? throw new EndOfStreamException("Nobody told the sandbox how to start.");
            string answer = Ready;
            try
            {
                sandbox = LumaSandbox.Start(OptionsOf(SandboxJson.ReadSettings(Encoding.UTF8.GetBytes(settings)), control));
            }
            catch (Exception exception) when (exception is IOException or ArgumentException)
            {
                answer = exception.Message;
            }

            await channel.WriteAsync(Encoding.UTF8.GetBytes(answer.ReplaceLineEndings(" ") + "\n"));
            await channel.FlushAsync();
        }

        if (sandbox is null) return;
        await stopped.Task;
        await sandbox.DisposeAsync();
    }

    private static LumaSandboxOptions OptionsOf(SandboxSettings settings, SandboxControl control) => new()
    {
        Port = settings.Port ?? 0,
        Instance = settings.Instance,
        ApiKey = settings.ApiKey,
        JobSeconds = settings.JobSeconds ?? 5,
        FailPercent = settings.FailPercent ?? 0,
        LatencyMilliseconds = settings.LatencyMilliseconds ?? 0,
        Strict = settings.Strict ?? false,
        Control = control.Answer,
    };

    private static PosixSignalRegistration? Ignore(PosixSignal signal)
    {
        try
        {
            return PosixSignalRegistration.Create(signal, context => context.Cancel = true);
        }
        catch (Exception exception) when (exception is IOException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "setsid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NewSession();
}
