using System.Text.Json;

namespace Luma;

/// <summary>One field of the service, as jobs have it.</summary>
/// <param name="Name">The property of <see cref="LumaJob"/>, and the parameter of the cmdlets.</param>
/// <param name="WireName">What the service calls it.</param>
/// <param name="Type">What it holds: <see cref="string"/>, <see cref="bool"/>, <see cref="int"/> (pixels) or <see cref="decimal"/>.</param>
/// <param name="Get">Reads it.</param>
/// <param name="With">The job with another value of it.</param>
internal sealed record JobField(string Name, string WireName, Type Type, Func<LumaJob, object?> Get, Func<LumaJob, object?, LumaJob> With)
{
    /// <summary>Whether it is part of a request: the user sets it, and it is sent.</summary>
    public bool IsRequested { get; init; }

    /// <summary>Whether two requests that differ in it ask for different videos. The hookUrl only says who is told.</summary>
    public bool MakesTheVideo { get; init; }

    /// <summary>Whether the service returns it when the job is polled.</summary>
    public bool IsReturned { get; init; }

    /// <summary>Whether it is an address that whoever gets a copy of the video must not learn.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>What the journal and the files next to videos call it.</summary>
    public string StoredName { get; } = JsonNamingPolicy.CamelCase.ConvertName(Name);

    /// <summary>Its value as text, as in an error about it.</summary>
    public string? Text(LumaJob job) => Get(job)?.ToString();

    /// <summary>The first job with the other's value, where that one has one.</summary>
    public LumaJob Prefer(LumaJob job, LumaJob other) => Get(other) is { } value ? With(job, value) : job;

    /// <summary>The job with the value that a reader of JSON is at; null is none.</summary>
    public LumaJob Read(ref Utf8JsonReader reader, LumaJob job) => With(job,
        Type == typeof(bool) ? JsonMember.ReadBoolean(ref reader)
        : Type == typeof(int) ? JsonMember.ReadInt32(ref reader)
        : Type == typeof(decimal) ? JsonMember.ReadDecimal(ref reader)
        : reader.GetString());
}
