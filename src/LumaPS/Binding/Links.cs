using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace LumaPS.Binding;

/// <summary>Completes how a link begins, and nothing else: without a completer PowerShell offers the files of the current folder.</summary>
public sealed class Links : IArgumentCompleter
{
    private const string Beginning = "https://";

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        bool isBeginning = typed.Length < Beginning.Length && Beginning.StartsWith(typed, StringComparison.OrdinalIgnoreCase);
        return isBeginning
            ? [new CompletionResult(Beginning, Beginning, CompletionResultType.ParameterValue, "A link: https://host/path")]
            : [];
    }
}
