using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Luma;

/// <summary>
/// A field of a request whose values the API documentation lists. The one place that knows how such a value may be written,
/// how it is sent, and what to say of one that is not in the list: the requests, completion and the warnings ask here.
/// </summary>
/// <remarks>The lists change, so a value outside of them is sent as it is; but it is a billable job, so it is warned of.</remarks>
internal sealed partial class DocumentedValues
{
    private const int LongestShown = 60;

    private readonly Func<string, string?> _read;
    private readonly bool _sendsWhatWasRead;

    private DocumentedValues(string parameter, string[] values, Func<string, string?> read, bool sendsWhatWasRead = false)
    {
        Parameter = parameter;
        Values = values;
        _read = read;
        _sendsWhatWasRead = sendsWhatWasRead;
    }

    /// <summary><c>aspectRatio</c>. 16:9 is also 16x9, 16/9, 16 : 9 and 16:09, which a spreadsheet makes of it.</summary>
    public static DocumentedValues AspectRatio { get; } =
        new(nameof(LumaJob.AspectRatio), ["9:16", "3:4", "1:1", "4:3", "16:9", "21:9"], ReadRatio);

    /// <summary><c>modelName</c>. ray-v2 is also RAY-V2, ray_v2 and ray v2.</summary>
    public static DocumentedValues Model { get; } =
        new(nameof(LumaJob.Model), ["ray-v1", "ray-v2", "ray-v2-flash", "ray-v3", "ray-v3-reasoning"], LettersAndDigits);

    /// <summary><c>duration</c>. 10s is also 10, 10 s, 10sec, 10.0 and 00:00:10; any whole number of seconds is sent with its s.</summary>
    public static DocumentedValues Duration { get; } = new(nameof(LumaJob.Duration), ["5s", "10s"], ReadDuration, sendsWhatWasRead: true);

    /// <summary><c>resolution</c>. 1080p is also 1080 and 1080P.</summary>
    public static DocumentedValues Resolution { get; } = new(nameof(LumaJob.Resolution), ["720p", "1080p"], ReadResolution);

    /// <summary><c>useMode</c>. fast is also Fast.</summary>
    public static DocumentedValues Mode { get; } = new(nameof(LumaJob.Mode), ["relax", "fast"], LettersAndDigits);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DocumentedValues> All { get; } = [AspectRatio, Model, Duration, Resolution, Mode];

    /// <summary>The parameter, and the property of the request and the job.</summary>
    public string Parameter { get; }

    /// <summary>The documented values, as they are sent.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>A value of the field with this name as it is sent; of any other field as it is.</summary>
    public static string? Normalize(string field, string? value) => All.FirstOrDefault(values => values.Parameter == field) is { } known
        ? known.Normalize(value) : value;

    /// <summary>
    /// A documented value in the spelling of the documentation; any other as it is, without what nobody sees at its ends.
    /// </summary>
    public string? Normalize(string? value) =>
        value is null ? null : Find(value) ?? (_sendsWhatWasRead ? _read(Compatible(value)) : null) ?? VisibleText.Trim(value);

    /// <summary>What to tell of a value before it is sent; null for a documented one, or none.</summary>
    public string? WarningFor(string? value)
    {
        if (value is null || Find(value) is not null) return null;
        string hint = this == AspectRatio && SpreadsheetTime().IsMatch(VisibleText.Trim(value))
            ? " A spreadsheet has turned a ratio into a time: format that column as text."
            : All.FirstOrDefault(other => other != this && other.Values.Contains(other.Normalize(value))) is { } owner
            ? $" It is a value of -{owner.Parameter}: check the columns."
            : "";
        return $"'{VisibleText.Shorten(value, LongestShown)}' is not among the documented values of -{Parameter} " +
            $"({string.Join(", ", Values)}).{hint} It is sent as is, and the job may be charged.";
    }

    private string? Find(string value)
    {
        string text = Compatible(value);
        if (text.Length == 0 || _read(text) is not { } read) return null;
        return Values.FirstOrDefault(documented => _read(documented) == read);
    }

    // Another keyboard's digits, and its full-width colons and letters, become the plain ones.
    private static string Compatible(string value)
    {
        string text = VisibleText.Trim(value);
        try
        {
            return string.Concat(text.Normalize(NormalizationForm.FormKC).Select(Digit));
        }
        catch (ArgumentException)
        {
            return text; // Half of a surrogate pair.
        }
    }

    // Arabic, Persian, Thai and other keyboards have digits of their own.
    private static char Digit(char c) => CharUnicodeInfo.GetDecimalDigitValue(c) is >= 0 and int digit ? (char)('0' + digit) : c;

    private static string? LettersAndDigits(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || char.IsWhiteSpace(c) || c is '-' or '_' or '\u2010' or '\u2011' or '\u2013')
            ? string.Concat(text.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant()
            : null;

    private static string? ReadRatio(string text) =>
        Ratio().Match(text) is { Success: true } ratio
            ? $"{WithoutZeros(ratio.Groups[1].Value)}:{WithoutZeros(ratio.Groups[2].Value)}" : null;

    private static string? ReadResolution(string text) =>
        Lines().Match(text) is { Success: true } lines ? WithoutZeros(lines.Groups[1].Value) + "p" : null;

    private static string? ReadDuration(string text)
    {
        Match seconds = Seconds().Match(text) is { Success: true } number ? number : Time().Match(text);
        return seconds.Success ? WithoutZeros(seconds.Groups[1].Value) + "s" : null;
    }

    private static string WithoutZeros(string digits) => digits.TrimStart('0') is { Length: > 0 } number ? number : "0";

    [GeneratedRegex(@"^([0-9]{1,4})\s*[:/xX×∶⁄∕]\s*([0-9]{1,4})$", RegexOptions.CultureInvariant)]
    private static partial Regex Ratio();

    [GeneratedRegex(@"^([0-9]{1,5})(?:[.,٫]0+)?\s*[pP]?$", RegexOptions.CultureInvariant)]
    private static partial Regex Lines();

    [GeneratedRegex(@"^([0-9]+)(?:[.,٫]0+)?\s*(?:s|secs?|seconds?)?\.?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Seconds();

    // A TimeSpan, or a spreadsheet's time. A minute and more is another column's, or a slip: 0:05 becomes 00:05:00 there.
    [GeneratedRegex(@"^0{1,2}:00:([0-9]{2})(?:\.0+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();

    // Also behind a date, as modules that read spreadsheets give it: 12/30/1899 16:09:00.
    [GeneratedRegex(@"(?:^|\s)[0-9]{1,2}:[0-9]{2}:[0-9]{2}", RegexOptions.CultureInvariant)]
    private static partial Regex SpreadsheetTime();
}
