using System.Text;

namespace Luma;

/// <summary>
/// What makes two names one name: they are compared without case, in Unicode's composed form, and blanks of any kind alike.
/// Everything that looks a name up (journal, locks, completion) compares its <see cref="Key"/>.
/// </summary>
internal static class JobName
{
    /// <summary>The form of a name in which names are compared; two names are one exactly when their keys are equal, ordinally.</summary>
    public static string Key(string name)
    {
        string text = Composed(name);
        var key = new StringBuilder(text.Length);
        foreach (char character in text) key.Append(char.IsWhiteSpace(character) ? ' ' : character);
        return key.ToString().ToUpperInvariant();
    }

    /// <summary>Whether two names are one.</summary>
    public static bool AreSame(string? a, string? b) => a is null || b is null ? a is null && b is null : a == b || Key(a) == Key(b);

    private static string Composed(string name)
    {
        // Half of a pair of surrogates is no character: it is recorded as U+FFFD, and has no composed form.
        string text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name));
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return text; // U+FFFE is no character either, and stays as it is.
        }
    }
}
