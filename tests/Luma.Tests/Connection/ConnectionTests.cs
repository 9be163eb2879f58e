namespace Luma.Tests;

public class ConnectionTests
{
    [Theory]
    [InlineData("https://api.ttapi.io", "api.ttapi.io")]
    [InlineData("https://API.ttapi.IO/", "api.ttapi.io")]
    [InlineData("https://api.ttapi.org", "api.ttapi.io")]
    [InlineData("https://ttapi.org/", "ttapi.org")]
    [InlineData("https://example.com:443/", "example.com")]
    [InlineData("https://example.com:8443/", "example.com:8443")]
    [InlineData("https://Example.com/some/Path/", "example.com/some/Path")]
    [InlineData("http://127.0.0.1:5000/1a2b3c4d/", "127.0.0.1:5000/1a2b3c4d")]
    [InlineData("http://127.0.0.1:5000/1a2b3c4d", "127.0.0.1:5000/1a2b3c4d")]
    public void The_two_addresses_of_the_service_are_one_service_and_any_other_is_its_own(string address, string service)
    {
        var connection = new LumaConnection(new LumaConnectionOptions { ApiKey = TestService.Key, BaseUri = new Uri(address) },
            (_, _) => throw new InvalidOperationException());
        Assert.Equal(service, connection.Service);
    }

    [Fact]
    public async Task An_address_without_a_slash_at_its_end_keeps_its_path()
    {
        await using var lab = new TestService();
        LumaConnection connection = lab.Connect(new Uri(lab.Sandbox.BaseUri.AbsoluteUri.TrimEnd('/')), lab.Sandbox.ApiKey);
        Assert.NotNull((await new LumaClient(connection).SubmitAsync(TestService.Car)).JobId);
        Assert.Equal(lab.Connection.Service, connection.Service);
    }

    [Fact]
    public void The_key_is_shown_nowhere()
    {
        var connection =
            new LumaConnection(new LumaConnectionOptions { ApiKey = TestService.Key }, (_, _) => throw new InvalidOperationException());
        Assert.DoesNotContain(TestService.Key, connection.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.All(typeof(LumaConnection).GetProperties(),
            property => Assert.DoesNotContain(TestService.Key, $"{property.GetValue(connection)}", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Nothing_third_party_is_loaded_before_the_first_request()
    {
        var connection = new LumaConnection(
            new LumaConnectionOptions { ApiKey = TestService.Key }, (_, _) => throw new InvalidOperationException("loaded"));
        Assert.Throws<InvalidOperationException>(() => connection.ServiceClient);
    }

    [Fact]
    public void Redaction_goes_by_the_exact_value_whatever_its_case()
    {
        var connection =
            new LumaConnection(new LumaConnectionOptions { ApiKey = TestService.Key }, (_, _) => throw new InvalidOperationException());
        const string JobId = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3";
        Assert.Equal($"*** of {JobId}, ***", connection.Redact($"{TestService.Key} of {JobId}, {TestService.Key.ToUpperInvariant()}"));
        Assert.Null(connection.Redact(null));
    }
}
