using System.Net;
using System.Text.Json;

namespace Luma.Tests;

/// <summary>What arrives at the service.</summary>
public class RequestTests
{
    [Fact]
    public async Task All_ten_fields_of_a_generation_arrive_under_their_names_and_types()
    {
        await using var lab = new TestService();
        await lab.Client.SubmitAsync(new GenerationRequest
        {
            Prompt = "a red car",
            AspectRatio = "16:9",
            Model = "ray-v2",
            ImageUrl = "https://example.com/first.png?x=1&y=%20",
            EndImageUrl = "https://example.com/last.png",
            Duration = "5s",
            Resolution = "1080p",
            Loop = true,
            Mode = "fast",
            HookUrl = "http://127.0.0.1:9/hook",
            Name = "never sent",
        });
        SandboxRequest request = Assert.Single(lab.Sandbox.Requests);
        Assert.Equal(("POST", "/luma/v1/generations", ""), (request.Method, request.Path, request.Query));
        Assert.StartsWith("application/json", request.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(lab.Sandbox.ApiKey, request.Headers["TT-API-KEY"]);
        AssertJson(
            """
            {
              "userPrompt": "a red car", "aspectRatio": "16:9", "modelName": "ray-v2",
              "imageUrl": "https://example.com/first.png?x=1&y=%20", "imageEndUrl": "https://example.com/last.png",
              "duration": "5s", "resolution": "1080p", "loop": true, "useMode": "fast", "hookUrl": "http://127.0.0.1:9/hook"
            }
            """,
            request.Body);
    }

    [Fact]
    public async Task All_four_fields_of_an_extension_arrive_under_their_names_and_types()
    {
        await using var lab = new TestService();
        LumaJob parent = await lab.SubmitAsync();
        LumaJob job = await lab.Client.SubmitAsync(new ExtensionRequest
            { JobId = parent.JobId, Prompt = "it turns left", Model = "ray-v3", HookUrl = "http://127.0.0.1:9/hook", Name = "never sent" });
        SandboxRequest request = lab.Sandbox.Requests[^1];
        Assert.Equal(("POST", "/luma/v1/extend"), (request.Method, request.Path));
        AssertJson(
            $$"""{"jobId":"{{parent.JobId}}","userPrompt":"it turns left","modelName":"ray-v3","hookUrl":"http://127.0.0.1:9/hook"}""",
            request.Body);
        Assert.Equal((LumaJobKind.Extension, parent.JobId, "never sent"), (job.Kind, job.ParentJobId, job.Name));
    }

    [Fact]
    public async Task Only_what_was_set_is_sent()
    {
        await using var lab = new TestService();
        LumaJob parent = await lab.SubmitAsync();
        AssertJson("""{"userPrompt":"a red car driving on a road"}""", lab.Sandbox.Requests[^1].Body);
        await lab.Client.SubmitAsync(TestService.Left(parent.JobId!));
        AssertJson($$"""{"jobId":"{{parent.JobId}}","userPrompt":"it turns left"}""", lab.Sandbox.Requests[^1].Body);
    }

    [Fact]
    public async Task Loop_is_sent_as_false_when_it_was_set_to_false()
    {
        await using var lab = new TestService();
        await lab.Client.SubmitAsync(new GenerationRequest { Prompt = "a red car", Loop = false });
        AssertJson("""{"userPrompt":"a red car","loop":false}""", lab.Sandbox.Requests[^1].Body);
    }

    [Theory]
    [InlineData("10", "10s")]
    [InlineData("10s", "10s")]
    [InlineData("5", "5s")]
    [InlineData("7s", "7s")]
    public async Task A_duration_is_sent_in_seconds_with_or_without_its_unit(string given, string sent)
    {
        await using var lab = new TestService();
        await lab.Client.SubmitAsync(new GenerationRequest { Prompt = "a red car", Duration = given });
        Assert.Equal(sent, lab.LastBody().GetProperty("duration").GetString());
    }

    [Fact]
    public async Task Undocumented_values_are_sent_as_they_are()
    {
        await using var lab = new TestService();
        await lab.Client.SubmitAsync(
            new GenerationRequest { Prompt = "a red car", Model = "ray-v9", AspectRatio = "2:1", Resolution = "4k", Mode = "turbo" });
        AssertJson("""{"userPrompt":"a red car","modelName":"ray-v9","aspectRatio":"2:1","resolution":"4k","useMode":"turbo"}""",
            lab.Sandbox.Requests[^1].Body);
    }

    [Theory]
    [InlineData("ein rotes Auto fährt über die Straße")]
    [InlineData("一辆红色的车 🚗 in İstanbul, ıssız")]
    [InlineData("مدينة في الليل")]
    [InlineData("quotes \" and \\ and\nlines\tand \u0001 </script> & 'x'")]
    public async Task A_prompt_arrives_as_it_was_written(string prompt)
    {
        await using var lab = new TestService();
        LumaJob job = await lab.Client.SubmitAsync(new GenerationRequest { Prompt = prompt });
        Assert.Equal(prompt, lab.LastBody().GetProperty("userPrompt").GetString());
        Assert.Equal(prompt, job.Prompt);
        Assert.Equal(VisibleText.Printable(prompt), (await lab.Client.FetchAsync(new LumaJob { JobId = job.JobId })).Prompt);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_a_prompt_arrives_as_the_character_for_what_is_none()
    {
        await using var lab = new TestService();
        await lab.Client.SubmitAsync(new GenerationRequest { Prompt = "a \ud83d car" });
        Assert.Equal("a \uFFFD car", lab.LastBody().GetProperty("userPrompt").GetString());
    }

    [Fact]
    public async Task An_accepted_job_is_known_by_its_jobId_and_remembers_what_was_asked_for()
    {
        await using var lab = new TestService();
        LumaJob job = await lab.Client.SubmitAsync(
            new GenerationRequest { Prompt = "a red car", Duration = "10", Loop = true, Mode = "fast", Name = "first" });
        Assert.Equal(Assert.Single(lab.Sandbox.Jobs).JobId, job.JobId);
        Assert.Equal((LumaJobStatus.Pending, LumaJobKind.Generation, "first", "10s", true, "fast"),
            (job.Status, job.Kind, job.Name, job.Duration, job.Loop, job.Mode));
        Assert.Equal(lab.Connection.Service, job.Service);
        Assert.NotNull(job.Id);
        Assert.Equal(DateTimeKind.Local, job.SubmittedAt!.Value.Kind);
        Assert.InRange(job.SubmittedAt.Value, DateTime.Now.AddMinutes(-1), DateTime.Now);
    }

    [Fact]
    public async Task A_job_is_fetched_by_GET_and_by_POST()
    {
        await using var lab = new TestService();
        LumaJob job = await lab.SubmitAsync();
        LumaJob got = await lab.Client.FetchAsync(job, method: HttpMethod.Get);
        SandboxRequest get = lab.Sandbox.Requests[^1];
        LumaJob posted = await lab.Client.FetchAsync(job, method: HttpMethod.Post);
        SandboxRequest post = lab.Sandbox.Requests[^1];
        Assert.Equal(("GET", "/luma/v1/fetch", $"jobId={job.JobId}", ""), (get.Method, get.Path, get.Query, get.Body));
        Assert.Equal(("POST", "/luma/v1/fetch", ""), (post.Method, post.Path, post.Query));
        AssertJson($$"""{"jobId":"{{job.JobId}}"}""", post.Body);
        Assert.Equal(LumaJobStatus.Succeeded, got.Status);
        Assert.Equal(got with { CompletedAt = null }, posted with { CompletedAt = null });
        Assert.Equal(lab.Sandbox.VideoUrlFor(job.JobId!), got.VideoUrl);
        Assert.Equal((360, 640, 25m), (got.Width, got.Height, got.Quota));
    }

    [Fact]
    public async Task A_fetch_by_GET_that_is_not_allowed_is_repeated_by_POST()
    {
        await using var lab = new TestService();
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Html(405));
        Assert.Equal(LumaJobStatus.Succeeded, (await lab.Client.FetchAsync(job)).Status);
        Assert.Equal(["POST", "GET", "POST"], lab.Sandbox.Requests.Select(request => request.Method));

        // Where the form was chosen, it is not changed.
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Status(405, "no"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed,
            (await TestService.FailureAsync(lab.Client.FetchAsync(job, method: HttpMethod.Get))).StatusCode);
        Assert.Equal(4, lab.Sandbox.RequestCount);
    }

    [Fact]
    public async Task A_jobId_with_odd_characters_is_escaped()
    {
        await using var lab = new TestService();
        await TestService.FailureAsync(lab.Client.FetchAsync(new LumaJob { JobId = "a&b=c/d ü" }));
        Assert.Equal("jobId=a%26b%3Dc%2Fd%20%C3%BC", lab.Sandbox.Requests[^1].Query);
    }

    [Fact]
    public async Task Requests_are_HTTP_1_1_without_Expect_and_cookies()
    {
        await using var lab = new TestService();
        LumaJob job = await lab.SubmitAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Reply(404, "application/json", "{}", ("Set-Cookie", "a=b; Path=/")));
        await TestService.FailureAsync(lab.Client.FetchAsync(job));
        await lab.Client.FetchAsync(job);
        Assert.All(lab.Sandbox.Requests, request =>
        {
            Assert.False(request.Headers.ContainsKey("Expect"));
            Assert.False(request.Headers.ContainsKey("Cookie"));
            Assert.StartsWith("LumaPS/", request.Headers["User-Agent"], StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Fetch_bypasses_caches()
    {
        await using var lab = new TestService();
        LumaJob job = await lab.SubmitAsync();
        await lab.Client.FetchAsync(job);
        await lab.Client.FetchAsync(job, method: HttpMethod.Post);
        Assert.All(lab.Sandbox.Requests.Skip(1),
            request => Assert.Equal(("no-cache", "no-cache"), (request.Headers["Cache-Control"], request.Headers["Pragma"])));
    }

    [Fact]
    public async Task The_key_goes_to_the_service_and_never_to_the_host_of_the_videos()
    {
        await using var lab = new TestService();
        using var folder = new TempFolder();
        await new VideoSaver(lab.Client).SaveAsync(await lab.DoneJobAsync(), folder["a.mp4"]);
        Assert.All(lab.Sandbox.Requests, request => Assert.Equal(lab.Sandbox.ApiKey, request.Headers["TT-API-KEY"]));
        SandboxRequest video = Assert.Single(lab.Sandbox.VideoRequests);
        Assert.DoesNotContain(video.HeaderList, header => header.Value.Contains(lab.Sandbox.ApiKey, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(lab.Sandbox.ApiKey, video.Query, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task The_key_follows_no_redirect(int code)
    {
        await using var lab = new TestService();
        await using var elsewhere = new TestService();
        LumaJob job = await lab.SubmitAsync();
        string location = elsewhere.Sandbox.BaseUri.AbsoluteUri + "luma/v1/fetch";
        lab.Sandbox.MisbehaveAlways(SandboxTarget.Fetch, SandboxFault.Redirect(code, location));
        foreach (HttpMethod method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            LumaException failure = await TestService.FailureAsync(lab.Client.FetchAsync(job, method: method));
            Assert.Equal((LumaErrorId.LumaServiceError, code), (failure.ErrorId, (int)failure.StatusCode!));
        }

        Assert.Equal(0, elsewhere.Sandbox.RequestCount);
    }

    [Fact]
    public async Task Trace_contains_method_path_status_and_time_but_neither_key_nor_query()
    {
        await using var lab = new TestService();
        using var folder = new TempFolder();
        LumaJob job = await lab.DoneJobAsync();
        lab.Sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.CloseWithoutReply());
        await TestService.FailureAsync(lab.Client.FetchAsync(job));
        await new VideoSaver(lab.Client).SaveAsync(job with { VideoUrl = job.VideoUrl + "?signature=secret" }, folder["a.mp4"]);
        string[] lines = [.. lab.Traces.Select(trace => trace.ToString())];
        Assert.Equal(4, lines.Length);
        Assert.Matches(@"^POST /\w+/luma/v1/generations: 200 in \d+ ms$", lines[0]);
        Assert.Matches(@"^GET /\w+/luma/v1/fetch: 200 in \d+ ms$", lines[1]);
        Assert.Matches(@"^GET /\w+/luma/v1/fetch: .+ in \d+ ms$", lines[2]);
        Assert.Matches(@"^GET 127\.0\.0\.1/\w+/[0-9a-f-]+/watermarked_video1\.mp4: 200 in \d+ ms$", lines[3]);
        Assert.All(lines, line => Assert.DoesNotContain(lab.Sandbox.ApiKey, line, StringComparison.OrdinalIgnoreCase));
        Assert.All(lines, line => Assert.DoesNotContain("?", line, StringComparison.Ordinal));
    }

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, JsonDocument.Parse(actual).RootElement), actual);
}
