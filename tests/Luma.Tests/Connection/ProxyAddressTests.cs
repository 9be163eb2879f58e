namespace Luma.Tests;

public class ProxyAddressTests
{
    [Theory]
    [InlineData("http://alice:p%40ss@proxy.test:8080", "http://proxy.test:8080/", "alice", "p@ss")]
    [InlineData("http://alice:p@ss@proxy.test:8080", "http://proxy.test:8080/", "alice", "p@ss")]
    [InlineData("socks5://alice@proxy.test", "socks5://proxy.test/", "alice", "")]
    [InlineData("https://proxy.test/", "https://proxy.test/", null, null)]
    public void User_and_password_are_apart_from_the_address(string text, string address, string? user, string? password)
    {
        ProxyAddress read = ProxyAddress.Parse("Proxy", text);
        Assert.Equal(address, read.Address.AbsoluteUri);
        Assert.Equal(user, read.Credential?.UserName);
        Assert.Equal(password, read.Credential?.Password);
        Assert.Empty(read.Address.UserInfo);
    }

    [Theory]
    [InlineData("alice:made-up@proxy.test")]
    [InlineData("ftp://alice:made-up@proxy.test")]
    [InlineData("socks5h://alice:made-up@proxy.test")]
    [InlineData("http://alice:made-up@")]
    public void What_is_refused_is_refused_without_its_password(string text)
    {
        var refused = Assert.Throws<LumaException>(() => ProxyAddress.Parse("Proxy", text));
        Assert.Equal(LumaErrorId.LumaInvalidValue, refused.ErrorId);
        Assert.DoesNotContain("made-up", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("socks5h://proxy.test:1080")]
    [InlineData("SOCKS5H://proxy.test:1080")]
    [InlineData("socks://proxy.test:1080")]
    public void Unsupported_kind_of_SOCKS_is_refused_with_what_to_use_instead(string text)
    {
        var refused = Assert.Throws<LumaException>(() => ProxyAddress.Parse("Proxy", text));
        Assert.Contains("would connect without the proxy. Use socks5://", refused.Message, StringComparison.Ordinal);
    }
}
