using System.Globalization;
using System.Management.Automation;
using Luma;

namespace LumaPS.Binding;

/// <summary>The beginning of a jobId, as it is typed at the prompt: it means the one job of the journal whose jobId begins so.</summary>
/// <remarks>Only what is typed is completed; what comes as a property of an object is a whole jobId. A short one is never sent.</remarks>
internal static class ShortJobId
{
    /// <summary>Fewer characters are a typo rather than a jobId.</summary>
    public const int Shortest = 4;

    private const int MostShown = 5;
    private const string Form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    /// <summary>An input of which a short jobId is completed; anything else is as it came.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> where no jobId begins so, or several do.</exception>
    public static PSObject? Complete(PSObject? input, Func<Journal> journal, string service)
    {
        // At the prompt 1234e567 is a number; the text that was typed is still known.
        string? text = input?.BaseObject switch
        {
            string typed => typed,
            int or long or double or decimal or System.Numerics.BigInteger => input.ToString(),
            _ => null,
        };
        return text is null ? input : new PSObject(Complete(text, journal, service));
    }

    /// <summary>The whole jobId that a short one means; any other text is as it came.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> where no jobId begins so, or several do.</exception>
    public static string Complete(string text, Func<Journal> journal, string service)
    {
        string typed = VisibleText.Trim(text).TrimEnd('…', '.'); // As the table shows it.
        if (!IsShort(typed)) return text;
        if (typed.Length < Shortest) throw Check.Invalid("JobId", text, $"At least {Shortest} characters of a jobId are needed.");

        LumaJob[] found = [.. journal().Jobs(new JournalQuery { Service = service, JobIdPrefix = typed })
            .Where(job => job.JobId!.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .DistinctBy(job => job.JobId, StringComparer.OrdinalIgnoreCase)];
        return found switch
        {
            [LumaJob only] => only.JobId!,
            [] => throw Check.Invalid(
                "JobId",
                text,
                $"No jobId of {service} in the journal begins with it. "
                + "Get-LumaJob lists those it has; for any other job, specify the complete jobId."),
            _ => throw Check.Invalid("JobId", text, $"{found.Length} jobIds begin with it: {Candidates(found)}. Type more characters."),
        };
    }

    private static bool IsShort(string typed) =>
        typed.Length is > 0 && typed.Length < Form.Length
        && typed.Zip(Form).All(pair => pair.Second == '-' ? pair.First == '-' : char.IsAsciiHexDigit(pair.First));

    private static string Candidates(LumaJob[] jobs)
    {
        IEnumerable<string> shown = jobs
            .OrderByDescending(job => job.SubmittedAt)
            .Take(MostShown)
            .Select(job => $"{job.JobId} ({(job.Name is null ? "" : job.Name + ", ")}{job.Status})");
        int more = jobs.Length - MostShown;
        return string.Join(", ", shown) + (more > 0 ? string.Create(CultureInfo.CurrentCulture, $" and {more} more") : "");
    }
}
