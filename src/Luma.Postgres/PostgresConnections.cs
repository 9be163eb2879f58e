using System.Data.Common;
using Npgsql;

namespace Luma.Postgres;

/// <summary>
/// Connections to the database of a shared journal. Only framework types cross: what stands behind them lives in a load context of its own.
/// </summary>
public static class PostgresConnections
{
    // Bounds for those who set none: a server that says nothing must not hold up a batch for long.
    private const int ConnectSeconds = 10;
    private const int CommandSeconds = 15;
    private const int MostPrepared = 20;

    /// <summary>
    /// Understands an address: <c>postgresql://user@host:port,host2:port2/database?sslmode=verify-full</c>, libpq's <c>host=...
    /// dbname=...</c>, or Npgsql's <c>Host=...;Database=...</c>. What it leaves out comes from libpq's environment and service file.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <returns>Where that is, to be shown, without a password; and what makes a connection, closed; for true one out of a small pool,
    /// for false one of its own.</returns>
    /// <exception cref="ArgumentException">It is not an address. The text names the part that is wrong, and never a password.</exception>
    public static (string Location, Func<bool, DbConnection> Create) Open(string address)
    {
        NpgsqlConnectionStringBuilder settings = PostgresAddress.Parse(address);

        // ShouldSerialize tells whether a setting was set; ContainsKey only whether Npgsql knows it.
        if (!settings.ShouldSerialize("Timeout")) settings.Timeout = ConnectSeconds;
        if (!settings.ShouldSerialize("Command Timeout")) settings.CommandTimeout = CommandSeconds;
        if (!settings.ShouldSerialize("Application Name"))
        {
            settings.ApplicationName = Environment.GetEnvironmentVariable("PGAPPNAME") ?? "LumaPS";
        }

        // Of several servers only the one that can be written to will do. A single one is no choice, and Npgsql refuses to make one
        // there; if it takes no writes, it says so at the first of them.
        if (!settings.Host!.Contains(',')) settings.Remove("Target Session Attributes");
        else if (!settings.ShouldSerialize("Target Session Attributes")) settings.TargetSessionAttributes = "primary";

        settings.PersistSecurityInfo = false;
        settings.IncludeErrorDetail = false;
        settings.Enlist = false;
        settings.LoadBalanceHosts = false;

        // A session sends the same few statements over and over: the server parses and plans each of them once.
        var own = new NpgsqlConnectionStringBuilder(settings.ConnectionString)
            { Pooling = false, MaxAutoPrepare = MostPrepared, AutoPrepareMinUsages = 2 };
        var pooled = new NpgsqlConnectionStringBuilder(settings.ConnectionString)
            { Pooling = true, MinPoolSize = 0, MaxPoolSize = 4, ConnectionIdleLifetime = 30, ConnectionPruningInterval = 10 };
        string location = $"postgresql://{settings.Host}{(settings.Host.Contains(':') ? "" : $":{settings.Port}")}/{settings.Database}";
        return (location, isPooled => new NpgsqlConnection((isPooled ? pooled : own).ConnectionString));
    }
}
