using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Luma.Sandbox.Tests;

/// <summary>The three endpoints as the contract has them.</summary>
public class EndpointTests
{
    private const string Generations = "luma/v1/generations";
    private const string Extend = "luma/v1/extend";
    private const string Fetch = "luma/v1/fetch";

    [Fact]
    public async Task A_submit_is_answered_as_in_the_contract()
    {
        await using var f = new Fixture();
        using HttpResponseMessage answer = await f.PostAsync(Generations, """{"userPrompt":"a red car"}""");
        string id = Assert.Single(f.Sandbox.Jobs).JobId;
        Assert.True(Guid.TryParse(id, out _));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            $$$"""{"status":"SUCCESS","message":"","data":{"jobId":"{{{id}}}"}}""",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Finished_job_is_returned_as_in_the_contract_by_GET_and_by_POST()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync("""{"userPrompt":"Ein „rotes“ Auto","aspectRatio":"1:1","imageUrl":"https://x.example/a.png"}""");
        string url = f.Sandbox.VideoUrlFor(id)!;
        string expected =
            $$$"""
            {"status":"SUCCESS","message":"success","jobId":"{{{id}}}","data":{"jobId":"{{{id}}}","userPrompt":"Ein „rotes“ Auto",
            "width":"512","height":"512","imageUrl":"https://x.example/a.png","imageEndUrl":null,"hookUrl":null,
            "videoUrl":"{{{url}}}","quota":25}}
            """.ReplaceLineEndings("");
        Assert.Equal(expected, await f.Api.GetStringAsync($"{Fetch}?x=1&jobId={id}"));
        using HttpResponseMessage post = await f.PostAsync(Fetch, $$"""{"jobId":"{{id}}"}""");
        Assert.Equal(expected, await post.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_job_keeps_what_was_submitted()
    {
        await using var f = new Fixture();
        await f.SubmitAsync("""{"userPrompt":"a","loop":true,"unknown":[1]}""");
        SandboxJob job = Assert.Single(f.Sandbox.Jobs);
        Assert.Equal("generation", job.Kind);
        Assert.Null(job.ParentJobId);
        Assert.Equal(["userPrompt", "loop", "unknown"], job.Fields.Keys);
        Assert.Equal(JsonValueKind.True, job.Fields["loop"].ValueKind);
    }

    [Fact]
    public async Task An_extension_has_its_parents_ratio()
    {
        await using var f = new Fixture();
        string parent = await f.SubmitAsync("""{"userPrompt":"a","aspectRatio":"21:9"}""");
        string child = await f.SubmitAsync($$"""{"userPrompt":"b","jobId":"{{parent}}"}""", Extend);
        SandboxJob job = f.Sandbox.Jobs[1];
        Assert.Equal(("extension", parent, child), (job.Kind, job.ParentJobId, job.JobId));
        JsonElement data = (await f.FetchAsync(child)).GetProperty("data");
        Assert.Equal(("840", "360"), (data.GetProperty("width").GetString(), data.GetProperty("height").GetString()));
    }

    [Theory]
    [InlineData("""{"aspectRatio":"16:9"}""", "userPrompt")]
    [InlineData("""{"userPrompt":""}""", "userPrompt")]
    [InlineData("""{"userPrompt":null}""", "userPrompt")]
    [InlineData("""{"userPrompt":5}""", "userPrompt")]
    [InlineData("""{"userPrompt":"\ud800"}""", "userPrompt")]
    [InlineData("""{"userPrompt":"a","loop":"true"}""", "loop")]
    [InlineData("""{"userPrompt":"a","duration":5}""", "duration")]
    [InlineData("""{"userPrompt":"a","modelName":true}""", "modelName")]
    [InlineData("""{"userPrompt":"a","imageUrl":"/a.png"}""", "imageUrl")]
    [InlineData("""{"userPrompt":"a","imageEndUrl":"ftp://x.example/a.png"}""", "imageEndUrl")]
    [InlineData("""{"userPrompt":"a","hookUrl":""}""", "hookUrl")]
    [InlineData("""{"userPrompt":"a","duration":"10s","resolution":"1080p"}""", "720p")]
    [InlineData("""["userPrompt"]""", "JSON object")]
    [InlineData("userPrompt=a", "JSON object")]
    [InlineData("", "JSON object")]
    public async Task A_wrong_parameter_is_refused_and_makes_no_job(string json, string names)
    {
        await using var f = new Fixture();
        using HttpResponseMessage answer = await f.PostAsync(Generations, json);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        JsonElement envelope = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("FAILED", envelope.GetProperty("status").GetString());
        Assert.StartsWith("Parameter error: ", envelope.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains(names, envelope.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, envelope.GetProperty("data").ValueKind);
        Assert.Empty(f.Sandbox.Jobs);
        Assert.Equal(1, f.Sandbox.SubmitCount);
    }

    [Theory]
    [InlineData("""{"userPrompt":"a","modelName":"ray-v9","aspectRatio":"2:1","useMode":"turbo","duration":"7s"}""")]
    [InlineData("""{"userPrompt":"a","duration":"10s","resolution":"720p","loop":false}""")]
    [InlineData("""{"userPrompt":"a","imageUrl":null,"loop":null}""")]
    public async Task Undocumented_values_are_accepted(string json)
    {
        await using var f = new Fixture();
        await f.SubmitAsync(json);
        Assert.Single(f.Sandbox.Jobs);
    }

    [Theory]
    [InlineData("""{"userPrompt":"a"}""")]
    [InlineData("""{"userPrompt":"a","jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}""")]
    public async Task An_extension_needs_a_job_that_is_known(string json)
    {
        await using var f = new Fixture();
        using HttpResponseMessage answer = await f.PostAsync(Extend, json);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("jobId", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ed1a1b01-7d64-4c8a-acaa-71185d23a2f3")]
    public async Task Without_the_right_key_nothing_is_returned(string? key)
    {
        await using var f = new Fixture();
        using var request = new HttpRequestMessage(HttpMethod.Post, Generations) { Content = Fixture.Json("{}") };
        if (key is not null) request.Headers.Add("TT-API-KEY", key);
        using HttpResponseMessage answer = await f.Plain.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Matches("""^\{"status":"FAILED","message":"[^"]+"\}$""", text);
        Assert.DoesNotContain(key ?? f.Sandbox.ApiKey, text, StringComparison.Ordinal);
        Assert.DoesNotContain(f.Sandbox.ApiKey, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_job_is_404_without_a_jobId()
    {
        await using var f = new Fixture();
        using HttpResponseMessage answer = await f.Api.GetAsync($"{Fetch}?jobId={Guid.NewGuid()}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        JsonElement envelope = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("FAILED", envelope.GetProperty("status").GetString());
        Assert.False(envelope.TryGetProperty("jobId", out _));
    }

    [Fact]
    public async Task A_fetch_without_a_jobId_is_a_parameter_error()
    {
        await using var f = new Fixture();
        using HttpResponseMessage get = await f.Api.GetAsync($"{Fetch}?jobId=");
        using HttpResponseMessage post = await f.PostAsync(Fetch, "{}");
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (get.StatusCode, post.StatusCode));
    }

    [Theory]
    [InlineData("GET", Generations, 405, "POST")]
    [InlineData("PUT", Extend, 405, "POST")]
    [InlineData("HEAD", Fetch, 405, "GET, POST")]
    [InlineData("POST", "luma/v1/balance", 404, null)]
    [InlineData("GET", "luma/v1/fetch/", 404, null)]
    public async Task Other_methods_and_paths_are_refused(string method, string path, int status, string? allow)
    {
        await using var f = new Fixture();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage answer = await f.Api.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(allow, answer.Content.Headers.Allow.Count == 0 ? null : string.Join(", ", answer.Content.Headers.Allow));
        string text = await answer.Content.ReadAsStringAsync();
        if (method == "HEAD") Assert.Empty(text);
        else Assert.Contains("\"FAILED\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_instance_may_be_omitted_but_not_be_another()
    {
        await using var f = new Fixture();
        string id = await f.SubmitAsync();
        using HttpResponseMessage root = await f.Api.GetAsync($"/{Fetch}?jobId={id}");
        using HttpResponseMessage other = await f.Api.GetAsync($"/00000000/{Fetch}?jobId={id}");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (root.StatusCode, other.StatusCode));
        Assert.Equal([$"/{Generations}", $"/{Fetch}", $"/00000000/{Fetch}"], f.Sandbox.Requests.Select(r => r.Path));
    }
}
