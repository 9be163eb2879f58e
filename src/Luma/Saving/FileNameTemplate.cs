using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Luma;

/// <summary>Makes file names from a job, safe on Windows, Linux and macOS alike.</summary>
/// <remarks>
/// A placeholder is a property of the job in braces, e.g. <c>{Name}-{JobId}.mp4</c>. An empty one drops the separator
/// next to it. What no file system takes becomes <c>_</c>; a name never has a path in it.
/// </remarks>
public sealed partial class FileNameTemplate
{
    /// <summary>The template unless told otherwise.</summary>
    public const string Default = "{Name}-{JobId}.mp4";

    private const string Extension = ".mp4";
    private const int LongestName = 200; // UTF-8 bytes; file systems end at 255, and the part file's name is longer.
    private const int MostBytesOfCharacter = 4;
    private const int ZeroWidthJoiner = 0x200D;
    private const int FirstTag = 0xE0020;
    private const int LastTag = 0xE007F;
    private const string FlagOfTags = "\U0001F3F4";
    private static readonly char[] _separators = ['-', '_', ' '];

    private static readonly Dictionary<string, Func<LumaJob, string?>> _placeholders = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Id"] = job => job.Id,
        ["JobId"] = job => job.JobId,
        ["Name"] = job => job.Name,
        ["Kind"] = job => job.Kind,
        ["ParentJobId"] = job => job.ParentJobId,
        ["Prompt"] = job => job.Prompt,
        ["Model"] = job => job.Model,
        ["AspectRatio"] = job => job.AspectRatio,
        ["Duration"] = job => job.Duration,
        ["Resolution"] = job => job.Resolution,
        ["Mode"] = job => job.Mode,
        ["Date"] = job => (job.SubmittedAt ?? job.CompletedAt)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    private readonly List<(string Text, Func<LumaJob, string?>? Value)> _parts = [];

    /// <summary>The names of the placeholders there are, without their braces.</summary>
    public static IReadOnlyCollection<string> Placeholders => _placeholders.Keys;

    /// <summary>Reads a template.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> for a path in it, or a placeholder that does
    /// not exist.</exception>
    public FileNameTemplate(string template)
    {
        if (string.IsNullOrWhiteSpace(template)) throw Check.Invalid("FileName", template, $"Specify a template like '{Default}'.");
        if (template.AsSpan().IndexOfAny('/', '\\') >= 0)
        {
            throw Check.Invalid("FileName", template, "It is a file's name without a folder; specify the folder with -Destination.");
        }

        int end = 0;
        foreach (Match match in Placeholder().Matches(template))
        {
            string name = match.Groups[1].Value;
            if (!_placeholders.TryGetValue(name, out Func<LumaJob, string?>? value))
            {
                string known = string.Join(" ", _placeholders.Keys.Select(key => $"{{{key}}}"));
                throw Check.Invalid("FileName", template, $"There is no {{{name}}}; valid are {known}.");
            }

            _parts.Add((template[end..match.Index], null));
            _parts.Add(("", value));
            end = match.Index + match.Length;
        }

        string rest = template[end..];
        _parts.Add((rest.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? rest[..^Extension.Length] : rest, null));
    }

    /// <summary>The name for a job's video, with <c>.mp4</c> at its end.</summary>
    public string NameFor(LumaJob job)
    {
        ArgumentNullException.ThrowIfNull(job);

        // Long values give way, first a little and then more: the jobId stays whole, so that names stay apart.
        foreach (int longest in new[] { 100, 60, 30, 15, 5 })
        {
            string name = Build(job, longest);
            if (Encoding.UTF8.GetByteCount(name) <= LongestName) return name + Extension;
        }

        return Usable(IdOf(job)) + Extension;
    }

    [GeneratedRegex(@"\{([A-Za-z]+)\}")]
    private static partial Regex Placeholder();

    private string Build(LumaJob job, int longest)
    {
        var name = new StringBuilder();
        bool dropNext = false;
        foreach ((string text, Func<LumaJob, string?>? value) in _parts)
        {
            if (value is null)
            {
                name.Append(Safe(dropNext ? text.TrimStart(_separators) : text, int.MaxValue));
                dropNext = false;
                continue;
            }

            string filled = Safe(value(job)?.Trim(), IsId(value) ? int.MaxValue : longest);
            if (filled.Length > 0)
            {
                name.Append(filled);
            }
            else if (name.ToString().TrimEnd(_separators) is { Length: > 0 } before)
            {
                name.Clear().Append(before);
            }
            else
            {
                dropNext = true;
            }
        }

        string whole = name.ToString().TrimEnd('.', ' ').TrimStart(' ');
        return Usable(whole.Length == 0 ? IdOf(job) : whole);
    }

    /// <summary>Whether Windows keeps a name for a device, whatever its extension.</summary>
    internal static bool IsDevice(string name) => DeviceName().IsMatch(name);

    // A leading dot would hide the file elsewhere.
    private static string Usable(string name) => IsDevice(name) || name[0] == '.' ? "_" + name : name;

    // An id has 36 characters where it comes from the service; one from elsewhere may be of any length.
    private static string IdOf(LumaJob job) => new[] { int.MaxValue, 60, 30, 15 }
        .Select(longest => new[] { job.JobId, job.Id }
            .Select(id => Safe(id?.Trim(), longest).Trim(' '))
            .FirstOrDefault(id => id.Length > 0) ?? "video")
        .First(id => Encoding.UTF8.GetByteCount(id) <= LongestName);

    private static bool IsId(Func<LumaJob, string?> value) => value == _placeholders["JobId"] || value == _placeholders["Id"];

    [GeneratedRegex(
        @"^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³]) *(\.|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DeviceName();

    // What one sees as a letter stays in one piece: a family of emojis is seven characters that are joined, a flag two or more.
    private static string Safe(string? value, int longest)
    {
        if (string.IsNullOrEmpty(value)) return "";
        var safe = new StringBuilder(value.Length);
        int length = 0;
        long bytesLeft = (long)longest * MostBytesOfCharacter;
        for (ReadOnlySpan<char> rest = value; rest.Length > 0 && length < longest; length++)
        {
            ReadOnlySpan<char> letter = rest[..StringInfo.GetNextTextElementLength(rest)];
            bytesLeft -= Encoding.UTF8.GetByteCount(letter);
            if (bytesLeft < 0) break; // A letter may have any number of accents.
            rest = rest[letter.Length..];
            int at = 0;
            foreach (Rune rune in letter.EnumerateRunes())
            {
                safe.Append(IsUsable(rune) || IsJoining(rune, letter, at) ? rune.ToString() : "_");
                at += rune.Utf16SequenceLength;
            }
        }

        return safe.ToString().Normalize(NormalizationForm.FormC);
    }

    private static bool IsUsable(Rune rune) =>
        rune != Rune.ReplacementChar
        && !(rune.IsBmp && "<>:\"/\\|?*".Contains((char)rune.Value, StringComparison.Ordinal))
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    // Elsewhere they are invisible, as the other format characters are that no name has.
    private static bool IsJoining(Rune rune, ReadOnlySpan<char> letter, int at) =>
        rune.Value == ZeroWidthJoiner ? at > 0 && at < letter.Length - 1
            : rune.Value is >= FirstTag and <= LastTag && letter.StartsWith(FlagOfTags); // A flag such as Scotland's.
}
