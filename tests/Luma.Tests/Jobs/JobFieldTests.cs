using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Luma.Tests;

/// <summary>A field of the service that was forgotten somewhere fails here, by its name.</summary>
public class JobFieldTests
{
    // What a request has besides the service's fields.
    private static readonly string[] _ownProperties = [nameof(SubmitRequest.Name)];

    public static TheoryData<string> PropertiesOfGenerations => new(PropertiesOf(typeof(GenerationRequest)));

    public static TheoryData<string> FieldNames => new(JobFields.All.Select(row => row.Name));

    [Theory]
    [MemberData(nameof(PropertiesOfGenerations))]
    public void A_property_of_a_request_is_sent_under_the_name_its_row_has(string property)
    {
        JobField field = RowOf(property);
        JsonElement sent = JsonDocument.Parse(RequestWith(property).ToJson()).RootElement;
        Assert.True(sent.TryGetProperty(field.WireName, out JsonElement value), $"{property} is not sent as {field.WireName}.");
        Assert.Equal(ValueOf(field), field.Type == typeof(bool) ? value.GetBoolean() : value.GetString());
    }

    [Theory]
    [MemberData(nameof(FieldNames))]
    public void A_field_that_the_table_says_is_requested_is_a_property_of_a_request(string name) =>
        Assert.Equal(
            RowOf(name).IsRequested,
            name == nameof(LumaJob.ParentJobId) || PropertiesOf(typeof(GenerationRequest)).Contains(name)); // An extension calls it JobId.

    [Theory]
    [MemberData(nameof(PropertiesOfGenerations))]
    public void A_property_of_a_request_is_in_its_job_and_comes_back_from_the_journal(string property)
    {
        JobField field = RowOf(property);
        LumaJob job = RequestWith(property).ToJob() with { Id = "1", Service = JournalLines.Service };
        Assert.Equal(ValueOf(field), field.Get(job));
        Assert.Equal(ValueOf(field), field.Get(RecordOf(job).ToJob()));
    }

    [Theory]
    [MemberData(nameof(PropertiesOfGenerations))]
    public void Request_made_from_a_job_has_the_property_of_the_original_request(string property)
    {
        GenerationRequest request = RequestWith(property);
        Assert.Equal(request, GenerationRequest.Of(request.ToJob()));
    }

    [Fact]
    public void Extension_made_from_a_job_equals_the_original_extension()
    {
        var request = new ExtensionRequest
        {
            JobId = JobId,
            Prompt = "it turns",
            Name = "n",
            Model = "ray-v2",
            HookUrl = "https://example.com/hook",
        };
        Assert.Equal(request, ExtensionRequest.Of(request.ToJob()));
    }

    [Theory]
    [MemberData(nameof(PropertiesOfGenerations))]
    public void Two_requests_that_differ_in_one_property_are_different_unless_its_row_says_otherwise(string property)
    {
        JobField field = RowOf(property);
        LumaJob other = RequestWith(property).ToJob() with { Id = "2", Service = JournalLines.Service };
        LumaJob plain = new GenerationRequest { Prompt = property == nameof(LumaJob.Prompt) ? "another" : "a red car" }.ToJob();
        IEnumerable<string> different = RequestDifference.Between(RecordOf(plain with { Id = "1", Service = JournalLines.Service }), other)
            .Select(difference => difference.Name);
        Assert.Equal(field.MakesTheVideo ? [property] : [], different);
    }

    [Fact]
    public void A_job_has_the_properties_of_the_contract_and_the_fields_of_the_table_in_this_order() =>
        Assert.Equal(
            ["Id", "JobId", "Name", "Status", "Message", "FailureKind", "Kind", .. JobFields.All.Select(row => row.Name),
                "SubmittedAt", "CompletedAt", "SavedPath", "Service"],
            typeof(LumaJob).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name));

    [Theory]
    [MemberData(nameof(FieldNames))]
    public void A_row_is_about_the_property_it_names(string name)
    {
        JobField field = RowOf(name);
        PropertyInfo property = typeof(LumaJob).GetProperty(name)!;
        Assert.NotNull(property);
        object value = ValueOf(field);
        LumaJob job = field.With(new LumaJob(), value);
        Assert.Equal(value, property.GetValue(job));
        Assert.Equal(value, field.Get(job));
        Assert.Equal(field.Type, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        Assert.Equal(new LumaJob(), field.With(job, null));
    }

    [Theory]
    [MemberData(nameof(FieldNames))]
    public void What_is_known_of_a_request_is_preferred_to_what_the_service_returns(string name)
    {
        JobField field = RowOf(name);
        LumaJob merged = JobFields.PreferRequest(new LumaJob(), field.With(new LumaJob(), ValueOf(field)));
        Assert.Equal(field.IsRequested ? ValueOf(field) : null, field.Get(merged));
    }

    [Theory]
    [MemberData(nameof(FieldNames))]
    public async Task A_returned_field_is_read_from_an_answer(string name)
    {
        JobField field = RowOf(name);
        if (!field.IsReturned) return;
        string text = Convert.ToString(ValueOf(field), CultureInfo.InvariantCulture)!;
        byte[] answer =
            Encoding.UTF8.GetBytes($$$"""{"status":"ON_QUEUE","data":{"jobId":"{{{JobId}}}","{{{field.WireName}}}":"{{{text}}}"}}""");
        await using var service = new TestService();
        LumaJob told = JobReply.Apply(new LumaJob { JobId = JobId }, ServiceReply.Parse(HttpStatusCode.OK, answer), service.Connection);
        Assert.Equal(ValueOf(field), field.Get(told));
    }

    [Theory]
    [MemberData(nameof(FieldNames))]
    public void Metadata_file_contains_a_field_unless_it_is_a_private_address(string name)
    {
        JobField field = RowOf(name);
        LumaJob job = field.With(new LumaJob { JobId = JobId, Status = LumaJobStatus.Succeeded }, ValueOf(field));
        bool isAddress = name is nameof(LumaJob.HookUrl) or nameof(LumaJob.VideoUrl);
        Assert.Equal(isAddress ? null : ValueOf(field), field.Get(VideoMetadata.Of(job, "a.mp4", 1, null).ToJob("a.mp4")));
    }

    [Fact]
    public void An_extension_is_sent_with_its_four_fields()
    {
        byte[] sent = new ExtensionRequest
            { JobId = JobId, Prompt = "it turns", Model = "ray-v2", HookUrl = "https://example.com/hook" }.ToJson();
        Assert.Equal(
            ["hookUrl", "jobId", "modelName", "userPrompt"],
            JsonDocument.Parse(sent).RootElement.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
    }

    private const string JobId = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3";

    private static string[] PropertiesOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)
            .Select(property => property.Name).Except(_ownProperties)];

    private static JobField RowOf(string property) =>
        JobFields.All.SingleOrDefault(field => field.Name == property)
            ?? throw new Xunit.Sdk.XunitException($"JobFields has no row for {property}.");

    // A value that no other field has.
    private static object ValueOf(JobField field) => field.Type == typeof(bool) ? true
        : field.Type == typeof(int) ? 1000 + field.Name.Length
        : field.Type == typeof(decimal) ? 25.5m
        : field.Name.EndsWith("Url", StringComparison.Ordinal) ? $"https://example.com/{field.Name}"
        : $"value-of-{field.Name}";

    private static GenerationRequest RequestWith(string property)
    {
        var request = new GenerationRequest { Prompt = "a red car" };
        typeof(GenerationRequest).GetProperty(property)!.SetValue(request, ValueOf(RowOf(property)));
        return request;
    }

    private static JournalRecord RecordOf(LumaJob job)
    {
        byte[] line = JournalJson.Write(JournalLine.OfIntent(job));
        return new JournalRecord(job.Id!).With(JournalJson.Read(line.AsSpan(0, line.Length - 1))!);
    }
}
