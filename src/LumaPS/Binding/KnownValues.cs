using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Luma;

namespace LumaPS.Binding;

/// <summary>Completes the values that the API documentation lists. The lists change, so other values are taken as well.</summary>
public abstract class KnownValues : IArgumentCompleter
{
    private readonly IReadOnlyList<string> _values;

    private protected KnownValues(IReadOnlyList<string> values) => _values = values;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        return _values.Where(value => value.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(value => new CompletionResult(value));
    }
}

/// <summary>Values of <c>aspectRatio</c>.</summary>
public sealed class AspectRatios() : KnownValues(DocumentedValues.AspectRatio.Values);

/// <summary>Values of <c>modelName</c>.</summary>
public sealed class Models() : KnownValues(DocumentedValues.Model.Values);

/// <summary>Values of <c>duration</c>.</summary>
public sealed class Durations() : KnownValues(DocumentedValues.Duration.Values);

/// <summary>Values of <c>resolution</c>.</summary>
public sealed class Resolutions() : KnownValues(DocumentedValues.Resolution.Values);

/// <summary>Values of <c>useMode</c>.</summary>
public sealed class Modes() : KnownValues(DocumentedValues.Mode.Values);

/// <summary>States of a job.</summary>
public sealed class Statuses() : KnownValues(Known)
{
    internal static readonly string[] Known = [.. JobStatusInfo.All.Select(state => state.Status)];
}
