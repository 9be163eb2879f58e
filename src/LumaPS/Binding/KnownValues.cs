using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Luma;

namespace LumaPS.Binding;

/// <summary>Completes the values the service's document lists. They drift, so others are taken as well.</summary>
public abstract class KnownValues(params string[] values) : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        return values.Where(value => value.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Select(value => new CompletionResult(value));
    }

    /// <summary>What to tell of a value that may be a slip of the pen; null for one that is documented, or none.</summary>
    internal static string? NoteOn(string parameter, string? value, string[] documented) =>
        value is null || documented.Contains(value, StringComparer.OrdinalIgnoreCase)
            ? null
            : $"'{value}' is not among the documented values of -{parameter} ({string.Join(", ", documented)}). It is sent as it is; the service decides.";
}

/// <summary>Values of <c>aspectRatio</c>.</summary>
public sealed class AspectRatios() : KnownValues(Documented)
{
    internal static readonly string[] Documented = ["9:16", "3:4", "1:1", "4:3", "16:9", "21:9"];
}

/// <summary>Values of <c>modelName</c>.</summary>
public sealed class Models() : KnownValues(Documented)
{
    internal static readonly string[] Documented = ["ray-v1", "ray-v2", "ray-v2-flash", "ray-v3", "ray-v3-reasoning"];
}

/// <summary>Values of <c>duration</c>.</summary>
public sealed class Durations() : KnownValues(Documented)
{
    internal static readonly string[] Documented = ["5s", "10s"];
}

/// <summary>Values of <c>resolution</c>.</summary>
public sealed class Resolutions() : KnownValues(Documented)
{
    internal static readonly string[] Documented = ["720p", "1080p"];
}

/// <summary>Values of <c>useMode</c>.</summary>
public sealed class Modes() : KnownValues(Documented)
{
    internal static readonly string[] Documented = ["relax", "fast"];
}

/// <summary>States of a job.</summary>
public sealed class Statuses() : KnownValues(Known)
{
    internal static readonly string[] Known = [.. JobStatusInfo.All.Select(state => state.Status)];
}
