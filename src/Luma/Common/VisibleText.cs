using System.Globalization;
using System.Text;

namespace Luma;

/// <summary>
/// What of a text can be seen. Spreadsheets, web pages and files bring along characters that nobody sees: a byte order mark
/// in the first cell, a zero-width space, a no-break space.
/// </summary>
internal static class VisibleText
{
    /// <summary>Whether there is nothing to see in a text.</summary>
    public static bool IsBlank(string? text) => text is null || text.All(c => char.IsWhiteSpace(c) || IsInvisible(c));

    /// <summary>A value without blanks and invisible characters at its ends.</summary>
    public static string Trim(string text)
    {
        (int start, int end) = (0, text.Length);
        while (start < end && IsOutside(text[start])) start++;
        while (end > start && IsOutside(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary>A text without invisible characters at its ends; its blanks stay, since they are as they were written.</summary>
    public static string TrimInvisible(string text)
    {
        string visible = Trim(text);
        if (visible.Length == text.Length) return text;
        if (visible.Length == 0) return Blanks(text);
        int start = text.IndexOf(visible, StringComparison.Ordinal);
        return Blanks(text.AsSpan(0, start)) + visible + Blanks(text.AsSpan(start + visible.Length));
    }

    /// <summary>
    /// A text from elsewhere without what would move a terminal's cursor, change its colours or its title: control characters but line ends
    /// and tabs.
    /// </summary>
    public static string Printable(string text) =>
        text.Any(IsControl) ? string.Concat(text.Select(c => IsControl(c) ? Rune.ReplacementChar.ToString() : c.ToString())) : text;

    /// <summary>
    /// The beginning of a text that is too long to be shown, with an ellipsis; what one sees as one character stays in one piece.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">How many UTF-16 code units may be shown.</param>
    public static string Shorten(string text, int longest)
    {
        if (text.Length <= longest) return text;
        int end = 0;
        while (end < longest && end + StringInfo.GetNextTextElementLength(text, end) is int next && next <= longest) end = next;
        return string.Concat(text.AsSpan(0, end), "…");
    }

    /// <summary>
    /// Whether a text has U+FFFD in it, or half of a surrogate pair, which becomes one: it was read in the wrong encoding or cut.
    /// </summary>
    public static bool HasReplacement(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar) return true; // Also for half of a pair.
        }

        return false;
    }

    private static bool IsControl(char c) => char.IsControl(c) && c is not ('\r' or '\n' or '\t');

    private static bool IsOutside(char c) => char.IsWhiteSpace(c) || IsInvisible(c);

    // Not by category: some format characters are seen (U+06DD), and those beyond the BMP end the flags of England and Wales.
    private static bool IsInvisible(char c) =>
        (char.IsControl(c) && !char.IsWhiteSpace(c))
        || c is '\u00AD' or '\u034F' or '\u061C' or '\u180E' or '\u3164' or '\uFEFF' or '\uFFA0'
        || c is >= '\u115F' and <= '\u1160'
        || c is >= '\u17B4' and <= '\u17B5'
        || c is >= '\u200B' and <= '\u200F'
        || c is >= '\u202A' and <= '\u202E'
        || c is >= '\u2060' and <= '\u206F';

    private static string Blanks(ReadOnlySpan<char> text)
    {
        var blanks = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!IsInvisible(c)) blanks.Append(c);
        }

        return blanks.ToString();
    }
}
