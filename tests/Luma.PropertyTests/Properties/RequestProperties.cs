using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>Whatever a request holds: it is refused by a typed error, or sent as it is, recorded as it is, and known again.</summary>
public sealed class RequestProperties(ITestOutputHelper output) : PropertyTest(output)
{
    [Fact]
    public void Any_value_is_taken_or_refused_by_a_typed_error() =>
        Holds(Any.MaybeText, value =>
        {
            AssertChecked(() => Check.Prompt(value), !VisibleText.IsBlank(value));
            AssertChecked(() => Check.JobId(value), Guid.TryParse(value, out _) && value!.Length == 36);
            Assert.Equal(LumaErrorId.LumaInvalidValue, Check.Invalid("X", value, "Y.").ErrorId);
        });

    [Fact]
    public void Any_link_is_taken_or_refused_by_a_typed_error() =>
        Holds(from scheme in Gen.Elements("", "http://", "https://", "HTTPS://", "ftp://", "file:///", "//", "http:", "javascript:")
            from rest in Any.MaybeText select rest is null ? null : scheme + rest, value =>
        {
            try
            {
                Check.Link("ImageUrl", value);
            }
            catch (LumaException exception)
            {
                Assert.Equal(LumaErrorId.LumaInvalidValue, exception.ErrorId);
                return;
            }

            if (value is null) return;
            Assert.StartsWith("http", value, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(value, c => char.IsWhiteSpace(c) || char.IsControl(c));
        });

    [Fact]
    public void Any_link_of_the_service_can_be_requested_or_is_none() =>
        Holds(
            from scheme in Gen.Elements("", "http://", "https://", "//", " https://", "http:\\\\")
            from host in Gen.Elements("", "a.example/", "xn--", "[::1]/", "a.example:80")
            from rest in Any.Text
            select scheme + host + rest,
            value =>
        {
            if (Check.TryLink(value) is not { } link) return;
            Assert.True(link.Scheme is "http" or "https");
            _ = (link.AbsoluteUri, link.Host, link.IdnHost, link.Port, link.PathAndQuery, link.GetLeftPart(UriPartial.Path));
        });

    [Fact]
    public void A_request_is_valid_or_refused_by_a_typed_error() =>
        Holds(Request, request =>
        {
            try
            {
                request.Validate();
            }
            catch (LumaException exception)
            {
                Assert.Equal(LumaErrorId.LumaInvalidValue, exception.ErrorId);
            }
        });

    [Fact]
    public void What_is_sent_is_what_was_set() =>
        Holds(Request, request =>
        {
            byte[] json = request.ToJson();
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(json);
            using JsonDocument document = JsonDocument.Parse(json);
            var sent = document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ValueKind
                is JsonValueKind.True or JsonValueKind.False ? member.Value.GetBoolean().ToString() : member.Value.GetString());
            Assert.Equal(Expected(request), sent);
        });

    [Fact]
    public void Request_is_recognized_after_being_read_from_the_journal() =>
        Holds(Request, request =>
        {
            LumaJob job = request.ToJob() with { Id = "0123456789abcdef" };
            Assert.Empty(RequestDifference.Between(Written(job), job));
        });

    [Fact]
    public void A_field_that_differs_is_named_and_no_other() =>
        Holds(from request in Request from field in Gen.Choose(0, 11) from text in Any.Text select (request, field, text), input =>
        {
            LumaJob job = input.request.ToJob() with { Id = "0123456789abcdef" };
            (string? name, LumaJob changed) = Changed(job, input.field, input.text);
            Assert.Equal(name is null ? [] : [name], RequestDifference.Between(Written(job), changed).Select(field => field.Name));
        });

    [Fact]
    public void Value_in_the_documented_spelling_is_not_changed() =>
        Holds(
            from values in Gen.Elements(DocumentedValues.All.ToArray())
            from value in Gen.OneOf(
                Any.MaybeText,
                Gen.Elements<string?>("16：9", "1080 P", "10 SEC", "00:00:05", "7", "Ray_V2\uFEFF", "\u200B"))
            select (values, value),
            input =>
        {
            string? sent = input.values.Normalize(input.value);
            Assert.Equal(sent, input.values.Normalize(sent));
            Assert.Equal(input.values.WarningFor(input.value) is null, sent is null || input.values.Values.Contains(sent));
        });

    private static Gen<SubmitRequest> Request => Gen.OneOf(
        from texts in Any.MaybeText.ArrayOf(9)
        from loop in Any.MaybeBool
        select (SubmitRequest)new GenerationRequest
        {
            Prompt = texts[0], Model = texts[1], HookUrl = texts[2], Name = "n", AspectRatio = texts[3], ImageUrl = texts[4],
            EndImageUrl = texts[5], Duration = texts[6], Resolution = texts[7], Loop = loop, Mode = texts[8],
        },
        from texts in Any.MaybeText.ArrayOf(4)
        select (SubmitRequest)new ExtensionRequest
            { JobId = texts[0], Prompt = texts[1], Model = texts[2], HookUrl = texts[3], Name = "n" });

    private static JournalRecord Written(LumaJob job)
    {
        byte[] bytes = JournalJson.Write(JournalLine.OfIntent(job with { Service = "s" }));
        Assert.Equal(bytes.Length - 1, bytes.AsSpan().IndexOf((byte)'\n'));
        return new JournalRecord(job.Id!).With(JournalJson.Read(bytes)!);
    }

    private static (string? Name, LumaJob Changed) Changed(LumaJob job, int field, string text)
    {
        (string Name, string? Before, LumaJob Changed)[] fields =
        [
            (nameof(LumaJob.Prompt), job.Prompt, job with { Prompt = text }),
            (nameof(LumaJob.ImageUrl), job.ImageUrl, job with { ImageUrl = text }),
            (nameof(LumaJob.EndImageUrl), job.EndImageUrl, job with { EndImageUrl = text }),
            (nameof(LumaJob.Kind), job.Kind, job with { Kind = text }),
            (nameof(LumaJob.ParentJobId), job.ParentJobId, job with { ParentJobId = text }),
            (nameof(LumaJob.Model), job.Model, job with { Model = text }),
            (nameof(LumaJob.AspectRatio), job.AspectRatio, job with { AspectRatio = text }),
            (nameof(LumaJob.Duration), job.Duration, job with { Duration = text }),
            (nameof(LumaJob.Resolution), job.Resolution, job with { Resolution = text }),
            (nameof(LumaJob.Mode), job.Mode, job with { Mode = text }),
            (nameof(LumaJob.Loop), job.Loop?.ToString(), job with { Loop = text.Length % 2 == 0 }),
            (nameof(LumaJob.HookUrl), text, job with { HookUrl = text }),
        ];
        (string name, string? before, LumaJob changed) = fields[field];
        string? now = name == nameof(LumaJob.Loop) ? changed.Loop.ToString() : text;
        return (Sent(before) == Sent(now) ? null : name, changed);
    }

    private static Dictionary<string, string?> Expected(SubmitRequest request)
    {
        (string Name, string? Value)[] fields = request is GenerationRequest generation
            ? [("aspectRatio", generation.AspectRatio), ("imageUrl", generation.ImageUrl), ("imageEndUrl", generation.EndImageUrl),
                ("duration", generation.Duration), ("resolution", generation.Resolution), ("useMode", generation.Mode),
                ("loop", generation.Loop?.ToString())]
            : [("jobId", ((ExtensionRequest)request).JobId)];
        fields = [.. fields, ("userPrompt", request.Prompt), ("modelName", request.Model), ("hookUrl", request.HookUrl)];
        return fields.Where(field => field.Value is not null).ToDictionary(field => field.Name, field => Sent(field.Value));
    }

    // Half of a pair of surrogates is no character: JSON, as UTF-8, has no place for it.
    private static string? Sent(string? value) => value is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));

    private static void AssertChecked(Action check, bool isUsable)
    {
        if (isUsable) check();
        else Assert.Equal(LumaErrorId.LumaInvalidValue, Assert.Throws<LumaException>(check).ErrorId);
    }
}
