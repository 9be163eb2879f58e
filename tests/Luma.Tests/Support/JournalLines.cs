namespace Luma.Tests.Support;

/// <summary>Lines as the journal has them.</summary>
internal static class JournalLines
{
    public const string Service = "api.ttapi.io";
    public static readonly DateTime At = new(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);

    public static JournalLine Intent(
        string id, string? name = null, string prompt = "a red car", string service = Service, bool? waiting = null) =>
        new() { Event = JournalEvents.Intent, Id = id, At = At, Service = service, Kind = LumaJobKind.Generation, Name = name,
            Request = new() { Prompt = prompt }, SubmittedAt = At, Waiting = waiting };

    public static JournalLine Accepted(string id, string jobId, string? name = null) =>
        new() { Event = JournalEvents.Accepted, Id = id, At = At, JobId = jobId, SubmittedAt = At, Name = name };

    public static JournalLine Refused(string id, bool? waiting = null) =>
        new() { Event = JournalEvents.Refused, Id = id, At = At, Error = nameof(LumaErrorId.LumaRateLimited), Waiting = waiting };

    public static JournalLine Unsent(string id) => new() { Event = JournalEvents.Unsent, Id = id, At = At };

    public static JournalLine Status(string id, string status, string? message = null, string? videoUrl = null, int later = 0) =>
        new() { Event = JournalEvents.Status, Id = id, At = At.AddSeconds(later), Status = status, Message = message, VideoUrl = videoUrl };

    public static JournalLine Saved(string id, string path) =>
        new() { Event = JournalEvents.Saved, Id = id, At = At, Path = path, Length = 5, Sha256 = "AB" };

    public static JournalLine Removed(string id) => new() { Event = JournalEvents.Removed, Id = id, At = At };
}
