using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Luma;
using LumaPS.Connections;

namespace LumaPS.Binding;

/// <summary>Completes the names of connections.</summary>
public sealed class ConnectionNames : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        return ProcessConnection.All
            .Where(connection => connection.Name?.StartsWith(typed, StringComparison.OrdinalIgnoreCase) == true)
            .Select(connection => new CompletionResult(
                Quoted(connection.Name!), connection.Name, CompletionResultType.ParameterValue, connection.ToString()));
    }

    /// <summary>The error for a name that no connection has.</summary>
    internal static LumaException Unknown(string parameter, string name)
    {
        string known = string.Join(", ", ProcessConnection.All.Select(connection => connection.Name).OfType<string>());
        return Check.Invalid(
            parameter, name, known.Length == 0 ? "No connection has a name; Connect-Luma -Name sets one." : $"Known are {known}.");
    }

    private static string Quoted(string name) =>
        name.All(char.IsLetterOrDigit) ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}
