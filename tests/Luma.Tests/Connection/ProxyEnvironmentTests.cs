namespace Luma.Tests;

/// <summary>What the environment says of proxies.</summary>
[Collection(nameof(Alone))] // The environment is that of the whole process.
public sealed class ProxyEnvironmentTests : IDisposable
{
    private static readonly string[] _variables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    private readonly string?[] _before = [.. _variables.Select(Environment.GetEnvironmentVariable)];

    public ProxyEnvironmentTests()
    {
        foreach (string name in _variables) Environment.SetEnvironmentVariable(name, null);
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in _variables.Zip(_before)) Environment.SetEnvironmentVariable(name, value);
    }

    [Theory]
    [InlineData("HTTPS_PROXY")]
    [InlineData("http_proxy")]
    [InlineData("ALL_PROXY")]
    public async Task Proxy_password_is_redacted_from_messages_escaped_or_not(string variable)
    {
        Environment.SetEnvironmentVariable(variable, "http://alice:made-up%40word@proxy.test:8080");
        await using var service = new TestService();
        Assert.Equal(
            "407 for *** (***)", service.Connect(new Uri("https://service.example")).Redact("407 for made-up@word (made-up%40word)"));
    }

    [Theory]
    [InlineData("socks5h://me:made-up@proxy.test:1080", "socks5h://proxy.test:1080", "socks5://")]
    [InlineData("socks://proxy.test:1080", "socks://proxy.test:1080", "socks5://")]
    [InlineData("quic://proxy.test", "quic://proxy.test", "http://proxy.example:8080")]
    public void Unsupported_proxy_scheme_is_reported_without_user_and_password(string value, string shown, string instead)
    {
        Environment.SetEnvironmentVariable("HTTPS_PROXY", value);
        string warning = ProxyAddress.WarningOfEnvironment()!;
        Assert.Contains($"HTTPS_PROXY is {shown}. ", warning, StringComparison.Ordinal);
        Assert.Contains("connects without a proxy", warning, StringComparison.Ordinal);
        Assert.Contains(instead, warning, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://proxy.test:8080")]
    [InlineData("HTTP://proxy.test:8080")]
    [InlineData("socks5://proxy.test")]
    [InlineData("proxy.test:8080")]
    [InlineData("alice:made-up@proxy.test:8080")]
    public void Supported_proxy_scheme_is_not_reported(string value)
    {
        Environment.SetEnvironmentVariable("ALL_PROXY", value);
        Assert.Null(ProxyAddress.WarningOfEnvironment());
    }
}
