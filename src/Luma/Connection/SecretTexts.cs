namespace Luma;

/// <summary>Takes secrets out of texts, by their exact values: a key looks like a jobId, so no pattern would do.</summary>
internal sealed class SecretTexts
{
    /// <summary>The shortest secret that is looked for: a shorter one is part of words.</summary>
    public const int ShortestSecret = 8;

    // A longer one is taken out wherever it stands; a shorter one may be part of a word.
    private const int LongestWord = 16;
    private const string Redacted = "***";

    private readonly string[] _secrets;

    public SecretTexts(IEnumerable<string?> secrets) =>
        _secrets = [.. secrets.OfType<string>().Where(secret => secret.Length >= ShortestSecret).Distinct()
            .OrderByDescending(secret => secret.Length)];

    public string? Redact(string? text)
    {
        if (text is null) return null;
        foreach (string secret in _secrets) text = Without(text, secret);
        return text;
    }

    /// <summary>Whether an exception, or one behind it, tells a secret.</summary>
    public bool IsIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (Redact(exception.Message) != exception.Message) return true;
        }

        return false;
    }

    private static string Without(string text, string secret)
    {
        int at = 0;
        while ((at = text.IndexOf(secret, at, StringComparison.OrdinalIgnoreCase)) >= 0)
        {
            int end = at + secret.Length;
            bool isPartOfWord = secret.Length < LongestWord
                && ((at > 0 && char.IsLetterOrDigit(text[at - 1])) || (end < text.Length && char.IsLetterOrDigit(text[end])));
            if (isPartOfWord)
            {
                at++;
                continue;
            }

            text = string.Concat(text.AsSpan(0, at), Redacted, text.AsSpan(end));
            at += Redacted.Length;
        }

        return text;
    }
}
