using System.Text.RegularExpressions;

namespace Luma;

/// <summary>JobIds in the names of files, where the template put them.</summary>
internal static partial class JobIdsInName
{
    /// <summary>All in a name, in their order.</summary>
    public static IEnumerable<string> Of(string name) => Uuid().Matches(name).Select(match => match.Value);

    [GeneratedRegex(
        "(?<![0-9a-f])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Uuid();
}
