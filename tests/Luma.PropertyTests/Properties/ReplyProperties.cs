using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>
/// Whatever comes back: it is read or refused by a typed error, and no job ends unless the answer says so about this job.
/// </summary>
public sealed class ReplyProperties(ITestOutputHelper output) : PropertyTest(output)
{
    private const string JobId = "6eb34b44-64c8-4629-a0a1-608737de9583";
    private const string Key = "3f1c8a52-11aa-4c0e-9d55-0a7be1c2d3e4";
    private const string Link = "https://cdn.example/a%20b/video.mp4?sig=%2F";

    private static readonly LumaConnection _connection =
        new(new LumaConnectionOptions { ApiKey = Key }, (_, _) => _ => throw new InvalidOperationException("Nothing is sent here."));
    private static readonly LumaJob _job = new()
        { JobId = JobId, Id = "0123456789abcdef", Prompt = "a red car", Status = LumaJobStatus.Pending };

    private static readonly byte[][] _valid = [.. new[]
    {
        $$$"""{"status":"SUCCESS","message":"","data":{"jobId":"{{{JobId}}}"}}""",
        $$$"""
        {"status":"SUCCESS","message":"success","jobId":"{{{JobId}}}","data":{
        "jobId":"{{{JobId}}}","userPrompt":"a red car","width":"512","height":512,"imageUrl":null,"imageEndUrl":null,
        "hookUrl":"https://hook.example/1","videoUrl":"{{{Link}}}","quota":25}}
        """,
        $$$"""{"status":"FAILED","message":"banned words","jobId":"{{{JobId}}}","data":null}""",
        $$$"""{"status":"ON_QUEUE","message":null,"data":{"job_id":"{{{JobId}}}"}}""",
        """{"status":"FAILED","message":"Parameter error","data":null}""",
        """{"status":"FAILED","message":"Unauthorized"}""",
        "<!DOCTYPE html><html><body>Error 502</body></html>",
    }.Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public void Any_bytes_are_an_answer_or_a_typed_error() =>
        Holds(from code in Any.StatusCode from body in Any.Bytes select (code, body), input => Read(input.code, input.body));

    [Fact]
    public void A_valid_reply_with_errors_in_it_is_an_answer_or_a_typed_error() =>
        Holds(from code in Any.StatusCode from body in Any.Mutated(Gen.Elements(_valid)) select (code, body),
            input => Read(input.code, input.body));

    [Fact]
    public void Drifting_types_are_an_answer_or_a_typed_error() =>
        Holds(from code in Any.StatusCode from reply in Drifting select (code, reply),
            input => Read(input.code, Encoding.UTF8.GetBytes(input.reply.ToJsonString())));

    [Fact]
    public void Unknown_members_and_texts_for_numbers_do_not_hide_a_finished_job() =>
        Holds(
            from name in Any.Text
            from value in Any.Value(6)
            from width in Gen.Choose(0, 10_000)
            from isText in Gen.Elements(true, false)
            from isInData in Gen.Elements(true, false)
            select (name, value, width, isText, isInData),
            input =>
            {
                var data = new JsonObject { ["videoUrl"] = Link, ["width"] = input.isText ? JsonValue.Create($"{input.width}")
                    : JsonValue.Create(input.width), ["quota"] = input.isText ? "25" : 25 };
                var reply = new JsonObject { ["status"] = "SUCCESS", ["data"] = data };
                (input.isInData ? data : reply)["jobId"] = JobId;
                foreach (JsonObject place in new[] { data, reply })
                {
                    if (!place.ContainsKey(input.name)) place[input.name] = input.value?.DeepClone();
                }

                // A reply may bring a member under a name that is read; such a one says something else.
                if (Meanings.Contains(input.name)) return;
                LumaJob job = Apply(200, Encoding.UTF8.GetBytes(reply.ToJsonString()))!;
                Assert.Equal(
                    (LumaJobStatus.Succeeded, Link, input.width, 25m), (job.Status, job.VideoUrl, job.Width!.Value, job.Quota!.Value));
            });

    [Fact]
    public void Key_is_redacted_from_the_services_messages() =>
        Holds(
            from before in Any.Text
            from after in Any.Text
            from isUpper in Gen.Elements(true, false)
            from status in Gen.Elements("ON_QUEUE", "FAILED", "SUCCESS")
            from code in Any.StatusCode
            select (before, after, isUpper, status, code),
            input =>
            {
                string key = input.isUpper ? Key.ToUpperInvariant() : Key;
                var reply = new JsonObject { ["status"] = input.status, ["message"] = input.before + key + input.after, ["jobId"] = JobId };
                byte[] body = Encoding.UTF8.GetBytes(reply.ToJsonString());
                (LumaJob? job, LumaException? error) = Try(input.code, body);
                Assert.DoesNotContain(Key, (job?.Message ?? error!.Message), StringComparison.OrdinalIgnoreCase);
                if (Attempt(input.code, body) is var attempt && attempt.Outcome() != SubmitOutcome.Accepted)
                {
                    Assert.DoesNotContain(Key, attempt.ToException(new GenerationRequest { Prompt = "x" }, _connection).Message,
                        StringComparison.OrdinalIgnoreCase);
                }
            });

    private static string[] Meanings => ["status", "message", "data", "jobId", "job_id", "userPrompt", "width", "height", "imageUrl",
        "imageEndUrl", "hookUrl", "videoUrl", "quota"];

    // An envelope in which every member may be missing, null, or of any type.
    private static Gen<JsonObject> Drifting
    {
        get
        {
            Gen<JsonNode?> id = Gen.Frequency((3, Gen.Constant<JsonNode?>(JsonValue.Create(JobId))),
                (1, Gen.Constant<JsonNode?>(JsonValue.Create(Guid.Empty.ToString()))), (2, Any.Value(3)));
            Gen<JsonNode?> status = Gen.Frequency(
                (4, Gen.Elements("SUCCESS", "FAILED", "ON_QUEUE", "PENDING_QUEUE", "success", "NEW")
                    .Select(text => (JsonNode?)JsonValue.Create(text))), (1, Any.Value(3)));
            Gen<JsonObject?> data =
                Members([("jobId", id), ("job_id", id), .. new[] { "userPrompt", "width", "height", "imageUrl", "imageEndUrl", "hookUrl",
                    "videoUrl", "quota" }.Select(name => (name, Any.Value(3)))]);
            Gen<JsonNode?> dataOrOther = Gen.Frequency((4, data.Select(value => (JsonNode?)value)), (1, Any.Value(6)));
            return Members([("status", status), ("message", Any.Value(3)), ("jobId", id), ("data", dataOrOther)]).Select(value => value!);
        }
    }

    private static Gen<JsonObject?> Members((string Name, Gen<JsonNode?> Value)[] members) => members.Aggregate(
        Gen.Constant<JsonObject?>(null).Select(_ => (JsonObject?)new JsonObject()),
        (made, member) =>
            from before in made
            from isThere in Gen.Choose(0, 4)
            from value in member.Value
            select isThere == 0 ? before : With(before!, member.Name, value));

    private static JsonObject With(JsonObject made, string name, JsonNode? value)
    {
        var copy = (JsonObject)made.DeepClone();
        copy[name] = value?.DeepClone();
        return copy;
    }

    private static SubmitAttempt Attempt(int code, byte[] body) =>
        new(DateTimeOffset.UnixEpoch, MayHaveLeft: true, ServiceReply.Parse((HttpStatusCode)code, body), null);

    private static LumaJob? Apply(int code, byte[] body) =>
        JobReply.Apply(_job, ServiceReply.Parse((HttpStatusCode)code, body), _connection);

    private static (LumaJob? Job, LumaException? Error) Try(int code, byte[] body)
    {
        try
        {
            return (Apply(code, body), null);
        }
        catch (LumaException exception)
        {
            return (null, exception);
        }
    }

    private static void Read(int code, byte[] body)
    {
        bool isOk = code is >= 200 and < 300;
        bool namesThisJob = Says(body, JobId);

        // To a fetch: a job ends only by a 2xx that names it.
        (LumaJob? job, LumaException? error) = Try(code, body);
        if (job is null)
        {
            Assert.NotEqual(LumaErrorId.LumaJobFailed, error!.ErrorId);
            if (!LooksLikeEnvelope(body)) Assert.False(error.IsPermanent);
        }
        else
        {
            Assert.True(isOk);
            if (job.HasEnded) Assert.True(namesThisJob);
            if (job.Status == LumaJobStatus.Failed) Assert.True(Says(body, "FAILED"));
            if (job.Status == LumaJobStatus.Succeeded) Assert.True(Says(body, "SUCCESS") && job.VideoUrl is not null);
            Assert.Equal(JobId, job.JobId);
        }

        // To a submit: accepted only by a 2xx with an id, and refused only in the service's own words (429 is HTTP's).
        SubmitAttempt attempt = Attempt(code, body);
        SubmitOutcome outcome = attempt.Outcome();
        if (outcome == SubmitOutcome.Accepted) Assert.True(isOk && attempt.Reply!.JobId is not null);
        if (outcome is SubmitOutcome.Refused or SubmitOutcome.QueueFull)
        {
            Assert.True(LooksLikeEnvelope(body) && attempt.Reply!.JobId is null && code < 500);
        }

        if (outcome == SubmitOutcome.RateLimited) Assert.Equal(429, code);
        Assert.NotEqual(SubmitOutcome.Unsent, outcome);
        if (outcome != SubmitOutcome.Accepted)
        {
            Assert.NotEmpty(attempt.ToException(new GenerationRequest { Prompt = "x" }, _connection).Message);
        }
    }

    // Read again by another reader than the one under test, so that both have to agree.
    private static bool LooksLikeEnvelope(byte[] body) => Object(body) is { } root && root["status"] is JsonValue;

    private static bool Says(byte[] body, string word) => Object(body) is { } root
        && new[] { root, root["data"] as JsonObject }.OfType<JsonObject>().SelectMany(o => o).Any(member => member.Value is JsonValue value
            && value.TryGetValue(out string? text) && text.Equals(word, StringComparison.OrdinalIgnoreCase));

    // Members that stand twice, and texts that are none, are left to this one to take apart: the last one wins.
    private static JsonObject? Object(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body.AsSpan().StartsWith("\uFEFF"u8) ? body.AsMemory(3) : body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Copy(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonObject Copy(JsonElement element)
    {
        var copy = new JsonObject();
        foreach (JsonProperty member in element.EnumerateObject())
        {
            try
            {
                copy[member.Name] = member.Value.ValueKind switch
                {
                    JsonValueKind.Object => Copy(member.Value),
                    JsonValueKind.String => JsonValue.Create(member.Value.GetString()),
                    JsonValueKind.Number => JsonValue.Create(member.Value.GetRawText()),
                    _ => null,
                };
            }
            catch (InvalidOperationException)
            {
                // A text that is none.
            }
        }

        return copy;
    }
}
