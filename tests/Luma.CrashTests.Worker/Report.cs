using System.Text.Json;

namespace Luma.CrashTests.Worker;

/// <summary>What a worker tells on its standard output, one line of JSON each.</summary>
/// <param name="Event">One of the constants.</param>
/// <param name="Name">The job's name.</param>
/// <param name="JobId">The job's id.</param>
/// <param name="Text">The file, or the error's text.</param>
/// <param name="Error">The error's id.</param>
public sealed record Report(string Event, string? Name = null, string? JobId = null, string? Text = null, string? Error = null)
{
    /// <summary>It has read its plan and begins (or waits to be told to).</summary>
    public const string Ready = "ready";

    /// <summary>The silent service has got a request.</summary>
    public const string Sent = "sent";

    /// <summary>A job came out of the submit.</summary>
    public const string Submitted = "submitted";

    /// <summary>A job has ended.</summary>
    public const string Ended = "ended";

    /// <summary>A video is there.</summary>
    public const string Saved = "saved";

    /// <summary>Something went wrong.</summary>
    public const string Failed = "failed";

    /// <summary>It was told to stop, and the process ends now.</summary>
    public const string Stopped = "stopped";

    /// <summary>Writes it.</summary>
    public void Write() => Console.Out.WriteLine(JsonSerializer.Serialize(this));

    /// <summary>Reads one; null for anything else.</summary>
    public static Report? Read(string line) => line.StartsWith('{') ? JsonSerializer.Deserialize<Report>(line) : null;
}
