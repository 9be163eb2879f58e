using System.Data.Common;
using Npgsql;

namespace Luma.Postgres.Tests;

/// <summary>An address in each of the forms that people have, and what it leaves out from where libpq takes it.</summary>
[Collection(EnvironmentTests.Name)]
public sealed class AddressTests : IDisposable
{
    private static readonly string[] _variables =
    [
        "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSSLMODE", "PGCONNECT_TIMEOUT", "PGAPPNAME", "PGSERVICE", "PGSERVICEFILE",
        "PGSYSCONFDIR",
    ];

    private readonly Dictionary<string, string?> _before = _variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
    private readonly string _folder = Directory.CreateTempSubdirectory("lumaps-address-").FullName;

    public AddressTests()
    {
        foreach (string name in _variables) Environment.SetEnvironmentVariable(name, null);
        Environment.SetEnvironmentVariable("PGSYSCONFDIR", _folder);
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in _before) Environment.SetEnvironmentVariable(name, value);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("postgresql://luma@db.example.com/jobs")]
    [InlineData("postgres://luma@db.example.com:5432/jobs")]
    [InlineData("POSTGRESQL://luma@db.example.com/jobs?application_name=LumaPS")]
    [InlineData("host=db.example.com dbname=jobs user=luma")]
    [InlineData("  host = db.example.com   dbname='jobs' user = 'luma' ")]
    [InlineData("Host=db.example.com;Database=jobs;Username=luma")]
    [InlineData("Server=db.example.com;Port=5432;Database=jobs;User Id=luma")]
    public void All_forms_mean_the_same(string address)
    {
        (string location, NpgsqlConnectionStringBuilder settings) = Open(address);
        Assert.Equal("postgresql://db.example.com:5432/jobs", location);
        Assert.Equal(("luma", "jobs", "LumaPS"), (settings.Username, settings.Database, settings.ApplicationName));
    }

    [Theory]
    [InlineData("postgresql://luma:it%27s%20a%20%40%2F%3A%25@h/d", "it's a @/:%")]
    [InlineData(@"host=h dbname=d password='it\'s a @/:%'", "it's a @/:%")]
    [InlineData("Host=h;Database=d;Password=\"it's a @/:%\"", "it's a @/:%")]
    public void A_password_may_have_any_character_and_is_not_shown(string address, string password)
    {
        (string location, NpgsqlConnectionStringBuilder settings) = Open(address);
        Assert.Equal(password, settings.Password);
        Assert.Equal("postgresql://h:5432/d", location);
    }

    [Theory]
    [InlineData("postgresql://u@a,b:6000/d", "a:5432,b:6000")]
    [InlineData("postgresql://u@[::1]:6000/d", "[::1]:6000")]
    [InlineData("host=a,b port=6000,6001 dbname=d", "a:6000,b:6001")]
    [InlineData("host=a,b port=6000 dbname=d", "a:6000,b:6000")]
    [InlineData("host=ignored hostaddr=10.0.0.1 dbname=d", "10.0.0.1:5432")]
    public void Hosts_and_ports_are_those_that_were_named(string address, string hosts) => Assert.Equal(hosts, Open(address).Settings.Host);

    [Fact]
    public void Of_several_hosts_the_one_that_takes_writes_is_used()
    {
        Assert.Equal("primary", Open("postgresql://u@a,b/d").Settings.TargetSessionAttributes);
        Assert.Equal("any", Open("postgresql://u@a,b/d?target_session_attrs=any").Settings.TargetSessionAttributes);
        Assert.Equal("primary", Open("postgresql://u@a,b/d?target_session_attrs=read-write").Settings.TargetSessionAttributes);
        Assert.Null(Open("postgresql://u@a/d").Settings.TargetSessionAttributes);
        Assert.Null(Open("postgresql://u@a/d?target_session_attrs=read-write").Settings.TargetSessionAttributes);
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void Sslmode_is_libpqs(string text, SslMode mode)
    {
        Assert.Equal(mode, Open($"postgresql://u@h/d?sslmode={text}").Settings.SslMode);
        Assert.Equal(mode, Open($"host=h dbname=d sslmode={text}").Settings.SslMode);
        Environment.SetEnvironmentVariable("PGSSLMODE", text);
        Assert.Equal(mode, Open("postgresql://u@h/d").Settings.SslMode);
        Assert.Equal(mode, Open("Host=h;Database=d").Settings.SslMode);
    }

    [Fact]
    public void What_the_address_leaves_out_comes_from_the_environment()
    {
        Environment.SetEnvironmentVariable("PGHOST", "env.example.com");
        Environment.SetEnvironmentVariable("PGPORT", "6543");
        Environment.SetEnvironmentVariable("PGDATABASE", "jobs");
        Environment.SetEnvironmentVariable("PGCONNECT_TIMEOUT", "7");
        Environment.SetEnvironmentVariable("PGAPPNAME", "nightly");
        foreach (string address in new[] { "postgresql://", "postgresql:///", "user=luma", "Username=luma" })
        {
            (string location, NpgsqlConnectionStringBuilder settings) = Open(address);
            Assert.Equal("postgresql://env.example.com:6543/jobs", location);
            Assert.Equal((7, "nightly"), (settings.Timeout, settings.ApplicationName));
        }

        (_, NpgsqlConnectionStringBuilder named) = Open("postgresql://luma@h:1/d?connect_timeout=3&application_name=mine");
        Assert.Equal(("h:1", "d", 3, "mine"), (named.Host, named.Database, named.Timeout, named.ApplicationName));
    }

    [Fact]
    public void The_database_is_by_default_the_users_and_the_user_the_systems()
    {
        Assert.Equal(Environment.UserName, Open("postgresql://h").Settings.Username);
        Assert.Equal(Environment.UserName, Open("postgresql://h").Settings.Database);
        Assert.Equal("luma", Open("postgresql://luma@h").Settings.Database);
        Environment.SetEnvironmentVariable("PGUSER", "nightly");
        Assert.Equal("nightly", Open("postgresql://h").Settings.Database);
    }

    [Theory]
    [InlineData("service=luma")]
    [InlineData("postgresql://?service=luma")]
    [InlineData("postgresql:///?service=luma")]
    public void A_service_is_looked_up_in_libpqs_file(string address)
    {
        WriteServices();
        (string location, NpgsqlConnectionStringBuilder settings) = Open(address);
        Assert.Equal("postgresql://db.example.com:6000/jobs", location);
        Assert.Equal(("runner", "a = b", SslMode.VerifyFull), (settings.Username, settings.Password, settings.SslMode));

        // What the address says itself counts, and the environment only where neither has it.
        Environment.SetEnvironmentVariable("PGHOST", "env.example.com");
        Assert.Equal("db.example.com:6000", Open(address).Settings.Host);
        Assert.Equal("mine", Open("service=luma dbname=mine").Settings.Database);
        Environment.SetEnvironmentVariable("PGSERVICE", "luma");
        Assert.Equal("runner", Open("postgresql://").Settings.Username);

        // The user's own file comes before the system's.
        string own = Path.Combine(_folder, "own");
        File.WriteAllText(own, "[luma]\nhost=own.example.com\n");
        Environment.SetEnvironmentVariable("PGSERVICEFILE", own);
        Assert.Equal("own.example.com:5432", Open(address).Settings.Host);
    }

    [Theory]
    [InlineData("service=other", "The service 'other' is in none of the files")]
    [InlineData("postgresql://u:secret-word@h/d?sslmood=require", "'sslmood'")]
    [InlineData("postgresql://u:secret-word@h/d?sslmode=maybe", "sslmode")]
    [InlineData("postgresql://u:secret-word@h:port/d", "The port 'port'")]
    [InlineData("postgresql://u:secret-word@h:70000/d", "The port '70000'")]
    [InlineData("host=a,b port=1,2,3 password=secret-word", "2 hosts and 3 ports")]
    [InlineData("host=h password='secret-word", "A quote in it does not end")]
    [InlineData("secret-word", "neither")]
    [InlineData("Host=h;Password=secret-word;Timeout=soon", "connection string")]
    [InlineData("Host=h;Secret=secret-word", "connection string")]
    public void What_is_wrong_is_named_and_no_password_with_it(string address, string named)
    {
        WriteServices();
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => PostgresConnections.Open(address));
        Assert.Contains(named, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", wrong.ToString(), StringComparison.Ordinal);
    }

    private static (string Location, NpgsqlConnectionStringBuilder Settings) Open(string address)
    {
        (string location, Func<bool, DbConnection> create) = PostgresConnections.Open(address);
        using DbConnection connection = create(false);
        return (location, new NpgsqlConnectionStringBuilder(connection.ConnectionString));
    }

    private void WriteServices() =>
        File.WriteAllText(Path.Combine(_folder, "pg_service.conf"), """
            # Services of this machine
            [elsewhere]
            host=elsewhere.example.com

            [luma]
            host = db.example.com
            port=6000
              dbname=jobs
            user=runner
            password=a = b
            sslmode=verify-full
            """);
}
