namespace Luma.Postgres.Tests;

/// <summary>One server for all tests that do it no harm; each takes a database of its own.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private PostgresServer? _server;

    public PostgresServer Server => _server!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is null) _server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class SharedServerTests : ICollectionFixture<SharedServer>
{
    public const string Name = "shared server";
}
