using System.Data.Common;

namespace Luma;

/// <summary>A query as a condition on rows: the one member that finds the fewest, by an index.</summary>
internal static class PostgresQuery
{
    /// <summary>Adds the statement that finds the rows, and its parameters.</summary>
    /// <param name="command">The command.</param>
    /// <param name="query">What is looked for.</param>
    /// <param name="newest">How many of the newest lines that tell a time are looked at; null: all.</param>
    public static void Add(DbCommand command, JournalQuery query, int? newest)
    {
        command.CommandText += PostgresRows.SelectBegin + Condition(command, query, newest) + PostgresRows.SelectEnd;
    }

    /// <summary>
    /// Whether anything but the service narrows a query down: then an index finds it, and the newest are not paged through.
    /// </summary>
    public static bool IsNarrow(JournalQuery query) =>
        query.Id is not null || query.NameKey is not null || query.NameKeyPrefix is { Length: > 0 } || query.JobId is not null
            || query.JobIdPrefix is { Length: > 0 }
        || query.IsOpen == true || query.Sha256 is not null || query.SavedPath is not null;

    private static string Condition(DbCommand command, JournalQuery query, int? newest)
    {
        string Equal(string column, string value) => With(value, $"id in (select id from lumaps.lines where {column} = @key)");
        string Begins(string column, string value) =>
            With(value, $"id in (select id from lumaps.lines where {column} >= @key and {column} < @key || chr(1114111))");
        string With(string value, string condition)
        {
            PostgresRows.Add(command, "key", value);
            return condition;
        }

        return query switch
        {
            { Id: { } id } => With(PostgresRows.Clean(id), "id = @key"),
            { JobId: { } jobId } => Equal("job_key", PostgresRows.JobKey(jobId)),
            { NameKey: { } key } => Equal("name_key", PostgresRows.Key(key)),
            { Sha256: { } hash } => Equal("hash_key", PostgresRows.Key(hash.ToUpperInvariant())),
            { SavedPath: { } path } => Equal("path_key", PostgresRows.PathKey(path)),
            { JobIdPrefix: { Length: > 0 } prefix } => Begins("job_key", PostgresRows.JobKey(prefix)),
            { NameKeyPrefix: { Length: > 0 } prefix } => Begins("name_key", PostgresRows.Key(prefix)),
            { IsOpen: true } => "id in (select id from lumaps.open)",
            _ => Times(command, query, newest),
        };
    }

    private static string Times(DbCommand command, JournalQuery query, int? newest)
    {
        var conditions = new List<string> { "submitted_at is not null" };
        if (query.After is { } after)
        {
            PostgresRows.Add(command, "after", after.ToUniversalTime());
            conditions.Add("submitted_at >= @after - interval '1 millisecond'"); // The server knows microseconds, a line a tenth of one.
        }

        if (query.Before is { } before)
        {
            PostgresRows.Add(command, "before", before.ToUniversalTime());
            conditions.Add("submitted_at < @before");
        }

        if (conditions.Count == 1 && newest is null) return "true";
        if (newest is { } count) PostgresRows.Add(command, "newest", count);
        return "id in (select id from lumaps.lines where " +
            $"{string.Join(" and ", conditions)}{(newest is null ? "" : " order by submitted_at desc limit @newest")})";
    }
}
