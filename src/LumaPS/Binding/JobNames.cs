using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Luma;
using LumaPS.Connections;

namespace LumaPS.Binding;

/// <summary>Completes names of jobs from the journal, with status and prompt as the tooltip.</summary>
public sealed class JobNames : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        try
        {
            string service = ProcessConnection.Current?.Service ?? LumaConnection.ServiceOf(ProcessConnection.DefaultAddress());
            return [.. Journal.OfUser().Jobs(service)
                .Where(job => job.Name is not null && job.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
                .DistinctBy(job => job.Name, StringComparer.OrdinalIgnoreCase)
                .OrderBy(job => job.Name, StringComparer.OrdinalIgnoreCase)
                .Select(job => new CompletionResult(Quoted(job.Name!), job.Name, CompletionResultType.ParameterValue, $"{job.Status}: {job.Prompt}"))];
        }
        catch (LumaException)
        {
            return []; // A completion is no place for an error.
        }
    }

    private static string Quoted(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}
