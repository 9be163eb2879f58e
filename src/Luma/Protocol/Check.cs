namespace Luma;

/// <summary>Refuses values before anything is sent or paid.</summary>
public static class Check
{
    private const int LongestShown = 80;

    /// <summary>A prompt has to say something.</summary>
    public static void Prompt(string? value)
    {
        if (string.IsNullOrWhiteSpace(value)) throw Invalid("Prompt", value, "A video needs a text that describes it.");
    }

    /// <summary>A link has to be absolute and http(s): the service fetches it from its own machines.</summary>
    public static void Link(string parameter, string? value)
    {
        if (value is null) return;

        // Uri takes "C:\picture.png" and "/picture.png" for absolute file links; the service can reach neither.
        bool usable = Uri.TryCreate(value, UriKind.Absolute, out Uri? link) && link.Scheme is "http" or "https" && link.Host.Length > 0
            && !value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
        if (!usable)
        {
            throw Invalid(parameter, value, "It has to be a link that starts with http:// or https:// and that the service can reach.");
        }
    }

    /// <summary>A jobId that is typed in has to look like one of the service's: a UUID.</summary>
    public static void JobId(string? value)
    {
        if (!IsJobId(value))
        {
            throw Invalid("JobId", value, "A jobId looks like ed1a1b01-7d64-4c8a-acaa-71185d23a2f3; it is the JobId of the object that New-LumaVideo gave.");
        }
    }

    /// <summary>Whether a text is a jobId. All that were ever seen are UUIDs.</summary>
    public static bool IsJobId(string? value) => Guid.TryParseExact(value, "D", out _);

    /// <summary>The error for a value that was refused before anything was sent.</summary>
    public static LumaException Invalid(string parameter, string? value, string wayOut) =>
        new(LumaErrorId.LumaInvalidValue, $"-{parameter} {(value is null ? "is missing" : $"{Shown(value)} cannot be used")}. {wayOut} Nothing was sent.");

    private static string Shown(string value) => value.Length > LongestShown ? $"'{value.AsSpan(0, LongestShown)}…'" : $"'{value}'";
}
