using System.Text;
using System.Text.Json;

namespace Luma.CrashTests;

/// <summary>
/// The journal read by what its document says (docs/journal.md) and not by the code that wrote it: a second opinion.
/// </summary>
internal sealed class JournalText
{
    private readonly Dictionary<string, Entry> _entries = [];

    private JournalText()
    {
    }

    /// <summary>All records of jobs or possible jobs: not removed, not refused, not unsent.</summary>
    public IEnumerable<Entry> Jobs =>
        _entries.Values.Where(entry => entry is { HasIntent: true, IsRemoved: false } && (entry.JobId is not null || entry.IsOpen));

    /// <summary>Lines that are no JSON. A kill can tear a process's last line.</summary>
    public int TornLines { get; private set; }

    /// <summary>How many segments there are.</summary>
    public int Segments { get; private set; }

    /// <summary>Reads a journal whose writers are all gone.</summary>
    public static JournalText Read(string folder)
    {
        var text = new JournalText();
        if (!Directory.Exists(folder)) return text;
        foreach (string path in Directory.EnumerateFiles(folder, "*.jsonl"))
        {
            text.Segments++;
            var segment = new Dictionary<string, Entry>();
            foreach (string line in File.ReadAllText(path, Encoding.UTF8).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                text.Add(line, segment);
            }

            foreach ((string id, Entry entry) in segment)
            {
                text._entries[id] = text._entries.TryGetValue(id, out Entry? known) ? known.With(entry) : entry;
            }
        }

        return text;
    }

    private void Add(string line, Dictionary<string, Entry> segment)
    {
        JsonElement read;
        try
        {
            read = JsonDocument.Parse(line).RootElement;
        }
        catch (JsonException)
        {
            TornLines++;
            return;
        }

        Assert.Equal(read.GetProperty("event").GetString() == "job" ? 2 : 1, read.GetProperty("v").GetInt32());
        string id = read.GetProperty("id").GetString()!;
        Assert.Matches("^[0-9a-f]{16}$", id);
        string? Text(string member) => read.TryGetProperty(member, out JsonElement value) ? value.GetString() : null;
        bool isWaiting = read.TryGetProperty("waiting", out JsonElement waiting) && waiting.GetBoolean();
        Entry entry = segment.TryGetValue(id, out Entry? known) ? known : new Entry(id);
        segment[id] = read.GetProperty("event").GetString() switch
        {
            "intent" => entry with { HasIntent = true, IsOpen = !isWaiting, Name = Text("name"), Prompt = Text("prompt") },
            "accepted" => entry with { JobId = Text("jobId"), Name = Text("name") ?? entry.Name },
            "refused" or "unsent" => entry with { IsOpen = false },
            "status" => entry with { Status = entry.HasEnded ? entry.Status : Text("status"), IsOpen = entry.IsOpen
                || Text("status") == LumaJobStatus.Unconfirmed },
            "saved" => entry with { SavedPath = Text("path"), Sha256 = Text("sha256") },
            "job" => entry with
            {
                HasIntent = true, Name = Text("name"), Prompt = Text("prompt"), JobId = Text("jobId"), Status = Text("status"),
                SavedPath = Text("path"), Sha256 = Text("sha256"),
            },
            "removed" => entry with { IsRemoved = true },
            var other => throw new InvalidDataException($"The document does not know the event {other}."),
        };
    }

    /// <summary>What is written of one job.</summary>
    internal sealed record Entry(string Id)
    {
        public bool HasIntent { get; init; }

        public bool IsOpen { get; init; }

        public bool IsRemoved { get; init; }

        public string? JobId { get; init; }

        public string? Name { get; init; }

        public string? Prompt { get; init; }

        public string? Status { get; init; }

        public bool HasEnded => Status is LumaJobStatus.Succeeded or LumaJobStatus.Failed;

        public string? SavedPath { get; init; }

        public string? Sha256 { get; init; }

        public Entry With(Entry other) => this with
        {
            HasIntent = HasIntent || other.HasIntent,
            IsOpen = IsOpen || other.IsOpen,
            IsRemoved = IsRemoved || other.IsRemoved,
            JobId = JobId ?? other.JobId,
            Name = Name ?? other.Name,
            Prompt = Prompt ?? other.Prompt,
            Status = HasEnded ? Status : other.Status ?? Status,
            SavedPath = SavedPath ?? other.SavedPath,
            Sha256 = Sha256 ?? other.Sha256,
        };
    }
}
