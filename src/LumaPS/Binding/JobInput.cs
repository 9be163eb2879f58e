using System.Globalization;
using System.Management.Automation;
using Luma;

namespace LumaPS.Binding;

/// <summary>Jobs as they come down a pipeline: live, as text ids, or as objects that were a job once (CliXml, JSON, CSV, remote).</summary>
internal static class JobInput
{
    private const string TypeName = "Luma.LumaJob";

    // What no list of prompts has, and every job has, however it was stored.
    private static readonly string[] _tellingProperties =
        [nameof(LumaJob.JobId), nameof(LumaJob.Status), nameof(LumaJob.Kind), nameof(LumaJob.Service)];

    /// <summary>Whether an object is a job or was one.</summary>
    public static bool IsJob(PSObject input) =>
        input.BaseObject is LumaJob
        || input.TypeNames.Any(name => name is TypeName or $"Deserialized.{TypeName}")
        || _tellingProperties.All(name => input.Properties[name] is not null);

    /// <summary>The job an input means. What a stored one says about its state is not believed: the service is asked.</summary>
    /// <param name="input">The input.</param>
    /// <param name="parameter">The parameter it is for, for an error about it.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> for what has no jobId.</exception>
    public static LumaJob Read(PSObject? input, string parameter = "Job")
    {
        switch (input?.BaseObject)
        {
            case LumaJob job:
                if (job.JobId is null)
                {
                    throw Check.Invalid(parameter, job.Id, job.Status == LumaJobStatus.Unconfirmed
                        ? "It is unconfirmed, so it has no JobId. Ask the provider; if there is a job, record it: " +
                            "Get-LumaJob -JobId <its id> -Name <its name>."
                        : "It is being submitted and has no JobId yet. Try again in a moment.");
                }

                return IsHint(job.Status) ? FromId(job.JobId) : job;
            case string text:
                return FromId(text);
            case Guid id:
                return FromId(id.ToString());
            case null:
                throw Check.Invalid(parameter, null, "The input is $null; specify a job or a jobId.");
        }

        string? Text(string name) => TextOf(input, name, parameter);
        if (Text(nameof(LumaJob.JobId)) is not { } jobId)
        {
            throw Check.Invalid(parameter, TypeOf(input), $"It has no JobId, only {PropertiesOf(input)}.");
        }

        if (IsHint(Text(nameof(LumaJob.Status)))) return FromId(jobId);
        Check.JobId(jobId);
        var stored = new LumaJob
        {
            JobId = jobId,
            Name = Text(nameof(LumaJob.Name)),
            Kind = Text(nameof(LumaJob.Kind)),
            SubmittedAt = Time(ValueOf(input, nameof(LumaJob.SubmittedAt), parameter)),
            Service = Text(nameof(LumaJob.Service)),
        };
        return JobFields.Requests.Aggregate(stored, (job, field) => Text(field.Name) switch
        {
            null => job,
            var text when field.Type == typeof(bool) => LoopTextAttribute.TryParse(text, out bool flag) ? field.With(job, flag) : job,
            var text => field.With(job, text),
        });
    }

    /// <summary>A job as it says it is, for looking at it: the journal, where it knows more, is asked later.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> for what is no job.</exception>
    public static LumaJob AsStored(PSObject input)
    {
        if (input.BaseObject is LumaJob live) return live;
        string? Text(string name) => TextOf(input, name, "Job");
        string? id = Text(nameof(LumaJob.Id)), status = Text(nameof(LumaJob.Status));
        LumaJob stored = Text(nameof(LumaJob.JobId)) is null && id is not null && status is not null
            ? new LumaJob
            {
                Name = Text(nameof(LumaJob.Name)),
                Prompt = Text(nameof(LumaJob.Prompt)),
                Service = Text(nameof(LumaJob.Service)),
            }
            : Read(input);
        return stored with
        {
            Id = id,
            Status = status ?? LumaJobStatus.Running,
            Message = Text(nameof(LumaJob.Message)),
            Quota = Number(Text(nameof(LumaJob.Quota))),
            SavedPath = Text(nameof(LumaJob.SavedPath)),
        };
    }

    /// <summary>The job of a jobId that was typed in.</summary>
    public static LumaJob FromId(string jobId)
    {
        jobId = VisibleText.Trim(jobId);
        Check.JobId(jobId);
        return new LumaJob { JobId = jobId };
    }

    private static string? TextOf(PSObject input, string name, string parameter) =>
        ValueOf(input, name, parameter) is { } value && LanguagePrimitives.ConvertTo<string>(value) is { Length: > 0 } text ? text : null;

    private static object? ValueOf(PSObject input, string name, string parameter)
    {
        try
        {
            return input.Properties[name]?.Value;
        }
        catch (GetValueException exception)
        {
            throw Check.Invalid(parameter, TypeOf(input), $"Its {name} cannot be read: {ErrorText.Reason(exception)}");
        }
    }

    // Of what a callback says nothing but the jobId is taken: not its link, nor its prompt.
    private static bool IsHint(string? status) => status == LumaJobStatus.Unconfirmed;

    /// <summary>What an object is, for an error about it.</summary>
    public static string TypeOf(PSObject input) => input.TypeNames.FirstOrDefault() ?? input.BaseObject.GetType().Name;

    /// <summary>The names of an object's properties, for an error about it.</summary>
    public static string PropertiesOf(PSObject input)
    {
        string names = string.Join(", ", input.Properties.Select(property => property.Name).Take(20));
        return names.Length == 0 ? "no properties" : names;
    }

    // As Export-Csv writes it, with the comma of the culture. Not as thousands: 12,5 would be 125.
    private static decimal? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
            || decimal.TryParse(text, NumberStyles.Float, CultureInfo.CurrentCulture, out number) ? number : null;

    private static DateTime? Time(object? value) => value switch
    {
        PSObject wrapped => Time(wrapped.BaseObject),
        DateTime time => time.ToLocalTime(),
        string text when DateTime.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTime time) => time,
        // As Export-Csv writes it.
        string text when DateTime.TryParse(text, CultureInfo.CurrentCulture, DateTimeStyles.AssumeLocal, out DateTime time) => time,
        string text when DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTime time) => time,
        _ => null,
    };
}
