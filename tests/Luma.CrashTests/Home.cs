using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Text.Json;
using Luma.Sandbox;

namespace Luma.CrashTests;

/// <summary>A user's folder with a journal and videos, the service, and what must be true of both.</summary>
internal sealed class Home : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lumaps-crash-").FullName;
    private readonly HashSet<string> _everRecorded = [];

    public Home(double jobSeconds = 0)
    {
        Sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = jobSeconds, RecordRequests = true });
        Connection = Worker.Program.Connect(Sandbox.ApiKey, Sandbox.BaseUri);
        Directory.CreateDirectory(Videos);
        Directory.CreateDirectory(JournalFolder);
    }

    public LumaSandbox Sandbox { get; }

    public LumaConnection Connection { get; }

    /// <summary>LUMAPS_HOME.</summary>
    public string Path => _folder;

    public string JournalFolder => System.IO.Path.Combine(_folder, "journal");

    /// <summary>The journal's segments.</summary>
    public string[] Segments => Directory.GetFiles(JournalFolder, "*.jsonl");

    /// <summary>What compactions have begun to write and not named.</summary>
    public string[] UnfinishedCompactions => Directory.GetFiles(JournalFolder, "*.tmp");

    public string Videos => System.IO.Path.Combine(_folder, "videos");

    /// <summary>The journal through the library: one reader that lives through everything, compactions too.</summary>
    public Journal Journal => Journal.At(JournalFolder);

    public IReadOnlyList<LumaJob> Jobs => Journal.Jobs(Connection.Service);

    /// <summary>What the service made of a prompt.</summary>
    public IReadOnlyList<SandboxJob> Made(string prompt) => [.. Sandbox.Jobs.Where(job => job.Fields["userPrompt"].GetString() == prompt)];

    /// <summary>Whether there is a video of a name.</summary>
    public bool IsSaved(string name) => Directory.EnumerateFiles(Videos, name + "-*.mp4").Any();

    /// <summary>Waits until the service has read all that dead clients have left in its sockets.</summary>
    public async Task QuietAsync()
    {
        int[] ports = [Sandbox.Port, Sandbox.VideoBaseUri.Port];
        long deadline = Environment.TickCount64 + 120_000;
        while (IsConnected(ports))
        {
            Assert.True(Environment.TickCount64 < deadline, "The sandbox still has connections of a process that is gone.");
            await Task.Delay(2);
        }
    }

    private static bool IsConnected(int[] ports)
    {
        try
        {
            return IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
                .Any(one => ports.Contains(one.LocalEndPoint.Port) && one.State is not TcpState.TimeWait);
        }
        catch (NetworkInformationException)
        {
            return true; // Wine's table has no room for a connection that is made while it is read.
        }
    }

    /// <summary>
    /// Writes records of earlier days into the journal, as dead processes leave them, so that there is much to put together.
    /// </summary>
    public void AddEarlierSegments(int segments, int records)
    {
        for (int segment = 0; segment < segments; segment++)
        {
            var lines = new List<string>();
            for (int record = 0; record < records; record++)
            {
                string id = Random.Shared.NextInt64().ToString("x16", null), jobId = Guid.NewGuid().ToString();
                lines.Add(
                    $$"""{"v":1,"event":"intent","id":"{{id}}","at":"2026-01-01T00:00:00Z","service":""" +
                    $$"""{{JsonSerializer.Serialize(Connection.Service)}},"kind":"Generation","name":"old-{{id}}",""" +
                    """ "prompt":"of an earlier day","submittedAt":"2026-01-01T00:00:00Z"}""");
                lines.Add(
                    $$"""{"v":1,"event":"accepted","id":"{{id}}","at":"2026-01-01T00:00:01Z",""" +
                    $$""" "jobId":"{{jobId}}","submittedAt":"2026-01-01T00:00:00Z"}""");
                lines.Add($$"""{"v":1,"event":"status","id":"{{id}}","at":"2026-01-01T00:01:00Z","status":"Succeeded","quota":25}""");
                _everRecorded.Add(jobId);
            }

            AddEarlierSegment(lines);
        }
    }

    /// <summary>Writes a segment as a dead process leaves it.</summary>
    public void AddEarlierSegment(IEnumerable<string> lines)
    {
        string path = System.IO.Path.Combine(JournalFolder, "old" + Guid.NewGuid().ToString("N")[..5]);
        File.WriteAllText(path + ".lock", "");
        File.WriteAllText(path + ".tmp-of-the-test", string.Join('\n', lines) + "\n");
        File.Move(path + ".tmp-of-the-test", path + ".jsonl");
    }

    /// <summary>What holds at any moment at which no worker lives, however the last one ended.</summary>
    public JournalText Check()
    {
        JournalText text = JournalText.Read(JournalFolder);
        List<JournalText.Entry> entries = [.. text.Jobs];
        Dictionary<string, JournalText.Entry> byJobId = entries.Where(entry => entry.JobId is not null).ToDictionary(entry => entry.JobId!);

        // Nothing that was ever in the journal is lost.
        Assert.All(_everRecorded, jobId => Assert.Contains(jobId, byJobId));
        _everRecorded.UnionWith(byJobId.Keys);

        foreach (IGrouping<string, SandboxJob> made in Sandbox.Jobs.GroupBy(job => job.Fields["userPrompt"].GetString()!))
        {
            SandboxJob job = Assert.Single(made); // Nothing was charged twice.
            if (byJobId.TryGetValue(job.JobId, out JournalText.Entry? entry)) Assert.Equal(made.Key, entry.Prompt);
            else Assert.Single(entries, open => open.JobId is null && open.Prompt == made.Key);
        }

        // The library reads the same out of it.
        Assert.Equal(
            entries.Select(entry => $"{entry.Id} {entry.JobId}").Order(),
            Jobs.Select(job => $"{job.Id} {job.JobId}").Order());
        Assert.All(Jobs.Where(job => job.JobId is null), job => Assert.Equal(LumaJobStatus.Unconfirmed, job.Status));
        Assert.Equal(text.TornLines, Journal.SkippedLines);

        foreach (string path in Directory.EnumerateFiles(Videos, "*.mp4"))
        {
            string jobId = System.IO.Path.GetFileNameWithoutExtension(path)[^36..];
            Assert.Equal(Sha256(Sandbox.GetVideoBytes(jobId)), Sha256(File.ReadAllBytes(path)));
        }

        return text;
    }

    /// <summary>What holds once a batch has run to its end.</summary>
    public void CheckWhole(IEnumerable<Worker.PlanItem> items)
    {
        JournalText text = Check();
        foreach (Worker.PlanItem item in items)
        {
            SandboxJob made = Assert.Single(Made(item.Prompt));
            JournalText.Entry entry = Assert.Single(text.Jobs, job => job.Name == item.Name);
            Assert.Equal(made.JobId, entry.JobId);
            Assert.Equal(LumaJobStatus.Succeeded, entry.Status);
            string path = System.IO.Path.Combine(Videos, $"{item.Name}-{made.JobId}.mp4");
            Assert.True(File.Exists(path), path);
            Assert.Equal(path, entry.SavedPath);
            Assert.Equal(Sha256(File.ReadAllBytes(path)), entry.Sha256);
        }

        // Nothing half is left of any of it.
        Assert.All(Directory.EnumerateFiles(Videos), path => Assert.EndsWith(".mp4", path, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // On Windows a journal that this process has written to stays open.
        }
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
