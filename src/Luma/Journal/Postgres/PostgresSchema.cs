using System.Data.Common;

namespace Luma;

/// <summary>
/// The tables of a journal in PostgreSQL: made with the first line, and versioned. Two processes that begin at the same time
/// on an empty database wait for each other.
/// </summary>
internal sealed class PostgresSchema(PostgresErrors errors)
{
    /// <summary>The version of the tables that this code makes and reads; it uses no newer one.</summary>
    public const int CurrentVersion = 1;

    /// <summary>
    /// Finds what a reader has to know first, and where it is missing says so as an error that <see cref="PostgresErrors.IsMissing"/>
    /// knows.
    /// </summary>
    public const string Find = "select version, journal from lumaps.version";

    // The transaction's lock on making the tables; any number will do.
    private const string Create = """
        select pg_advisory_xact_lock(5567301283345);
        do $$
        begin
          if to_regnamespace('lumaps') is null then create schema lumaps; end if;
          if to_regclass('lumaps.version') is not null then return; end if;
          create table lumaps.version (version int not null, journal text not null);
          comment on table lumaps.version is 'LumaPS: the version of these tables, and the journal''s own id';
          create table lumaps.lines (
            n bigint generated always as identity primary key,
            writer bigint not null,
            id text collate "C" not null,
            event text not null,
            service text,
            name_key text collate "C",
            job_key text collate "C",
            submitted_at timestamptz,
            path_key text collate "C",
            hash_key text collate "C",
            line json not null);
          comment on table lumaps.lines is 'LumaPS: the journal, one row for each line of its documented format; rows are only added';
          create index lines_id on lumaps.lines (id);
          create index lines_name on lumaps.lines (name_key) where name_key is not null;
          create index lines_job on lumaps.lines (job_key) where job_key is not null;
          create index lines_submitted on lumaps.lines (submitted_at) where submitted_at is not null;
          create index lines_path on lumaps.lines (path_key) where path_key is not null;
          create index lines_hash on lumaps.lines (hash_key) where hash_key is not null;
          create table lumaps.open (id text collate "C" primary key);
          comment on table lumaps.open is 'LumaPS: an index of the records that may not have ended';
          insert into lumaps.version values (1, md5(random()::text || clock_timestamp()::text));
        end $$
        """;

    /// <summary>Makes the tables where there are none yet.</summary>
    /// <param name="connection">A connection that is open.</param>
    /// <returns>The journal's own id, the same from wherever it is reached.</returns>
    public string Prepare(DbConnection connection)
    {
        if (TryFind(connection) is { } found) return found;
        using (DbCommand encoding = connection.CreateCommand())
        {
            encoding.CommandText = "select current_setting('server_encoding')";
            if (encoding.ExecuteScalar() is string name and not "UTF8")
            {
                throw errors.Unfit($"the database's encoding is {name}.", "Make the database with the encoding UTF8.");
            }
        }

        using (DbTransaction transaction = connection.BeginTransaction())
        {
            using DbCommand create = connection.CreateCommand();
            create.CommandText = Create;
            create.Transaction = transaction;
            create.ExecuteNonQuery();
            transaction.Commit();
        }

        return TryFind(connection) ?? throw errors.Unfit("its tables could not be made.", "Look at the server's log.");
    }

    /// <summary>What the first row of <see cref="Find"/> says.</summary>
    /// <returns>The journal's own id.</returns>
    public string Check(DbDataReader reader)
    {
        if (!reader.Read())
        {
            throw errors.Unfit("its table lumaps.version is empty.", "Restore it, or drop the schema lumaps if it holds nothing.");
        }

        int version = reader.GetInt32(0);
        return version > CurrentVersion ? throw errors.Newer(version) : reader.GetString(1);
    }

    private string? TryFind(DbConnection connection)
    {
        try
        {
            using DbCommand find = connection.CreateCommand();
            find.CommandText = Find;
            using DbDataReader reader = find.ExecuteReader();
            return Check(reader);
        }
        catch (DbException exception) when (PostgresErrors.IsMissing(exception))
        {
            return null;
        }
    }
}
