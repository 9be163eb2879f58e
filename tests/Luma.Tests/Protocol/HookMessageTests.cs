using System.Text;

namespace Luma.Tests;

/// <summary>What is made of a callback's body, whatever is in it.</summary>
public class HookMessageTests
{
    private const string JobId = "6eb34b44-64c8-4629-a0a1-608737de9583";

    [Fact]
    public void The_documents_callback_is_a_job_that_is_not_confirmed()
    {
        LumaJob job = Read($$"""
            {"status":"SUCCESS","message":"success","jobId":"{{JobId}}","data":{"jobId":"{{JobId}}","userPrompt":"Sanrio style",
            "width":"512","height":"512","imageUrl":null,"imageEndUrl":null,"hookUrl":"https://hooks.example/x",
            "videoUrl":"https://cdn.example/a%20b.mp4","quota":25} }
            """);
        Assert.Equal((JobId, LumaJobStatus.Unconfirmed, "Sanrio style"), (job.JobId, job.Status, job.Prompt));
        Assert.Equal((512, 512, 25m), (job.Width!.Value, job.Height!.Value, job.Quota!.Value));
        Assert.Equal(("https://hooks.example/x", "https://cdn.example/a%20b.mp4"), (job.HookUrl, job.VideoUrl));
        Assert.Contains("SUCCESS", job.Message, StringComparison.Ordinal);
        Assert.Contains("Get-LumaJob", job.Message, StringComparison.Ordinal);
        Assert.False(job.HasEnded);
    }

    [Theory]
    [InlineData("""{"status":"FAILED","message":"no faces","jobId":"{0}","data":null}""", "no faces")]
    [InlineData("""{"status":"FAILED","message":null,"data":{"job_id":"{0}","quota":"25","width":512.0,"more":[1]}}""", "FAILED")]
    [InlineData("\uFEFF{\"status\":\"ON_QUEUE\",\"jobId\":\"{0}\"}", "ON_QUEUE")]
    [InlineData("""{"status":"whatever","jobId":"{0}","data":"text"}""", "whatever")]
    public void Callback_is_only_a_hint(string body, string said)
    {
        LumaJob job = Read(body.Replace("{0}", JobId, StringComparison.Ordinal));
        Assert.Equal((JobId, LumaJobStatus.Unconfirmed), (job.JobId, job.Status));
        Assert.Contains(said, job.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"SUCCESS\"")]
    [InlineData("{}")]
    [InlineData("<html></html>")]
    [InlineData("""{"status":"SUCCESS"}""")]
    [InlineData("""{"status":{},"jobId":"6eb34b44-64c8-4629-a0a1-608737de9583"}""")]
    [InlineData("""{"status":"SUCCESS","jobId":"x"}""")]
    [InlineData("""{"status":"SUCCESS","jobId":"{6eb34b44-64c8-4629-a0a1-608737de9583}"}""")]
    [InlineData("""{"status":"SUCCESS","jobId":"6eb34b44-64c8-4629-a0a1-608737de9583""")]
    public void Unrecognized_callback_is_refused(string body)
    {
        LumaException failure = Assert.Throws<LumaException>(() => Read(body));
        Assert.Equal(LumaErrorId.LumaInvalidValue, failure.ErrorId);
        Assert.Contains("Nothing was changed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_large_is_refused()
    {
        string body = HookCaller.Body(JobId);
        Assert.Equal(JobId, Read(body.PadRight(HookMessage.LargestBody)).JobId);
        Assert.Equal(
            LumaErrorId.LumaInvalidValue, Assert.Throws<LumaException>(() => Read(body.PadRight(HookMessage.LargestBody + 1))).ErrorId);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Throws<LumaException>(() => Read($$"""{"status":"SUCCESS","jobId":"{{JobId}}","data":{{new string('[', 10_000)}}"""));

    [Fact]
    public void Any_bytes_give_a_hint_or_a_LumaException()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Check(bytes);
        }
    }

    [Fact]
    public void Any_change_of_a_callback_gives_a_hint_or_a_LumaException()
    {
        var random = new Random(6);
        byte[][] bodies = [.. new[] { HookCaller.Body(JobId), HookCaller.Body(JobId, "FAILED", null),
            """{"st\u0061tus":"\ud83d","job\u0049d":"x","data":{"quota":1e999,"width":-1}}""" }.Select(Encoding.UTF8.GetBytes)];
        int hints = 0;
        for (int i = 0; i < 30_000; i++)
        {
            List<byte> bytes = [.. bodies[i % bodies.Length]];
            for (int change = random.Next(4); change >= 0; change--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes.RemoveAt(at); break;
                    case 2: bytes.Insert(at, (byte)"{}[]\",:\\u0"[random.Next(10)]); break;
                    default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(50), bytes.Count - at))); break;
                }
            }

            if (Check([.. bytes])) hints++;
        }

        Assert.True(hints > 1000); // The changes are not so wild that nothing is read at all.
    }

    private static bool Check(byte[] body)
    {
        try
        {
            LumaJob job = HookMessage.Read(body);
            Assert.True(Guid.TryParse(job.JobId, out _));
            Assert.Equal(LumaJobStatus.Unconfirmed, job.Status);
            return true;
        }
        catch (LumaException exception)
        {
            Assert.Equal(LumaErrorId.LumaInvalidValue, exception.ErrorId);
            return false;
        }
    }

    private static LumaJob Read(string body) => HookMessage.Read(Encoding.UTF8.GetBytes(body));
}
