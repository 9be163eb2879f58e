using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Luma.Sandbox.Tests;

/// <summary>A sandbox and a client of it, for one test.</summary>
internal sealed class Fixture : IAsyncDisposable
{
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, AllowAutoRedirect = false };

    public Fixture(LumaSandboxOptions? options = null)
    {
        Sandbox = LumaSandbox.Start(options ?? new LumaSandboxOptions { JobSeconds = 0, RecordRequests = true });
        Api = new HttpClient(_handler) { BaseAddress = Sandbox.BaseUri, Timeout = TimeSpan.FromSeconds(30) };
        Api.DefaultRequestHeaders.Add("TT-API-KEY", Sandbox.ApiKey);
        Plain = new HttpClient(_handler) { BaseAddress = Sandbox.BaseUri, Timeout = TimeSpan.FromSeconds(30) };
    }

    public LumaSandbox Sandbox { get; }

    /// <summary>Sends the key.</summary>
    public HttpClient Api { get; }

    /// <summary>Sends no key.</summary>
    public HttpClient Plain { get; }

    public static Fixture WithTime(ManualTimeProvider time, double jobSeconds) =>
        new(new LumaSandboxOptions { JobSeconds = jobSeconds, RecordRequests = true, TimeProvider = time });

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public Task<HttpResponseMessage> PostAsync(string path, string json) => Api.PostAsync(path, Json(json));

    /// <summary>Submits a generation and gives its jobId.</summary>
    public async Task<string> SubmitAsync(string json = """{"userPrompt":"a red car"}""", string path = "luma/v1/generations")
    {
        using HttpResponseMessage answer = await PostAsync(path, json);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        JsonElement envelope = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return envelope.GetProperty("data").GetProperty("jobId").GetString()!;
    }

    public Task<JsonElement> FetchAsync(string jobId) => Api.GetFromJsonAsync<JsonElement>($"luma/v1/fetch?jobId={jobId}");

    /// <summary>Asks for the video of a job just made.</summary>
    public async Task<HttpResponseMessage> VideoAsync(string jobId, string? range = null, string? ifRange = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, Sandbox.VideoUrlFor(jobId));
        if (range is not null) request.Headers.TryAddWithoutValidation("Range", range);
        if (ifRange is not null) request.Headers.TryAddWithoutValidation("If-Range", ifRange);
        return await Plain.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The text of a request for the API, to be sent as it is.</summary>
    public string Raw(string firstLine, string headers = "", string body = "") =>
        $"{firstLine}\r\nHost: x\r\nTT-API-KEY: {Sandbox.ApiKey}\r\n{headers}\r\n{body}";

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Sandbox.BaseUri);

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        Plain.Dispose();
        _handler.Dispose();
        await Sandbox.DisposeAsync();
    }
}
