using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Luma;

namespace LumaPS.Binding;

/// <summary>Completes the placeholders of a template for file names, in quotes: without them a brace begins a script block.</summary>
public sealed class FileNameTemplates : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        if (typed.Length == 0) yield return Result(FileNameTemplate.Default, FileNameTemplate.Default, "The default template");

        // What stands in the brace that is still open is the beginning of a placeholder; elsewhere one may follow.
        int open = typed.LastIndexOf('{');
        bool isInBrace = open > typed.LastIndexOf('}');
        string before = isInBrace ? typed[..open] : typed;
        string begun = isInBrace ? typed[(open + 1)..] : "";
        if (!isInBrace && before.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase)) yield break;
        foreach (string placeholder in FileNameTemplate.Placeholders)
        {
            if (!placeholder.StartsWith(begun, StringComparison.OrdinalIgnoreCase)) continue;
            yield return Result($"{before}{{{placeholder}}}", $"{{{placeholder}}}", $"The job's {placeholder}");
        }
    }

    private static CompletionResult Result(string template, string shown, string tip) =>
        new($"'{CodeGeneration.EscapeSingleQuotedStringContent(template)}'", shown, CompletionResultType.ParameterValue, tip);
}
