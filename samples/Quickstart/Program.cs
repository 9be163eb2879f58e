using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using Luma;
using Luma.Http;
using Luma.Sandbox;

// Makes a video against the sandbox: with the module where there is a PowerShell to run it, else with the libraries it is made of.
string repository = Path.GetFullPath(typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Repository").Value!);
string script = Path.Combine(repository, "samples", "quickstart.ps1");
try
{
    string? version = PowerShellVersion();
    if (IsNewEnough(version))
    {
        Console.WriteLine($"With the module, in PowerShell {version} (samples/quickstart.ps1):");
        return Run("-File", script);
    }

    Console.WriteLine($"With the libraries behind the module, since {(version is null ? "there is no PowerShell (pwsh) on the PATH" : $"the PowerShell on the PATH is {version}")}; the module needs 7.4 or newer:");
    await MakeVideoAsync(Path.Combine(repository, "out", "quickstart", "quickstart-16_9.mp4"));
    return 0;
}
catch (Exception exception) when (exception is LumaException or IOException or UnauthorizedAccessException or InvalidOperationException)
{
    Console.Error.WriteLine($"The quick start failed: {exception.Message}");
    return 1;
}

static async Task MakeVideoAsync(string target)
{
    await using LumaSandbox sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 3 });
    var connection = new LumaConnection(new LumaConnectionOptions { ApiKey = sandbox.ApiKey, BaseUri = sandbox.BaseUri }, HttpPipeline.Create);
    var client = new LumaClient(connection);

    LumaJob job = await client.SubmitAsync(new GenerationRequest { Prompt = "a red car driving on a road", AspectRatio = "16:9" });
    var end = new TaskCompletionSource<JobWaitResult>();
    using var waiter = new JobWaiter(new JobWaiterOptions(), end.SetResult);
    waiter.Add(job, client);
    (job, LumaException? error) = await end.Task;
    if (error is not null) throw error;
    Console.WriteLine($"""
        JobId  : {job.JobId}
        Status : {job.Status}
        Prompt : {job.Prompt}
        Width  : {job.Width}
        Height : {job.Height}
        Quota  : {job.Quota}
        """);

    FileInfo file = await new VideoSaver(client).SaveAsync(job, target, overwrite: true);
    Console.WriteLine($"Saved {file.FullName} ({file.Length} bytes)");
}

static string? PowerShellVersion()
{
    try
    {
        using Process pwsh = Start(capture: true, "-Command", "[string]$PSVersionTable.PSVersion");
        string version = pwsh.StandardOutput.ReadToEnd().Trim();
        pwsh.WaitForExit();
        return pwsh.ExitCode == 0 ? version : throw new InvalidOperationException($"pwsh is on the PATH and ends with exit code {pwsh.ExitCode}.");
    }
    catch (Win32Exception)
    {
        return null; // There is none.
    }
}

static bool IsNewEnough(string? version) => Version.TryParse(version?.Split('-')[0], out Version? parsed) && parsed >= new Version(7, 4);

static int Run(params string[] arguments)
{
    using Process pwsh = Start(capture: false, arguments);
    pwsh.WaitForExit();
    return pwsh.ExitCode;
}

static Process Start(bool capture, params string[] arguments) =>
    Process.Start(new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", .. arguments]) { RedirectStandardOutput = capture })!;
