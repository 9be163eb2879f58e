using System.Text.RegularExpressions;

namespace Luma;

/// <summary>Prompts that nobody has written: what a wrong encoding, a formula that failed or a shifted row makes of one.</summary>
internal static partial class PromptWarnings
{
    private const int LongestShown = 60;
    private const string End = "It is sent as is, and the job may be charged.";

    /// <summary>What to say of a prompt before it is sent and billed; null: nothing.</summary>
    public static string? For(string prompt)
    {
        if (VisibleText.HasReplacement(prompt))
        {
            return "The prompt has U+FFFD in it, the character for what could not be read: the file is in another encoding (Import-Csv " +
                $"and Get-Content take -Encoding). {End}";
        }

        string text = VisibleText.Trim(prompt);
        if (FailedFormula().IsMatch(text)) return $"The prompt is '{text}', which a spreadsheet shows where a formula fails. {End}";
        string? owner = OwnerOf(text);
        return owner is null
            ? null : $"The prompt is '{VisibleText.Shorten(text, LongestShown)}' and nothing else, {owner}: check the columns. {End}";
    }

    // Durations, resolutions and modes are numbers and words, of which a prompt may consist.
    private static string? OwnerOf(string text)
    {
        if (Check.TryLink(text) is not null && !text.Any(char.IsWhiteSpace)) return "a link";
        DocumentedValues[] fields = [DocumentedValues.AspectRatio, DocumentedValues.Model];
        return fields.FirstOrDefault(field => field.Values.Contains(field.Normalize(text))) is { } field
            ? $"a value of -{field.Parameter}" : null;
    }

    // #REF!, #NAME?, #N/A, in other languages #WERT!, #NV; a hashtag ends otherwise.
    [GeneratedRegex(@"^#(?:[\p{L}0-9/_ ]+[!?]|N/A|NV)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FailedFormula();
}
