using Luma.CrashTests.Worker;
using Luma.Sandbox;

namespace Luma.Postgres.Tests;

/// <summary>A machine as the journal sees it: a folder of its own, and nothing in common with any other but the database.</summary>
internal sealed class Machine : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lumaps-machine-").FullName;

    static Machine() => Journal.Databases = PostgresConnections.Open;

    /// <param name="address">The database.</param>
    /// <param name="patience">How long it waits for a server that has gone away.</param>
    public Machine(string address, TimeSpan? patience = null)
    {
        Address = address;
        Journal = Journal.InDatabase(address, _folder, patience ?? TimeSpan.FromSeconds(1));
    }

    public string Address { get; }

    public string Folder => _folder;

    public Journal Journal { get; }

    /// <summary>The lines that wait for the server.</summary>
    public string[] KeptLines => Directory.Exists(Path.Combine(_folder, "undelivered"))
        ? [.. Directory.GetFiles(Path.Combine(_folder, "undelivered"), "*.jsonl", SearchOption.AllDirectories).SelectMany(ReadLines)]
        : [];

    public static LumaClient Client(LumaSandbox sandbox, Journal journal) =>
        new(Program.Connect(sandbox.ApiKey, sandbox.BaseUri), null, journal);

    public Submitter Submitter(LumaSandbox sandbox) => new(Client(sandbox, Journal), Journal);

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A journal that still has something to deliver holds it open.
        }
    }

    private static IEnumerable<string> ReadLines(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}
