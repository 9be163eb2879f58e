namespace Luma.Tests;

/// <summary>What is refused before anything is sent.</summary>
public class BeforeSendingTests
{
    private const string JobId = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3";

    [Theory]
    [InlineData("10s", "1080p")]
    [InlineData("10", "1080P")]
    [InlineData("10S", "1080p")]
    public async Task Ten_seconds_in_1080p_are_refused(string duration, string resolution)
    {
        string message = await RefusedAsync(new GenerationRequest { Prompt = "a red car", Duration = duration, Resolution = resolution });
        Assert.Contains("720p", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t\r\n\u00A0\u3000")]
    public async Task A_blank_prompt_is_refused(string? prompt)
    {
        Assert.Contains("-Prompt", await RefusedAsync(new GenerationRequest { Prompt = prompt }), StringComparison.Ordinal);
        Assert.Contains("-Prompt", await RefusedAsync(new ExtensionRequest { JobId = JobId, Prompt = prompt }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("picture.png")]
    [InlineData("/picture.png")]
    [InlineData("C:\\picture.png")]
    [InlineData("file:///picture.png")]
    [InlineData("ftp://example.com/picture.png")]
    [InlineData("data:image/png;base64,AAAA")]
    [InlineData("http://")]
    [InlineData("https:///picture.png")]
    [InlineData("https://example.com/a b.png")]
    [InlineData("https://example.com/a\n.png")]
    [InlineData("javascript:alert(1)")]
    public async Task A_link_that_the_service_cannot_reach_is_refused(string link)
    {
        Assert.Contains("-ImageUrl", await RefusedAsync(new GenerationRequest { Prompt = "a", ImageUrl = link }), StringComparison.Ordinal);
        Assert.Contains(
            "-EndImageUrl", await RefusedAsync(new GenerationRequest { Prompt = "a", EndImageUrl = link }), StringComparison.Ordinal);
        Assert.Contains("-HookUrl", await RefusedAsync(new GenerationRequest { Prompt = "a", HookUrl = link }), StringComparison.Ordinal);
        Assert.Contains(
            "-HookUrl", await RefusedAsync(new ExtensionRequest { JobId = JobId, Prompt = "a", HookUrl = link }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("ed1a1b01-7d64-4c8a-acaa-71185d23a2f")]
    [InlineData("{ed1a1b01-7d64-4c8a-acaa-71185d23a2f3}")]
    [InlineData("ed1a1b017d644c8aacaa71185d23a2f3")]
    [InlineData("ed1a1b01-7d64-4c8a-acaa-71185d23a2f3 x")]
    [InlineData("https://api.ttapi.io/luma/v1/fetch?jobId=ed1a1b01-7d64-4c8a-acaa-71185d23a2f3")]
    public async Task A_malformed_jobId_is_not_extended(string? jobId) =>
        Assert.Contains(
            "-JobId", await RefusedAsync(new ExtensionRequest { JobId = jobId, Prompt = "it turns left" }), StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Job_without_a_jobId_is_not_fetched(string? jobId)
    {
        await using var lab = new TestService();
        Assert.Equal(
            LumaErrorId.LumaInvalidValue, (await TestService.FailureAsync(lab.Client.FetchAsync(new LumaJob { JobId = jobId }))).ErrorId);
        Assert.Equal(0, lab.Sandbox.RequestCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_key_is_no_jobId(bool upperCase)
    {
        await using var lab = new TestService();
        string key = upperCase ? lab.Sandbox.ApiKey.ToUpperInvariant() : lab.Sandbox.ApiKey;
        foreach (Task call in new Task[]
            { lab.Client.FetchAsync(new LumaJob { JobId = key }), lab.Client.SubmitAsync(TestService.Left(key)) })
        {
            LumaException failure = await TestService.FailureAsync(call);
            Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
            Assert.DoesNotContain(lab.Sandbox.ApiKey, failure.Message, StringComparison.OrdinalIgnoreCase);
            Assert.NotEqual(key, failure.JobId);
        }

        Assert.Equal(0, lab.Sandbox.RequestCount);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void A_connection_needs_a_key(string? key)
    {
        LumaException failure = Assert.Throws<LumaException>(() => Connect("https://api.ttapi.io", key!));
        Assert.Equal(LumaErrorId.LumaKeyMissing, failure.ErrorId);
    }

    [Theory]
    [InlineData("secret\r\nX-Other: 1")]
    [InlineData("secret with blanks")]
    [InlineData("secretü")]
    [InlineData("secret\0")]
    public void A_key_that_is_no_header_is_refused_and_not_shown(string key)
    {
        LumaException failure = Assert.Throws<LumaException>(() => Connect("https://api.ttapi.io", key));
        Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://api.ttapi.io")]
    [InlineData("http://192.168.1.7:8080/")]
    [InlineData("http://localhost.example.com/")]
    [InlineData("http://127.0.0.1.example.com/")]
    public void Plain_http_is_refused_unless_it_stays_on_this_machine(string address)
    {
        LumaException failure = Assert.Throws<LumaException>(() => Connect(address));
        Assert.Equal(LumaErrorId.LumaInsecureEndpoint, failure.ErrorId);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080/")]
    [InlineData("http://localhost/")]
    [InlineData("http://[::1]:99/x")]
    [InlineData("http://loopback/")] // .NET takes it for localhost, and asks that.
    [InlineData("https://example.com/")]
    public void Https_and_this_machine_are_fine(string address) => Assert.NotNull(Connect(address).Service);

    [Theory]
    [InlineData("https://user:secret@api.ttapi.io/")]
    [InlineData("https://user@api.ttapi.io/")]
    [InlineData("https://api.ttapi.io/?key=secret")]
    [InlineData("https://api.ttapi.io/#top")]
    [InlineData("ftp://api.ttapi.io/")]
    [InlineData("file:///tmp/x")]
    [InlineData("luma/v1")]
    public void An_address_with_more_than_a_host_and_a_path_is_refused(string address)
    {
        LumaException failure = Assert.Throws<LumaException>(() => Connect(address));
        Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    private static LumaConnection Connect(string address, string key = TestService.Key) => new(
        new LumaConnectionOptions { ApiKey = key, BaseUri = new Uri(address, UriKind.RelativeOrAbsolute) },
        (_, _) => throw new InvalidOperationException("Nothing may be sent."));

    private static async Task<string> RefusedAsync(SubmitRequest request)
    {
        await using var lab = new TestService();
        LumaException failure = await TestService.FailureAsync(lab.Client.SubmitAsync(request));
        Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
        Assert.Contains("Nothing was sent.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, lab.Sandbox.RequestCount);
        return failure.Message;
    }
}
