namespace Luma.Tests;

public class SecretTextsTests
{
    [Theory]
    [InlineData("x", "exist", "exist")] // Too short to be looked for.
    [InlineData("password", "the password is wrong", "the *** is wrong")]
    [InlineData("password", "passwords are wrong", "passwords are wrong")] // A word that begins with it.
    [InlineData("password", "key=PASSWORD;", "key=***;")]
    [InlineData("0d6f5a11-9f57-4a41-b9c1-27c5d3b2a7e9", "a0d6f5a11-9f57-4a41-b9c1-27c5d3b2a7e9b", "a***b")] // So long a one is no accident.
    public void Secret_is_redacted_only_as_a_complete_token(string secret, string text, string expected) =>
        Assert.Equal(expected, new SecretTexts([secret]).Redact(text));

    [Fact]
    public void A_secret_is_found_in_an_exception_behind_another()
    {
        var exception = new HttpRequestException("It failed.", new IOException("Invalid status line 'made-up-secret'"));
        Assert.True(new SecretTexts(["made-up-secret"]).IsIn(exception));
        Assert.False(new SecretTexts(["another-secret"]).IsIn(exception));
    }

    [Fact]
    public async Task The_key_in_a_broken_header_line_reaches_neither_traces_nor_inner_exceptions()
    {
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            await RawServer.ReadRequestAsync(stream, stop);
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nTT-API-KEY {TestService.Key}\r\n\r\n", stop);
        });
        await using var service = new TestService();
        var traces = new List<RequestTrace>();
        var client = new LumaClient(service.Connect(server.Address()), traces.Add);
        var failed = await Assert.ThrowsAsync<LumaException>(
            () => client.FetchAsync(new LumaJob { JobId = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3" }, retry: false));
        Assert.DoesNotContain(TestService.Key, failed.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(TestService.Key, string.Join(' ', traces), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("***", string.Join(' ', traces), StringComparison.Ordinal);
    }
}
