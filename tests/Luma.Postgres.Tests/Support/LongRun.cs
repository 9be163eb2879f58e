namespace Luma.Postgres.Tests;

/// <summary>What takes minutes runs when it is asked for.</summary>
internal static class LongRun
{
    private const string Variable = "LUMAPS_POSTGRES_LONG";

    public const string HowTo = $"It takes a minute or more: set {Variable}=1 to run it.";

    public static bool IsWanted { get; } = Environment.GetEnvironmentVariable(Variable) is "1";
}

/// <summary>A test with a server that takes minutes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongPostgresFactAttribute : FactAttribute
{
    public LongPostgresFactAttribute() => Skip = PostgresServer.Missing ?? (LongRun.IsWanted ? null : LongRun.HowTo);
}
