using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Luma;

/// <summary>Lines as rows of a table: the line itself, and what it is looked up by.</summary>
internal static class PostgresRows
{
    private const string Insert = """
        insert into lumaps.lines (writer, id, event, service, name_key, job_key, submitted_at, path_key, hash_key, line)
        select w, i, e, s, n, j, a::timestamptz, p, h, l::json
        from unnest(@writers, @ids, @events, @services, @names, @jobs, @times, @paths, @hashes, @lines)
          with ordinality as t(w, i, e, s, n, j, a, p, h, l, o) order by o;
        """;

    // The index of what may not have ended.
    private const string Open = "insert into lumaps.open select i from unnest(@opens) as t(i) order by i on conflict do nothing;";
    private const string Close = "delete from lumaps.open where id = any(@closes);";

    /// <summary>Inserts a row that is no line, and is taken back: it tells whether lines can be written.</summary>
    public const string Try = """
        insert into lumaps.lines (writer, id, event, line) values (0, 'test', 'test', '{}');
        insert into lumaps.open values ('test') on conflict do nothing;
        delete from lumaps.open where id = 'test';
        """;

    /// <summary>Those who write and live, as the server knows it: whoever has the lock on its number has a session.</summary>
    public const string Live = """
        select (classid::bigint << 32) | objid::bigint from pg_locks
        where locktype = 'advisory' and objsubid = 1 and granted
          and database = (select oid from pg_database where datname = current_database());
        """;

    /// <summary>The rows of the records that a condition finds; the condition comes in the middle.</summary>
    public const string SelectBegin = "select n, writer, id, line::text from lumaps.lines where ";

    /// <summary>The order in which they were written.</summary>
    public const string SelectEnd = " order by n";

    // An index holds no value longer than a third of its page, and a look-up by a part finds too much rather than too little.
    private const int LongestKey = 200;

    /// <summary>A text as a key: without the one character that a database's text cannot hold, and not too long.</summary>
    public static string Key(string text)
    {
        text = Clean(text);
        if (text.Length <= LongestKey) return text;
        return char.IsHighSurrogate(text[LongestKey - 1]) ? text[..(LongestKey - 1)] : text[..LongestKey];
    }

    /// <summary>A text as the database can hold it.</summary>
    public static string Clean(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    /// <summary>A jobId as a key: jobIds are compared without case.</summary>
    public static string JobKey(string jobId) => Key(jobId.ToUpperInvariant());

    /// <summary>A path as a key, of a fixed length and for all systems.</summary>
    public static string PathKey(string path) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(path.ToUpperInvariant())), 0, 16);

    /// <summary>A number for a lock, from what it is a lock on. Two that share one wait for each other at times, and no more.</summary>
    public static int Number(string key) => BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Adds the statements that insert lines in their order and keep the index of what may not have ended.</summary>
    public static void AddInsert(DbCommand command, IReadOnlyList<(long Writer, JournalLine Line)> rows)
    {
        var open = new Dictionary<string, bool>();
        foreach ((_, JournalLine line) in rows)
        {
            if (IsOpenAfter(line) is { } isOpen) open[Clean(line.Id!)] = isOpen;
        }

        command.CommandText += Insert;
        Add(command, "writers", rows.Select(row => row.Writer).ToArray());
        Add(command, "ids", Column(rows, line => Clean(line.Id!)));
        Add(command, "events", Column(rows, line => Clean(line.Event!)));
        Add(command, "services", Column(rows, line => line.Service is { } service ? Clean(service) : null));
        Add(command, "names", Column(rows, line => line.Name is { } name ? Key(JobName.Key(name)) : null));
        Add(command, "jobs", Column(rows, line => line.JobId is { } jobId ? JobKey(jobId) : null));
        Add(command, "times", Column(
            rows, line => line.SubmittedAt?.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture)));
        Add(command, "paths", Column(rows, line => line.Path is { } path ? PathKey(path) : null));
        Add(command, "hashes", Column(rows, line => line.Sha256 is { } hash ? Key(hash.ToUpperInvariant()) : null));
        Add(command, "lines", Column(rows, line => Encoding.UTF8.GetString(JournalJson.Write(line)).TrimEnd('\n')));
        AddIds(Open, "opens", isOpen: true);
        AddIds(Close, "closes", isOpen: false);

        void AddIds(string statement, string parameter, bool isOpen)
        {
            string[] ids = [.. open.Where(one => one.Value == isOpen).Select(one => one.Key).Order(StringComparer.Ordinal)];
            if (ids.Length == 0) return;
            command.CommandText += statement;
            Add(command, parameter, ids);
        }
    }

    /// <summary>Adds a parameter.</summary>
    public static void Add(DbCommand command, string name, object value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    /// <summary>Reads the answer to <see cref="Live"/>.</summary>
    public static HashSet<long> ReadLive(DbDataReader reader)
    {
        var live = new HashSet<long>();
        while (reader.Read()) live.Add(reader.GetInt64(0));
        return live;
    }

    /// <summary>Reads rows, and puts those of one record and one writer together.</summary>
    /// <param name="reader">At its first row.</param>
    /// <param name="live">Who lives, as it was before the rows were read; null: it does not matter, and nobody is taken for gone.</param>
    /// <param name="isOwn">Whether a writer is this process.</param>
    /// <param name="skip">Told of the number of each row that cannot be read.</param>
    public static List<JournalPart> ReadParts(DbDataReader reader, HashSet<long>? live, Func<long, bool> isOwn, Action<long> skip)
    {
        var parts = new Dictionary<(string Id, long Writer), List<JournalLine>>();
        while (reader.Read())
        {
            if (JournalJson.Read(Encoding.UTF8.GetBytes(reader.GetString(3))) is not { } line)
            {
                skip(reader.GetInt64(0));
                continue;
            }

            (string Id, long Writer) key = (line.Id!, reader.GetInt64(1));
            if (!parts.TryGetValue(key, out List<JournalLine>? lines)) parts[key] = lines = [];
            lines.Add(line);
        }

        return [.. parts.Select(part => new JournalPart(
            part.Key.Id, part.Value, live?.Contains(part.Key.Writer) != false || isOwn(part.Key.Writer), isOwn(part.Key.Writer)))];
    }

    private static string?[] Column(IReadOnlyList<(long Writer, JournalLine Line)> rows, Func<JournalLine, string?> value) =>
        [.. rows.Select(row => value(row.Line))];

    // Null: the line changes nothing about that. Rather too many count as open than too few: whoever reads them looks closer.
    private static bool? IsOpenAfter(JournalLine line) => line.Event switch
    {
        JournalEvents.Intent => true,
        JournalEvents.Status => JobStatusInfo.Of(line.Status).HasEnded ? false : null,
        JournalEvents.Refused or JournalEvents.Unsent => line.Waiting == true ? null : false,
        JournalEvents.Removed => false,
        _ => null,
    };
}
