namespace Luma.Tests;

/// <summary>What each answer to a submit means, and that it is sent once.</summary>
public class SubmitOutcomeTests
{
    [Theory]
    [InlineData(400, LumaErrorId.LumaBadRequest)]
    [InlineData(401, LumaErrorId.LumaUnauthorized)]
    [InlineData(402, LumaErrorId.LumaQuotaExhausted)]
    [InlineData(403, LumaErrorId.LumaAccountBlocked)]
    [InlineData(404, LumaErrorId.LumaBadRequest)]
    [InlineData(405, LumaErrorId.LumaBadRequest)]
    [InlineData(422, LumaErrorId.LumaBadRequest)]
    [InlineData(500, LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(502, LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(503, LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(504, LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(520, LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(524, LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(200, LumaErrorId.LumaBadRequest)] // FAILED without a jobId: refused.
    public async Task An_answer_in_the_services_own_form(int code, LumaErrorId expected)
    {
        LumaException failure = await OnceAsync(SandboxFault.Status(code, "the reason it gives"), expected);
        Assert.Equal(code, (int)failure.StatusCode!);
        Assert.Contains("the reason it gives.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(code is 401 or 402 or 403, failure.IsPermanent);
        Assert.False(string.IsNullOrWhiteSpace(failure.RecommendedAction));
    }

    [Fact]
    public async Task Escape_sequences_of_the_service_never_reach_the_terminal()
    {
        SandboxFault colours = SandboxFault.Reply(
            400, "application/json", """{"status":"FAILED","message":"no \u001b[31mway\u001b]0;title\u0007 \u009b2J"}""");
        LumaException failure = await OnceAsync(colours, LumaErrorId.LumaBadRequest);
        Assert.Contains("way", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(failure.Message, char.IsControl);
        Assert.Equal("\uFFFD[31ma\tb", VisibleText.Printable("\u001b[31ma\tb"));
    }

    [Fact]
    public async Task Escape_sequences_in_other_answers_never_reach_the_terminal()
    {
        await using var server = new RawServer(async (stream, _, stop) =>
        {
            await RawServer.ReadRequestAsync(stream, stop);
            await RawServer.WriteAsync(stream, "HTTP/1.1 2\u001b[31m00 OK\r\n\r\n", stop);
        });
        await using var service = new TestService();
        var traces = new List<RequestTrace>();
        var client = new LumaClient(service.Connect(server.Address()), traces.Add);
        LumaException submit = await TestService.FailureAsync(client.SubmitAsync(TestService.Car));
        LumaException fetch =
            await TestService.FailureAsync(client.FetchAsync(new LumaJob { JobId = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3" }, retry: false));
        Assert.Equal((LumaErrorId.LumaSubmitUnconfirmed, LumaErrorId.LumaNetworkError), (submit.ErrorId, fetch.ErrorId));
        Assert.DoesNotContain('\u001b', $"{submit} {fetch} {fetch.Answer} {string.Join(' ', traces)}");
        Assert.Contains("'2\uFFFD['", string.Join(' ', traces), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_with_200_that_names_a_job_is_unconfirmed() => await OnceAsync(
        SandboxFault.Reply(
            200, "application/json", """{"status":"FAILED","message":"no","data":{"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}}"""),
        LumaErrorId.LumaSubmitUnconfirmed);

    [Theory]
    [InlineData(400, "FAILED", LumaErrorId.LumaBadRequest)]
    [InlineData(200, "FAILED", LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(200, "SUCCESS", LumaErrorId.LumaSubmitUnconfirmed)]
    [InlineData(500, "FAILED", LumaErrorId.LumaSubmitUnconfirmed)]
    public async Task An_extensions_answer_that_repeats_its_parents_jobId_names_no_new_job(int code, string status, LumaErrorId expected)
    {
        await using var service = new TestService();
        LumaJob parent = await service.Client.SubmitAsync(TestService.Car);
        string answer =
            $$$"""{"status":"{{{status}}}","message":"no","jobId":"{{{parent.JobId}}}","data":{"jobId":"{{{parent.JobId}}}"}}""";
        service.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Reply(code, "application/json", answer));
        var failure = await Assert.ThrowsAsync<LumaException>(() => service.Client.SubmitAsync(TestService.Left(parent.JobId!)));
        Assert.Equal(expected, failure.ErrorId);
        Assert.DoesNotContain("It names the job", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, service.Sandbox.SubmitCount);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(499)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(524)]
    public async Task HTML_page_decides_nothing_with_any_status_code(int code)
    {
        LumaException failure = await OnceAsync(SandboxFault.Html(code), LumaErrorId.LumaSubmitUnconfirmed);
        Assert.Equal(code, (int)failure.StatusCode!);
        Assert.False(failure.IsPermanent);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(499)]
    public async Task Gateway_JSON_decides_nothing_with_any_status_code(int code)
    {
        SandboxFault gateway = SandboxFault.Reply(code, "application/json", """{"status":"error","message":"Forbidden"}""");
        Assert.False((await OnceAsync(gateway, LumaErrorId.LumaSubmitUnconfirmed)).IsPermanent);
    }

    [Theory]
    [InlineData(200, """{"status":"SUCCESS","message":"","data":{}}""")]
    [InlineData(200, """{"status":"SUCCESS","message":"","data":null}""")]
    [InlineData(200, """{"status":"SUCCESS","message":"","data":{"jobId":null}}""")]
    [InlineData(200, """{"status":"SUCCESS","message":"","data":{"jobId":" "}}""")]
    [InlineData(200, """{"status":"SUCCESS","message":"","data":{"jobId":["ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"]}}""")]
    [InlineData(200, """{"data":{"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}}""")]
    [InlineData(200, """{"status":"SUCCESS","message":"","data":{"jobId":"ed1a""")]
    [InlineData(200, """[{"status":"SUCCESS","data":{"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}}]""")]
    [InlineData(200, "\"SUCCESS\"")]
    [InlineData(200, "")]
    [InlineData(204, "")]
    [InlineData(400, "")]
    [InlineData(401, "no")]
    [InlineData(403, "{}")]
    [InlineData(403, """{"error":"blocked by rule 7"}""")]
    public async Task Meaningless_answer_decides_nothing(int code, string body) =>
        await OnceAsync(SandboxFault.Reply(code, "application/json", body), LumaErrorId.LumaSubmitUnconfirmed);

    [Theory]
    [InlineData("""{"status":"SUCCESS","message":"","data":{"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}}""")]
    [InlineData("""{"status":"SUCCESS","message":"","data":{"job_id":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}}""")]
    [InlineData("""{"status":"SUCCESS","jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}""")]
    [InlineData("""{"status":"SUCCESS","job_id":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3","data":null}""")]
    [InlineData("""{"status":"ON_QUEUE","new":{"a":[1]},"message":7,"data":{"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3","new":1}}""")]
    public async Task A_jobId_in_any_of_its_places_is_a_job(string body)
    {
        await using var lab = new TestService();
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Reply(200, "text/plain", body));
        LumaJob job = await lab.SubmitAsync();
        Assert.Equal("ed1a1b01-7d64-4c8a-acaa-71185d23a2f3", job.JobId);
        Assert.Equal(LumaJobStatus.Pending, job.Status); // SUCCESS means accepted here, not done.
        Assert.Equal(1, lab.Sandbox.SubmitCount);
    }

    [Fact]
    public async Task Error_contains_the_jobId_that_the_answer_names()
    {
        LumaException failure = await OnceAsync(
            SandboxFault.Reply(500, "application/json",
                """{"status":"FAILED","message":"late","data":{"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"}}"""),
            LumaErrorId.LumaSubmitUnconfirmed);
        Assert.Equal("ed1a1b01-7d64-4c8a-acaa-71185d23a2f3", failure.JobId);
        Assert.Contains("names job ed1a1b01-7d64-4c8a-acaa-71185d23a2f3", failure.Message, StringComparison.Ordinal);
        Assert.Equal("Check on it: Get-LumaJob -JobId ed1a1b01-7d64-4c8a-acaa-71185d23a2f3", failure.RecommendedAction);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int code)
    {
        await using var elsewhere = new TestService();
        await OnceAsync(SandboxFault.Redirect(code, elsewhere.Sandbox.BaseUri + "luma/v1/generations"), LumaErrorId.LumaSubmitUnconfirmed);
        Assert.Equal(0, elsewhere.Sandbox.RequestCount);
    }

    [Fact]
    public async Task A_video_that_is_not_known_cannot_be_extended()
    {
        await using var lab = new TestService(retries: 3);
        lab.Sandbox.Misbehave(SandboxTarget.Extend, SandboxFault.Status(404, "The job does not exist."));
        const string Parent = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3";
        LumaException failure = await TestService.FailureAsync(lab.Client.SubmitAsync(TestService.Left(Parent)));
        Assert.Equal((LumaErrorId.LumaJobNotFound, Parent), (failure.ErrorId, failure.JobId));
        Assert.Equal(1, lab.Sandbox.SubmitCount);
    }

    [Fact]
    public async Task An_answer_that_is_too_large_is_not_the_services()
    {
        string body = """{"status":"SUCCESS","data":{"jobId":"ed1a1b01-7d64-4c8a-acaa-71185d23a2f3"},"x":" """ +
            new string('x', 1024 * 1024) + "\"}";
        await OnceAsync(SandboxFault.Reply(200, "application/json", body), LumaErrorId.LumaSubmitUnconfirmed);
    }

    [Fact]
    public async Task Refusal_says_that_nothing_was_charged_and_an_unconfirmed_submit_that_a_job_may_have_been()
    {
        LumaException refused = await OnceAsync(SandboxFault.Status(400, "banned words"), LumaErrorId.LumaBadRequest);
        Assert.Contains("nothing was charged", refused.Message, StringComparison.Ordinal);
        LumaException open = await OnceAsync(SandboxFault.Status(500, "oops"), LumaErrorId.LumaSubmitUnconfirmed);
        Assert.Contains("may have been created and charged", open.Message, StringComparison.Ordinal);
        Assert.Contains("'a red car driving on a road'", open.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(500)]
    public async Task Key_is_redacted_from_the_services_messages(int code)
    {
        await using var lab = new TestService();
        lab.Sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(code, $"the key {lab.Sandbox.ApiKey.ToUpperInvariant()} is odd"));
        LumaException failure = await TestService.FailureAsync(lab.Client.SubmitAsync(TestService.Car));
        Assert.DoesNotContain(lab.Sandbox.ApiKey, failure.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("the key *** is odd", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<LumaException> OnceAsync(SandboxFault fault, LumaErrorId expected)
    {
        await using var lab = new TestService(retries: 3);
        lab.Sandbox.Misbehave(SandboxTarget.Submit, fault);
        LumaException failure = await TestService.FailureAsync(lab.Client.SubmitAsync(TestService.Car));
        Assert.Equal(expected, failure.ErrorId);
        Assert.Equal(1, lab.Sandbox.SubmitCount);
        return failure;
    }
}
