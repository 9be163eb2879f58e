namespace Luma.Postgres.Tests;

/// <summary>Tests that change the environment of this process, so that no other runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentTests
{
    public const string Name = "environment";
}
