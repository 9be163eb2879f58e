using System.Text;

namespace Luma.Postgres;

/// <summary>libpq's <c>host=db.example.com dbname=luma password='with blanks'</c>.</summary>
internal static class PostgresWords
{
    public static Dictionary<string, string> Parse(string text)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        int at = 0;
        while (true)
        {
            SkipBlanks(text, ref at);
            if (at == text.Length) return words;
            int equals = text.IndexOf('=', at);

            // What stands there may be a password, so it is not shown.
            if (equals < 0) throw new ArgumentException("It is neither 'postgresql://...' nor of the form 'host=... dbname=... user=...'.");
            string word = text.Substring(at, equals - at).Trim();
            at = equals + 1;
            SkipBlanks(text, ref at);
            words[word] = Value(text, ref at);
        }
    }

    private static void SkipBlanks(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
    }

    private static string Value(string text, ref int at)
    {
        var value = new StringBuilder();
        bool isQuoted = at < text.Length && text[at] == '\'';
        if (isQuoted) at++;
        while (at < text.Length && (isQuoted ? text[at] != '\'' : !char.IsWhiteSpace(text[at])))
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            value.Append(text[at++]);
        }

        if (isQuoted && at++ == text.Length) throw new ArgumentException("A quote in it does not end.");
        return value.ToString();
    }
}
