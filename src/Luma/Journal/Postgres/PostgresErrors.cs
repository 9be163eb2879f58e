using System.Data.Common;

namespace Luma;

/// <summary>What a failure of the database means to a user.</summary>
internal sealed class PostgresErrors(string location)
{
    private const string Documentation = "docs/scaling.md";

    /// <summary>Where the journal is, without a password.</summary>
    public string Location => location;

    /// <summary>The server's code of a failure; null: it did not come from the server.</summary>
    public static string? SqlState(Exception exception) => exception.Data["SqlState"] as string ?? (exception as DbException)?.SqlState;

    /// <summary>Whether there is no such table or schema: nobody has written to this journal yet.</summary>
    public static bool IsMissing(Exception exception) => SqlState(exception) is "42P01" or "3F000";

    /// <summary>Whether it is a transaction that the server gave up for another one's sake; sent again it may get through.</summary>
    public static bool IsWorthRepeating(Exception exception) => SqlState(exception) is "40001" or "40P01";

    /// <summary>Whether another attempt, soon, may find the server: it is gone, starting up or shutting down.</summary>
    public static bool IsAway(Exception exception) => SqlState(exception) is null or "57P01" or "57P02" or "57P03" or "25006" or "53300"
        || SqlState(exception)!.StartsWith("08", StringComparison.Ordinal);

    /// <summary>The failure as the module tells it.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="what">What was to be done with the journal: read, written.</param>
    /// <param name="more">What else there is to say, as full sentences.</param>
    public LumaException Of(Exception exception, string what, string? more = null)
    {
        if (exception is LumaException known)
        {
            return more is null ? known : new LumaException(known.ErrorId, $"{known.Message} {more}", known.InnerException)
                { RecommendedAction = known.RecommendedAction };
        }

        (string reason, string action) = Describe(exception);
        return new LumaException(LumaErrorId.LumaJournalError,
            $"The journal in {location} could not be {what}: {reason}{(more is null ? "" : " " + more)}",
            exception) { RecommendedAction = action };
    }

    /// <summary>The session broke in which something was locked or reserved; whoever wanted it begins anew.</summary>
    public LumaException Lost() =>
        new(LumaErrorId.LumaJournalError, $"The connection to the journal in {location} broke.")
            { IsLockLost = true, RecommendedAction = "Run it again." };

    /// <summary>The journal is of a later version of this module.</summary>
    public LumaException Newer(int version) => new(
        LumaErrorId.LumaJournalError,
        $"The journal in {location} was made by a newer version of LumaPS: its tables have version {version}, and this one knows " +
            $"{PostgresSchema.CurrentVersion}.")
    {
        RecommendedAction = "Update the module: Update-PSResource LumaPS.",
    };

    /// <summary>The database cannot hold a journal.</summary>
    public LumaException Unfit(string reason, string action) =>
        new(LumaErrorId.LumaJournalError, $"The journal in {location} cannot be used: {reason}") { RecommendedAction = action };

    private static (string Reason, string Action) Describe(Exception exception) => SqlState(exception) switch
    {
        "28P01" or "28000" => ("the server does not accept this user or its password.",
            "Check the user in LUMAPS_JOURNAL and its password in PGPASSFILE, ~/.pgpass or PGPASSWORD."),
        "3D000" => ("the server has no such database.", "Make it (createdb), or correct LUMAPS_JOURNAL."),
        "42501" => ($"this user does not have the rights. The server says: {ErrorText.Reason(exception)}",
            $"Have them granted; {Documentation} has the statements."),
        "53100" => ("the server's disk is full.", "Make room on the server's disk, and run it again."),
        "53300" => ("the server has no connection left.", "Raise max_connections at the server, or run fewer processes at a time."),
        "25006" => ("the server is a standby or read-only.", "Name the primary server in LUMAPS_JOURNAL; with several hosts it is found."),
        "57P03" => ("the server is starting up or shutting down.", "Run it again in a moment."),
        null => (ErrorText.Reason(exception),
            "See that the server of LUMAPS_JOURNAL runs and can be reached: Test-LumaConnection. Then run it again."),
        var state => ($"the server says: {ErrorText.Reason(exception)}", $"Look up SQLSTATE {state} and the server's log."),
    };
}
