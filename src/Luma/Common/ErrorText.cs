namespace Luma;

/// <summary>Pieces of error messages.</summary>
internal static class ErrorText
{
    private const int LongestPrompt = 40;

    /// <summary>
    /// Why something failed, as a sentence: the exception's own words, and those of the one behind it where they add something.
    /// </summary>
    public static string Reason(Exception exception)
    {
        string text = exception.InnerException is { } inner and not TimeoutException
            && !exception.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{exception.Message} {inner.Message}"
            : exception.Message;
        return text.EndsWith('.') ? text : text + ".";
    }

    /// <summary>The beginning of a prompt, in quotes.</summary>
    public static string Prompt(string? prompt) => $"'{VisibleText.Shorten(prompt ?? "", LongestPrompt)}'";
}
