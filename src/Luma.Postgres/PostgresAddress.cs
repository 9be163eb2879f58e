using System.Text.RegularExpressions;
using Npgsql;

namespace Luma.Postgres;

/// <summary>An address of a database in libpq's forms and in Npgsql's, with what libpq takes from the environment.</summary>
internal static class PostgresAddress
{
    private const int DefaultPort = 5432;

    // libpq's words for what Npgsql calls otherwise. The rest of libpq's parameters have no meaning here, and are refused.
    private static readonly Dictionary<string, string> _words = new(StringComparer.Ordinal)
    {
        ["host"] = "Host",
        ["hostaddr"] = "Host",
        ["port"] = "Port",
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["password"] = "Password",
        ["passfile"] = "Passfile",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["target_session_attrs"] = "Target Session Attributes",
        ["options"] = "Options",
        ["krbsrvname"] = "Kerberos Service Name",
    };

    // The environment of libpq, as far as Npgsql does not read it itself.
    private static readonly (string Variable, string Word)[] _environment =
    [
        ("PGHOST", "host"), ("PGPORT", "port"), ("PGDATABASE", "dbname"), ("PGSSLMODE", "sslmode"),
        ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ];

    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        address = address.Trim();
        NpgsqlConnectionStringBuilder settings;
        if (Regex.IsMatch(address, "^postgres(ql)?://", RegexOptions.IgnoreCase)) settings = FromWords(PostgresUri.Parse(address));
        else if (address.Contains(';') || Regex.IsMatch(address, @"^[^=]+=[^=]*$") && !IsWord(address)) settings = FromNpgsql(address);
        else settings = FromWords(PostgresWords.Parse(address));

        if (string.IsNullOrEmpty(settings.Host)) settings.Host = "localhost";
        if (string.IsNullOrEmpty(settings.Username) && Environment.GetEnvironmentVariable("PGUSER") is null or "")
        {
            settings.Username = Environment.UserName;
        }

        if (string.IsNullOrEmpty(settings.Database)) settings.Database = settings.Username ?? Environment.GetEnvironmentVariable("PGUSER");
        return settings;
    }

    private static bool IsWord(string pair) => _words.ContainsKey(pair.Substring(0, pair.IndexOf('=')).Trim())
        || pair.StartsWith("service", StringComparison.Ordinal);

    private static NpgsqlConnectionStringBuilder FromNpgsql(string address)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(address);
            foreach ((string variable, string word) in _environment)
            {
                string key = _words[word];
                if (!settings.ShouldSerialize(key) && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
                {
                    Set(settings, word, value);
                }
            }

            return settings;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException)
        {
            // Its own text may hold a piece of the password.
            throw new ArgumentException("It is no connection string of the form 'Host=...;Database=...;Username=...'.");
        }
    }

    private static NpgsqlConnectionStringBuilder FromWords(Dictionary<string, string> words)
    {
        if (words.TryGetValue("service", out string? service) || Environment.GetEnvironmentVariable("PGSERVICE") is { Length: > 0 } named
            && (service = named) is not null)
        {
            words.Remove("service");
            foreach (KeyValuePair<string, string> word in PostgresService.Read(service))
            {
                if (!words.ContainsKey(word.Key)) words.Add(word.Key, word.Value);
            }
        }

        foreach ((string variable, string word) in _environment)
        {
            if (!words.ContainsKey(word) && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value) words.Add(word, value);
        }

        var settings = new NpgsqlConnectionStringBuilder();
        if (words.TryGetValue("hostaddr", out string? hosts) || words.TryGetValue("host", out hosts))
        {
            words["host"] = WithPorts(hosts, words.TryGetValue("port", out string? ports) ? ports : "");
            words.Remove("hostaddr");
            words.Remove("port");
        }

        foreach (KeyValuePair<string, string> word in words) Set(settings, word.Key, word.Value);
        return settings;
    }

    // libpq has a list of hosts and one of ports; Npgsql one list of hosts with their ports.
    private static string WithPorts(string hosts, string ports)
    {
        string[] host = hosts.Split(','), port = ports.Split(',');
        if (port.Length != 1 && port.Length != host.Length)
        {
            throw new ArgumentException($"It has {host.Length} hosts and {port.Length} ports.");
        }

        return string.Join(",", host.Select((one, i) =>
        {
            string number = port[port.Length == 1 ? 0 : i];
            if (number.Length == 0) number = DefaultPort.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (!ushort.TryParse(number, out _)) throw new ArgumentException($"The port '{number}' is no number from 1 to 65535.");
            if (one.Length == 0) one = "localhost";
            return one.Contains(':') && !one.StartsWith('[') ? $"[{one}]:{number}" : $"{one}:{number}";
        }));
    }

    private static void Set(NpgsqlConnectionStringBuilder settings, string word, string value)
    {
        if (!_words.TryGetValue(word, out string? key))
        {
            throw new ArgumentException($"It has the parameter '{word}', which means nothing here.");
        }

        try
        {
            settings[key] = key switch
            {
                "SSL Mode" => value.Replace("-", ""),
                "Target Session Attributes" when value is "read-write" => "primary",
                _ => value,
            };
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new ArgumentException(
                word.Contains("password") ? $"Its {word} cannot be used." : $"Its {word} '{value}' cannot be used.");
        }
    }
}
