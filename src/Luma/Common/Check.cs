namespace Luma;

/// <summary>Refuses values before anything is sent or charged.</summary>
public static class Check
{
    private const int LongestShown = 80;

    /// <summary>A prompt has to say something.</summary>
    public static void Prompt(string? value)
    {
        if (VisibleText.IsBlank(value)) throw Invalid("Prompt", value, "A video needs a text that describes it.");
    }

    /// <summary>A link has to be absolute and http(s): the service fetches it from its own machines.</summary>
    public static void Link(string parameter, string? value)
    {
        if (value is null) return;

        if (TryLink(value) is null || value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
        {
            throw Invalid(parameter, value, "It must be a link that starts with http:// or https:// and that the service can reach.");
        }
    }

    /// <summary>An absolute http(s) link; null for what is none.</summary>
    internal static Uri? TryLink(string? value)
    {
        // Uri takes "C:\picture.png" and "/picture.png" for absolute file links, and fails with IndexOutOfRangeException
        // at "//" before U+202E; so only what begins like a link gets there.
        string text = value?.Trim() ?? "";
        bool isHttp = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isHttp || !Uri.TryCreate(text, UriKind.Absolute, out Uri? link)) return null;
        try
        {
            return link.IdnHost.Length > 0 ? link : null;
        }
        catch (UriFormatException)
        {
            return null; // A host that no name lookup takes; HttpClient would find that out.
        }
    }

    /// <summary>A jobId that is typed in has to look like one of the service's: a UUID.</summary>
    public static void JobId(string? value)
    {
        if (!IsJobId(value))
        {
            throw Invalid("JobId", value,
                "A jobId looks like ed1a1b01-7d64-4c8a-acaa-71185d23a2f3; it is the JobId of the object that New-LumaVideo returned.");
        }
    }

    /// <summary>Whether a text is a jobId. All that were ever seen are UUIDs.</summary>
    public static bool IsJobId(string? value) => Guid.TryParseExact(value, "D", out _);

    /// <summary>The error for a value that was refused before anything was sent.</summary>
    public static LumaException Invalid(string parameter, string? value, string wayOut) =>
        new(LumaErrorId.LumaInvalidValue,
            $"-{parameter} {(value is null ? "is missing" : $"{Shown(value)} cannot be used")}. {wayOut} Nothing was sent.");

    /// <summary>The error for a value that is not to be shown.</summary>
    public static LumaException Refused(string parameter, string reason) =>
        new(LumaErrorId.LumaInvalidValue, $"-{parameter} {reason}. Nothing was sent.");

    private static string Shown(string value) => $"'{VisibleText.Shorten(value, LongestShown)}'";
}
