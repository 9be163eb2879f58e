namespace Luma.Postgres;

/// <summary>
/// libpq's URIs: <c>postgresql://user:password@host:port,host:port/database?parameter=value</c>, any part of which may be missing.
/// </summary>
internal static class PostgresUri
{
    public static Dictionary<string, string> Parse(string uri)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        string rest = uri.Substring(uri.IndexOf("://", StringComparison.Ordinal) + 3);
        string query = Cut(ref rest, '?');
        string database = Cut(ref rest, '/');
        int at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            string user = rest.Substring(0, at), password = Cut(ref user, ':');
            rest = rest.Substring(at + 1);
            Add(words, "user", user);
            Add(words, "password", password);
        }

        Add(words, "dbname", database);
        if (rest.Length > 0)
        {
            (string Host, string Port)[] hosts = [.. rest.Split(',').Select(HostAndPort)];
            words["host"] = string.Join(",", hosts.Select(host => Uri.UnescapeDataString(host.Host)));
            if (hosts.Any(host => host.Port.Length > 0)) words["port"] = string.Join(",", hosts.Select(host => host.Port));
        }

        foreach (string pair in query.Split(['&'], StringSplitOptions.RemoveEmptyEntries))
        {
            string name = pair, value = Cut(ref name, '=');
            name = Uri.UnescapeDataString(name);
            words[name == "ssl" && value == "true" ? "sslmode" : name] = name == "ssl" && value == "true" ? "require"
                : Uri.UnescapeDataString(value);
        }

        return words;
    }

    private static void Add(Dictionary<string, string> words, string word, string value)
    {
        if (value.Length > 0) words[word] = Uri.UnescapeDataString(value);
    }

    private static (string Host, string Port) HostAndPort(string text)
    {
        int end = text.StartsWith('[') ? text.IndexOf(']') : 0;
        int colon = text.IndexOf(':', Math.Max(end, 0));
        string host = colon < 0 ? text : text.Substring(0, colon);
        return (host.Trim('[', ']'), colon < 0 ? "" : text.Substring(colon + 1));
    }

    // Leaves what stands before the mark, and gives what stands behind it.
    private static string Cut(ref string text, char mark)
    {
        int at = text.IndexOf(mark);
        if (at < 0) return "";
        string behind = text.Substring(at + 1);
        text = text.Substring(0, at);
        return behind;
    }
}
