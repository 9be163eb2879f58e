using System.Net;
using System.Text;

namespace Luma.Tests;

/// <summary>What the service's answers mean, whatever their shape.</summary>
public class ReplyTests
{
    private const string JobId = "6eb34b44-64c8-4629-a0a1-608737de9583";
    private const string Other = "11111111-64c8-4629-a0a1-608737de9583";

    [Fact]
    public void The_documents_own_example_is_a_job_that_is_done()
    {
        LumaJob job = Apply($$"""
            {
              "status": "SUCCESS", "message": "success", "jobId": "{{JobId}}",
              "data": {
                "jobId": "{{JobId}}", "userPrompt": "Sanrio style illustration of Hello Kitty dressed ", "width": "512", "height": "512",
                "imageUrl": null, "imageEndUrl": null, "hookUrl": "https://webhook-test.com/72b9",
                "videoUrl": "https://storage.cdn-luma.com/a%20b/watermarked_video.mp4?x=%2F", "quota": 25
              }
            }
            """);
        Assert.Equal(LumaJobStatus.Succeeded, job.Status);
        Assert.Equal(("success", 512, 512, 25m), (job.Message, job.Width, job.Height, job.Quota));
        Assert.Equal("https://storage.cdn-luma.com/a%20b/watermarked_video.mp4?x=%2F", job.VideoUrl); // With its escapes.
        Assert.Equal(("https://webhook-test.com/72b9", (string?)null), (job.HookUrl, job.ImageUrl));
        Assert.NotNull(job.CompletedAt);
    }

    [Theory]
    [InlineData("PENDING_QUEUE", LumaJobStatus.Pending)]
    [InlineData("pending_queue", LumaJobStatus.Pending)]
    [InlineData("ON_QUEUE", LumaJobStatus.Running)]
    [InlineData("SOMETHING_NEW", LumaJobStatus.Running)]
    [InlineData("SUCCESS", LumaJobStatus.Succeeded)]
    [InlineData("success", LumaJobStatus.Succeeded)]
    [InlineData("FAILED", LumaJobStatus.Failed)]
    [InlineData("failed", LumaJobStatus.Failed)]
    public void A_status_is_one_of_the_known_ones_or_means_still_running(string said, string status)
    {
        LumaJob job =
            Apply($$$"""{"status":"{{{said}}}","message":"m","data":{"jobId":"{{{JobId}}}","videoUrl":"https://example.com/v.mp4"}}""");
        Assert.Equal(status, job.Status);
        Assert.Equal(status is LumaJobStatus.Succeeded or LumaJobStatus.Failed, job.CompletedAt is not null);
    }

    [Theory]
    [InlineData("""{"status":"ON_QUEUE"}""")]
    [InlineData("""{"status":"ON_QUEUE","message":null,"data":null}""")]
    [InlineData("""{"status":"ON_QUEUE","message":null,"data":[]}""")]
    [InlineData("""{"status":"ON_QUEUE","message":{"a":1},"data":"text"}""")]
    [InlineData("""{"status":"ON_QUEUE","jobId":null,"data":{"jobId":null,"width":null,"quota":null}}""")]
    [InlineData("""{"status":"NEW","data":{"width":[],"height":{},"quota":true,"videoUrl":7}}""")]
    public void Members_may_be_missing_or_null_or_of_another_kind(string body)
    {
        LumaJob job = Apply(body);
        Assert.Equal(LumaJobStatus.Running, job.Status);
        Assert.Equal((null, null, (decimal?)null), (job.Width, job.Height, job.Quota));
    }

    [Theory]
    [InlineData("25", "\"25\"", "512", "\"512\"", 25, 512)]
    [InlineData("\"25\"", "25", "\"512\"", "512", 25, 512)]
    [InlineData("12.5", "\"12.5\"", "512.0", "\"512.0\"", 12.5, 512)]
    public void Numbers_come_as_numbers_and_as_texts(
        string quota, string quotaToo, string width, string widthToo, double expectedQuota, int expectedWidth)
    {
        LumaJob one = Apply($$$"""{"status":"ON_QUEUE","data":{"quota":{{{quota}}},"width":{{{width}}}}}""");
        LumaJob two = Apply($$$"""{"status":"ON_QUEUE","data":{"quota":{{{quotaToo}}},"width":{{{widthToo}}}}}""");
        Assert.Equal(((decimal)expectedQuota, expectedWidth), (one.Quota, one.Width));
        Assert.Equal(((decimal)expectedQuota, expectedWidth), (two.Quota, two.Width));
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    [InlineData("\"many\"")]
    [InlineData("\"5,5\"")]
    [InlineData("\"\"")]
    public void A_width_that_is_none_is_left_out(string width) =>
        Assert.Null(Apply($$$"""{"status":"ON_QUEUE","data":{"width":{{{width}}}}}""").Width);

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void The_users_culture_changes_nothing(string culture) => Cultures.With(culture, () =>
    {
        LumaJob job = Apply($$$"""{"status":"pending_queue","data":{"jobId":"{{{JobId}}}","quota":"12.5","width":"512"}}""");
        Assert.Equal((LumaJobStatus.Pending, 12.5m, 512), (job.Status, job.Quota, job.Width));
        Assert.Equal(LumaJobStatus.Failed, Apply($$$"""{"status":"failed","jobId":"{{{JobId}}}"}""").Status);
    });

    [Theory]
    [InlineData($$"""{"status":"FAILED","message":"no faces","jobId":"{{JobId}}","data":null}""")]
    [InlineData($$$"""{"status":"FAILED","message":"no faces","data":{"jobId":"{{{JobId}}}"}}""")]
    [InlineData($$$"""{"status":"FAILED","message":"no faces","data":{"job_id":"6EB34B44-64C8-4629-A0A1-608737DE9583"}}""")]
    public void FAILED_with_the_jobId_means_that_the_job_has_failed(string body)
    {
        LumaJob job = Apply(body);
        Assert.Equal((LumaJobStatus.Failed, "no faces"), (job.Status, job.Message));
    }

    [Theory]
    [InlineData("""{"status":"FAILED","message":"Parameter error","data":null}""")]
    [InlineData("""{"status":"FAILED","message":"Parameter error"}""")]
    [InlineData("""{"status":"FAILED","message":"Parameter error","jobId":"","data":{}}""")]
    public void FAILED_without_the_jobId_means_that_the_status_request_was_refused(string body)
    {
        LumaException failure = Assert.Throws<LumaException>(() => Apply(body));
        Assert.Equal((LumaErrorId.LumaBadRequest, JobId), (failure.ErrorId, failure.JobId));
        Assert.Contains("Parameter error.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, LumaErrorId.LumaBadRequest)]
    [InlineData(401, LumaErrorId.LumaUnauthorized)]
    [InlineData(402, LumaErrorId.LumaQuotaExhausted)]
    [InlineData(403, LumaErrorId.LumaAccountBlocked)]
    [InlineData(404, LumaErrorId.LumaJobNotFound)]
    [InlineData(422, LumaErrorId.LumaBadRequest)]
    [InlineData(429, LumaErrorId.LumaRateLimited)]
    [InlineData(499, LumaErrorId.LumaQueueFull)]
    [InlineData(500, LumaErrorId.LumaServiceError)]
    [InlineData(503, LumaErrorId.LumaServiceError)]
    [InlineData(301, LumaErrorId.LumaServiceError)]
    public void FAILED_with_another_code_than_200_says_nothing_about_the_job_even_with_its_jobId(int code, LumaErrorId expected)
    {
        LumaException failure =
            Assert.Throws<LumaException>(() => Apply($$"""{"status":"FAILED","message":"m","jobId":"{{JobId}}","data":null}""", code));
        Assert.Equal((expected, JobId, code), (failure.ErrorId, failure.JobId, (int)failure.StatusCode!));
        Assert.Contains("This says nothing about", failure.Message, StringComparison.Ordinal);
        Assert.Contains("safe to try again", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    public void A_gateways_JSON_is_not_the_services(int code)
    {
        LumaException failure = Assert.Throws<LumaException>(() => Apply("""{"status":"error","message":"Forbidden"}""", code));
        Assert.Equal((LumaErrorId.LumaServiceError, false), (failure.ErrorId, failure.IsPermanent));
    }

    [Theory]
    [InlineData("SUCCESS")]
    [InlineData("FAILED")]
    [InlineData("ON_QUEUE")]
    public void An_answer_about_another_job_says_nothing_about_this_one(string status)
    {
        foreach (string body in new[]
        {
            $$"""{"status":"{{status}}","jobId":"{{Other}}"}""",
            $$$"""{"status":"{{{status}}}","data":{"jobId":"{{{Other}}}","videoUrl":"https://example.com/v.mp4"}}""",
        })
        {
            LumaException failure = Assert.Throws<LumaException>(() => Apply(body));
            Assert.Equal((LumaErrorId.LumaServiceError, JobId), (failure.ErrorId, failure.JobId));
        }
    }

    [Fact]
    public void SUCCESS_without_the_jobId_does_not_end_a_job() =>
        Assert.Equal(LumaJobStatus.Running, Apply("""{"status":"SUCCESS","data":{"videoUrl":"https://example.com/v.mp4"}}""").Status);

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\" \"")]
    [InlineData("[]")]
    [InlineData("false")]
    public void SUCCESS_without_a_link_is_not_finished(string videoUrl)
    {
        LumaJob job = Apply($$$"""{"status":"SUCCESS","data":{"jobId":"{{{JobId}}}","videoUrl":{{{videoUrl}}}}}""");
        Assert.Equal(LumaJobStatus.Running, job.Status);
        Assert.True(job.IsMissingVideo);
        Assert.Null(job.CompletedAt);
    }

    [Fact]
    public void A_byte_order_mark_and_blanks_in_front_do_no_harm()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes($$"""  {"status":"FAILED","jobId":"{{JobId}}"} """)];
        Assert.Equal(LumaJobStatus.Failed, Apply(body).Status);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        LumaJob job = Apply(
            $$$"""{"status":"ON_QUEUE","message":"\ud83d","data":{"jobId":"{{{JobId}}}","userPrompt":"\udc00 x","videoUrl":"\ud800"}}""");
        Assert.Equal((LumaJobStatus.Running, null, null, null), (job.Status, job.Message, job.Prompt, job.VideoUrl));
    }

    [Theory]
    [InlineData("""{"\ud83d and more":1,"status":"ON_QUEUE"}""")]
    [InlineData("""{"status":"ON_QUEUE","data":{"\ud83d and more":1,"jobId":null}}""")]
    [InlineData("""{"status":"ON_QUEUE","mess\ud83d":1}""")]
    public void Half_a_surrogate_pair_in_a_name_is_an_error_about_the_answer_at_most(string body)
    {
        Exception? failure = Record.Exception(() => Apply(body));
        Assert.True(failure is null or LumaException { ErrorId: LumaErrorId.LumaServiceError }, failure?.ToString());
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_no_text()
    {
        byte[] body =
            [.. Encoding.UTF8.GetBytes($$"""{"status":"ON_QUEUE","jobId":"{{JobId}}","message":"a"""), 0xC3, 0x28, 0xFF, .. "\"}"u8];
        LumaJob job = Apply(body);
        Assert.Equal((LumaJobStatus.Running, (string?)null), (job.Status, job.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"status\":null}")]
    [InlineData("{\"status\":\"\"}")]
    [InlineData("{\"status\":403,\"message\":\"Forbidden\"}")]
    [InlineData("{\"status\":true}")]
    [InlineData("{\"status\":\"FAILED\",")]
    [InlineData("{\"status\":\"FAILED\"}x")]
    [InlineData("<html><body>FAILED</body></html>")]
    [InlineData("\uFEFF \r\n<!DOCTYPE html>")]
    [InlineData("Service Unavailable")]
    public void What_is_not_the_services_own_form_says_nothing_about_the_job(string body)
    {
        foreach (int code in new[] { 200, 401, 403, 404, 500, 503 })
        {
            LumaException failure = Assert.Throws<LumaException>(() => Apply(body, code));
            Assert.Equal((LumaErrorId.LumaServiceError, JobId, code), (failure.ErrorId, failure.JobId, (int)failure.StatusCode!));
            Assert.False(failure.IsPermanent);
        }

        Assert.Equal(LumaErrorId.LumaRateLimited, Assert.Throws<LumaException>(() => Apply(body, 429)).ErrorId);
    }

    [Fact]
    public void Endless_nesting_is_not_the_service()
    {
        string deep = $$"""{"status":"FAILED","jobId":"{{JobId}}","data":{{new string('[', 50_000)}}{{new string(']', 50_000)}}}""";
        Assert.Equal(LumaErrorId.LumaServiceError, Assert.Throws<LumaException>(() => Apply(deep)).ErrorId);
    }

    [Fact]
    public void What_the_user_asked_for_stays_and_what_the_answer_leaves_out_stays_too()
    {
        var known = new LumaJob
        {
            JobId = JobId, Status = LumaJobStatus.Succeeded, Prompt = "mine", Name = "first", Model = "ray-v2",
            HookUrl = "https://example.com/mine",
            VideoUrl = "https://example.com/old.mp4", Quota = 25, Width = 512,
            CompletedAt = new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Local),
        };
        LumaJob job = Apply(
            known, $$$"""{"status":"SUCCESS","data":{"jobId":"{{{JobId}}}","userPrompt":"its","hookUrl":"https://example.com/its"}}""");
        Assert.Equal((LumaJobStatus.Succeeded, "mine", "first", "ray-v2", "https://example.com/mine"),
            (job.Status, job.Prompt, job.Name, job.Model, job.HookUrl));
        Assert.Equal(("https://example.com/old.mp4", 25m, 512, known.CompletedAt), (job.VideoUrl, job.Quota, job.Width, job.CompletedAt));
    }

    [Fact]
    public void A_link_that_no_fetch_has_told_is_not_kept()
    {
        var hinted = new LumaJob { JobId = JobId, Status = LumaJobStatus.Unconfirmed, VideoUrl = "https://example.com/forged.mp4" };
        LumaJob job = Apply(hinted, $$$"""{"status":"SUCCESS","data":{"jobId":"{{{JobId}}}"}}""");
        Assert.Equal((LumaJobStatus.Running, null), (job.Status, job.VideoUrl));
    }

    [Fact]
    public void The_key_is_taken_out_of_every_message_and_jobIds_stay()
    {
        LumaJob job = Apply($$"""{"status":"FAILED","message":"key {{TestService.Key}} of {{Other}}","jobId":"{{JobId}}"}""");
        Assert.Equal($"key *** of {Other}", job.Message);
        LumaException failure = Assert.Throws<LumaException>(
            () => Apply($$"""{"status":"FAILED","message":"key {{TestService.Key.ToUpperInvariant()}} of {{Other}}"}""", 401));
        Assert.DoesNotContain(TestService.Key, failure.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"key *** of {Other}", failure.Message, StringComparison.Ordinal);
    }

    private static LumaJob Apply(string body, int code = 200) => Apply(Encoding.UTF8.GetBytes(body), code);

    private static LumaJob Apply(LumaJob job, string body) => Apply(Encoding.UTF8.GetBytes(body), 200, job);

    private static LumaJob Apply(byte[] body, int code = 200, LumaJob? job = null)
    {
        var connection =
            new LumaConnection(new LumaConnectionOptions { ApiKey = TestService.Key }, (_, _) => throw new InvalidOperationException());
        return JobReply.Apply(job ?? new LumaJob { JobId = JobId }, ServiceReply.Parse((HttpStatusCode)code, body), connection);
    }
}
