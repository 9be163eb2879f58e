using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using Luma;
using LumaPS.Connections;

namespace LumaPS.Binding;

/// <summary>Completes from the journal, newest first, with name, status and prompt as the tooltip. Nothing is sent.</summary>
public abstract class RecordedJobs : IArgumentCompleter
{
    private const int MostShown = 100;
    private const int LongestPrompt = 120;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        try
        {
            LumaConnection? connection = fakeBoundParameters["Connection"] switch
            {
                LumaConnection given => given,
                PSObject { BaseObject: LumaConnection given } => given,
                _ => ProcessConnection.Current,
            };
            string service = connection?.Service ?? LumaConnection.ServiceOf(ProcessConnection.DefaultAddress());
            return [.. Candidates(Journal.OfUser(), service, typed)
                .Where(job => ValueOf(job) is { } value && IsOffered(job) && (StartsWith(value, typed) || IsNameTyped(job.Name, typed)))
                .OrderByDescending(job => job.SubmittedAt)
                .DistinctBy(ValueOf, StringComparer.OrdinalIgnoreCase)
                .Take(MostShown)
                .Select(job =>
                    new CompletionResult(Quoted(ValueOf(job)!), ValueOf(job), CompletionResultType.ParameterValue, Describe(job)))];
        }
        catch (LumaException)
        {
            return []; // A completion is no place for an error.
        }
    }

    /// <summary>What is completed; null where the job has none.</summary>
    private protected abstract string? ValueOf(LumaJob job);

    /// <summary>Whether the parameter can do something with the job.</summary>
    private protected virtual bool IsOffered(LumaJob job) => true;

    // Of a journal of years no more than what may be offered.
    private static IEnumerable<LumaJob> Candidates(Journal journal, string service, string typed)
    {
        var query = new JournalQuery { Service = service };
        if (typed.Length == 0) return journal.Jobs(query with { Newest = 10 * MostShown });
        return journal.Jobs(query with { NameKeyPrefix = JobName.Key(typed) })
            .Concat(journal.Jobs(query with { JobIdPrefix = typed }))
            .Concat(journal.Jobs(query with { IdPrefix = typed }))
            .DistinctBy(job => job.Id);
    }

    private static bool IsNameTyped(string? name, string typed) =>
        name is not null && JobName.Key(name).StartsWith(JobName.Key(typed), StringComparison.Ordinal);

    private static bool StartsWith(string? value, string typed) => value?.StartsWith(typed, StringComparison.OrdinalIgnoreCase) == true;

    private static string Describe(LumaJob job)
    {
        string name = job.Name is null ? "" : $"{job.Name}, ";
        string at = job.SubmittedAt is { } time ? time.ToString(", yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "";
        string prompt = (job.Prompt ?? "").ReplaceLineEndings(" ");
        return $"{name}{job.Status}{at}: {VisibleText.Shorten(prompt, LongestPrompt)}";
    }

    private static string Quoted(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
}

/// <summary>Names of jobs.</summary>
public sealed class JobNames : RecordedJobs
{
    private protected override string? ValueOf(LumaJob job) => job.Name;
}

/// <summary>The journal's own ids.</summary>
public sealed class RecordIds : RecordedJobs
{
    private protected override string? ValueOf(LumaJob job) => job.Id;
}

/// <summary>JobIds; the beginning of a job's name finds its jobId, too.</summary>
public class JobIds : RecordedJobs
{
    private protected sealed override string? ValueOf(LumaJob job) => job.JobId;
}

/// <summary>JobIds of jobs that have not ended, as far as the journal knows.</summary>
public sealed class OpenJobIds : JobIds
{
    private protected override bool IsOffered(LumaJob job) => !job.HasEnded;
}

/// <summary>JobIds of jobs that have a video or may get one.</summary>
public sealed class VideoJobIds : JobIds
{
    private protected override bool IsOffered(LumaJob job) => !job.HasEndedWithoutVideo;
}
